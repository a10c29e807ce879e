import type { TagType } from '@millrace/contract';
import type { ClientSession, DataValue, NodeId } from 'node-opcua-client';
import { DriverFault, type Sample, type TagAddress } from '../../driver/index.ts';
import { localNode, type MachineryValue, type NodeAddress, parseTarget } from './address.ts';
import type { OpcUa } from './library.ts';
import { findMachineryValues, type MachineryValues } from './machinery.ts';
import { machineStateOf, type StateInput, type StateInputs } from './machinery-state.ts';
import { nodeText } from './node-text.ts';
import { bad, instantOf, type Reading, readingOf } from './value.ts';

/** Which nodes the tags need, each once, and what their values mean for the tags. */
export interface Plan {
  readonly nodes: readonly NodeId[];
  /** Tags whose address leads nowhere. */
  readonly faults: readonly Sample[];
  samplesOf(node: number, data: DataValue, now: number): readonly Sample[];
  /** The server does not give this node. */
  refusals(node: number, reason: string, now: number): readonly Sample[];
}

type Consumer = (data: DataValue, now: number) => Sample;

/** Looks up what the addresses mean at this server. */
export async function planTags(
  opcua: OpcUa,
  session: ClientSession,
  namespaces: readonly string[],
  tags: readonly TagAddress[],
  now: number,
): Promise<Plan> {
  const nodes: NodeId[] = [];
  const indexes = new Map<string, number>();
  const consumers: { readonly tag: number; readonly consume: Consumer }[][] = [];
  const machines = new Map<string, Promise<MachineryValues>>();
  const faults: Sample[] = [];

  const need = (node: NodeId, tag: number, consume: Consumer): void => {
    const key = node.toString();
    const index = indexes.get(key) ?? nodes.push(node) - 1;
    indexes.set(key, index);
    consumers[index] = [...(consumers[index] ?? []), { tag, consume }];
  };
  const machineryOf = (machine: NodeId): Promise<MachineryValues> => {
    const key = machine.toString();
    const known = machines.get(key) ?? findMachineryValues(opcua, session, machine);
    machines.set(key, known);
    return known;
  };
  const place = async (
    address: NodeAddress,
    tag: number,
    value: MachineryValue,
    type?: TagType,
  ): Promise<void> => {
    const values = await machineryOf(opcua.coerceNodeId(localNode(address, namespaces)));
    if (value === 'count') {
      if (values.count === undefined) throw new DriverFault(values.noCount);
      need(values.count, tag, direct(tag, type));
      return;
    }
    if (values.state.size === 0) throw new DriverFault('the machine says nothing of its state');
    const inputs: Partial<Record<StateInput, DataValue>> = {};
    for (const [name, node] of values.state)
      need(node, tag, folded(opcua, tag, inputs, name, values.state.size, namespaces));
  };
  for (const [tag, { address, type }] of tags.entries()) {
    const target = parseTarget(address);
    try {
      if (typeof target === 'string') throw new DriverFault(target);
      if (target.kind === 'machinery') await place(target.machine, tag, target.value, type);
      else need(opcua.coerceNodeId(localNode(target.node, namespaces)), tag, direct(tag, type));
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      faults.push({ tag, at: now, ...bad(cause.message) });
    }
  }
  return {
    nodes,
    faults,
    samplesOf: (node, data, at) => (consumers[node] ?? []).map(({ consume }) => consume(data, at)),
    refusals: (node, reason, at) => (consumers[node] ?? []).map(({ tag }) => ({ tag, at, ...bad(reason) })),
  };
}

function direct(tag: number, type: TagType | undefined): Consumer {
  return (data, now) => ({ tag, at: instantOf(data, now), ...readingOf(data, type) });
}

/** A state of several variables: known when all of them have said something once. */
function folded(
  opcua: OpcUa,
  tag: number,
  inputs: Partial<Record<StateInput, DataValue>>,
  name: StateInput,
  wanted: number,
  namespaces: readonly string[],
): Consumer {
  const pointed = (data: DataValue): string | undefined => {
    const value: unknown = data.value?.value;
    return value instanceof opcua.NodeId ? nodeText(value, namespaces) : undefined;
  };
  return (data, now) => {
    inputs[name] = data;
    const all: StateInputs = inputs;
    const reading: Reading =
      Object.keys(all).length < wanted
        ? bad('not all of the state is known yet')
        : machineStateOf(all, pointed);
    return { tag, at: instantOf(data, now), ...reading };
  };
}
