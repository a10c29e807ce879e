import type { BrowseNode } from '@millrace/contract';
import type { ClientSession, DataValue, NodeId, ReferenceDescription } from 'node-opcua-client';
import { DriverFault } from '../../driver/index.ts';
import { formatMachinery, localNode, parseNode } from './address.ts';
import { childrenOf } from './children.ts';
import type { OpcUa } from './library.ts';
import { findMachineryValues, findMachines } from './machinery.ts';
import { machineStateOf } from './machinery-state.ts';
import { nodeText } from './node-text.ts';
import type { ServerFacts } from './server-facts.ts';
import { readingOf, typeName } from './value.ts';

/** The folder Objects. [OPC 10000-5 §8.2.4] */
const OBJECTS = 'i=85';
/** Numbers of the built-in types are those of their nodes; beyond are the abstract and structured ones. */
const BUILT_IN_MAX = 25;
/** Browse names that the companion models give to what we look for. [OPC 40001-1, OPC 40501-1] */
const COUNTERS: ReadonlySet<string> = new Set([
  'PartsProducedInLifetime',
  'PartsCompleted',
  'PartsGood',
  'RunsCompleted',
  'PartsCompletedPerRun',
]);
const COMPANIONS: ReadonlySet<string> = new Set([
  'http://opcfoundation.org/UA/Machinery/',
  'http://opcfoundation.org/UA/MachineTool/',
  'http://opcfoundation.org/UA/Machinery/Jobs/',
]);

export interface Server {
  readonly opcua: OpcUa;
  readonly session: ClientSession;
  readonly facts: ServerFacts;
}

/** Children of a node, with type and value; machines and what the models know of them come first. */
export async function browseNodes(
  server: Server,
  parent: string | undefined,
  limit: number,
): Promise<BrowseNode[]> {
  const { opcua, session, facts } = server;
  const parsed = parseNode(parent ?? OBJECTS);
  if (typeof parsed === 'string') throw new DriverFault(parsed);
  const node = opcua.coerceNodeId(localNode(parsed, facts.namespaces));
  const known = parent === undefined ? await machines(server) : await machineryValues(server, node);
  const children = await childrenOf(opcua, session, node, limit);
  return [...known, ...(await describe(server, children))].slice(0, limit);
}

async function machines(server: Server): Promise<BrowseNode[]> {
  const { opcua, session, facts } = server;
  const found = await findMachines(opcua, session, facts.namespaces);
  return found.map((machine) => ({
    address: nodeText(machine.nodeId, facts.namespaces),
    name: nameOf(machine),
    folder: true,
    tag: false,
    type: null,
  }));
}

/** State and count of a machine as tags that need no configuration. */
async function machineryValues(server: Server, node: NodeId): Promise<BrowseNode[]> {
  const { opcua, session, facts } = server;
  const found = await findMachineryValues(opcua, session, node);
  const machine = nodeText(node, facts.namespaces);
  const nodes: BrowseNode[] = [];
  if (found.state.size > 0) {
    const names = [...found.state.keys()];
    const data = await readValues(server, [...found.state.values()]);
    const inputs = Object.fromEntries(names.map((name, index) => [name, data[index]]));
    const reading = machineStateOf(inputs, (one) => {
      const value: unknown = one.value?.value;
      return value instanceof opcua.NodeId ? nodeText(value, facts.namespaces) : undefined;
    });
    nodes.push({
      ...virtual(formatMachinery(machine, 'state'), 'State', 'string'),
      value: reading.value,
      meaning: 'state',
    });
  }
  if (found.count !== undefined) {
    const [data] = await readValues(server, [found.count]);
    const value = data === undefined ? null : readingOf(data).value;
    nodes.push({ ...virtual(formatMachinery(machine, 'count'), 'Count', 'uint32'), value, meaning: 'count' });
  }
  return nodes;
}

function virtual(address: string, name: string, type: string): BrowseNode {
  return { address, name, folder: false, tag: true, type };
}

async function describe(server: Server, references: readonly ReferenceDescription[]): Promise<BrowseNode[]> {
  const { opcua, facts } = server;
  const variables = references.filter((one) => one.nodeClass === opcua.NodeClass.Variable);
  const values = await readValues(
    server,
    variables.map((one) => one.nodeId),
  );
  const types = await readAttribute(
    server,
    variables.map((one) => one.nodeId),
    opcua.AttributeIds.DataType,
  );
  return references.map((reference) => {
    const index = variables.indexOf(reference);
    const base = { address: nodeText(reference.nodeId, facts.namespaces), name: nameOf(reference) };
    const folder = reference.nodeClass !== opcua.NodeClass.Method;
    if (index < 0) return { ...base, folder, tag: false, type: null };
    const data = values[index];
    const meaning = meaningOf(reference, facts.namespaces);
    return {
      ...base,
      folder,
      tag: true,
      type: valueType(data) ?? dataType(types[index]),
      ...(data === undefined ? {} : { value: readingOf(data).value }),
      ...(meaning === undefined ? {} : { meaning }),
    };
  });
}

async function readValues(server: Server, nodes: readonly NodeId[]): Promise<DataValue[]> {
  return readAttribute(server, nodes, server.opcua.AttributeIds.Value);
}

async function readAttribute(
  { session, facts }: Server,
  nodes: readonly NodeId[],
  attributeId: number,
): Promise<DataValue[]> {
  const found: DataValue[] = [];
  for (let from = 0; from < nodes.length; from += facts.nodesPerRead) {
    const part = nodes.slice(from, from + facts.nodesPerRead);
    found.push(...(await session.read(part.map((nodeId) => ({ nodeId, attributeId })))));
  }
  return found;
}

function meaningOf(
  reference: ReferenceDescription,
  namespaces: readonly string[],
): BrowseNode['meaning'] | undefined {
  const { name, namespaceIndex } = reference.browseName;
  if (name === null || !COMPANIONS.has(namespaces[namespaceIndex] ?? '')) return undefined;
  return COUNTERS.has(name) ? 'count' : undefined;
}

function valueType(data: DataValue | undefined): string | null {
  const builtIn = data?.value?.dataType;
  return builtIn === undefined ? null : typeName(builtIn);
}

function dataType(data: DataValue | undefined): string | null {
  const value: unknown = data?.value?.value;
  const id: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'value') : undefined;
  return typeof id === 'number' && id <= BUILT_IN_MAX ? typeName(id) : null;
}

function nameOf(reference: ReferenceDescription): string {
  return reference.displayName.text ?? reference.browseName.name ?? reference.nodeId.toString();
}
