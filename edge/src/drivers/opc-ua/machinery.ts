import type { ClientSession, NodeId, ReferenceDescription } from 'node-opcua-client';
import { childrenOf } from './children.ts';
import type { OpcUa } from './library.ts';
import type { StateInput } from './machinery-state.ts';

/** Where the companion models keep what we count and show. [OPC 40001-1 §9, §12; OPC 40501-1 §8] */
export interface MachineryValues {
  readonly state: ReadonlyMap<StateInput, NodeId>;
  /** Pieces of the machine's life, or of the only job in the plan. */
  readonly count: NodeId | undefined;
  /** Why there is no count although there are counters. */
  readonly noCount: string;
}

/** Entry point of all machines of a server. [OPC 40001-1 §9.2] */
const MACHINES = { uri: 'http://opcfoundation.org/UA/Machinery/', id: 'i=1001' };
/** A line's server holds tens of machines. */
const MACHINES_MAX = 200;
/** Parts of a machine on one level; CNC servers have some hundred. */
const PARTS_MAX = 1_000;

/** The machines in the server's folder Machines; none when the server does not know OPC 40001-1. */
export async function findMachines(
  opcua: OpcUa,
  session: ClientSession,
  namespaces: readonly string[],
): Promise<ReferenceDescription[]> {
  const index = namespaces.indexOf(MACHINES.uri);
  if (index < 0) return [];
  const folder = opcua.coerceNodeId(`ns=${index};${MACHINES.id}`);
  const children = await childrenOf(opcua, session, folder, MACHINES_MAX);
  return children.filter((child) => child.nodeClass === opcua.NodeClass.Object);
}

/** Looks into one machine. */
export async function findMachineryValues(
  opcua: OpcUa,
  session: ClientSession,
  machine: NodeId,
): Promise<MachineryValues> {
  const seen = new Map<string, ReferenceDescription[]>();
  const parts = async (node: NodeId): Promise<ReferenceDescription[]> => {
    const key = node.toString();
    const children = seen.get(key) ?? (await childrenOf(opcua, session, node, PARTS_MAX));
    seen.set(key, children);
    return children;
  };
  const below = async (node: NodeId, [name, ...rest]: readonly string[]): Promise<NodeId | undefined> => {
    if (name === undefined) return node;
    for (const part of await parts(node)) {
      // By name alone: makers put their own namespace before the names of the model, the model's own examples do.
      if (part.browseName.name !== name) continue;
      const found = await below(part.nodeId, rest);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const at = (...path: string[]): Promise<NodeId | undefined> => below(machine, path);
  const first = async (...paths: string[][]): Promise<NodeId | undefined> => {
    for (const path of paths) {
      const node = await at(...path);
      if (node !== undefined) return node;
    }
    return undefined;
  };
  const state = new Map<StateInput, NodeId>();
  const put = (name: StateInput, node: NodeId | undefined): void => {
    if (node !== undefined) state.set(name, node);
  };
  const block = async (name: string): Promise<NodeId | undefined> =>
    first(['MachineryBuildingBlocks', name, 'CurrentState'], [name, 'CurrentState']);
  const idOf = async (node: NodeId | undefined): Promise<NodeId | undefined> =>
    node === undefined
      ? undefined
      : (await parts(node)).find((part) => part.browseName.name === 'Id')?.nodeId;

  const itemState = await block('MachineryItemState');
  const mode = await block('MachineryOperationMode');
  put('itemState', itemState);
  put('itemStateId', await idOf(itemState));
  put('mode', mode);
  put('modeId', await idOf(mode));
  if (mode === undefined) put('toolMode', await at('Monitoring', 'MachineTool', 'OperationMode'));
  if (itemState === undefined) {
    const program = await at('Production', 'ActiveProgram', 'State', 'CurrentState');
    put('program', program);
    put('programId', await idOf(program));
  }
  if (itemState === undefined && !state.has('program')) state.clear();
  return { state, ...(await findCount(opcua, at, parts)) };
}

/** The counter of the machine's life goes before those of jobs, which start again with every job. */
async function findCount(
  opcua: OpcUa,
  at: (...path: string[]) => Promise<NodeId | undefined>,
  parts: (node: NodeId) => Promise<ReferenceDescription[]>,
): Promise<{ count: NodeId | undefined; noCount: string }> {
  const lifetime = await at('Production', 'Statistics', 'PartsProducedInLifetime');
  if (lifetime !== undefined) return { count: lifetime, noCount: '' };
  const plan = await at('Production', 'ProductionPlan');
  const jobs =
    plan === undefined ? [] : (await parts(plan)).filter((part) => part.nodeClass === opcua.NodeClass.Object);
  if (jobs.length > 1) {
    return { count: undefined, noCount: 'the plan holds several jobs; take the counter of one' };
  }
  const [job] = jobs;
  const counters = job === undefined ? [] : await parts(job.nodeId);
  for (const name of ['PartsCompleted', 'RunsCompleted']) {
    const counter = counters.find((part) => part.browseName.name === name);
    if (counter !== undefined) return { count: counter.nodeId, noCount: '' };
  }
  return { count: undefined, noCount: 'the machine has no counter of parts' };
}
