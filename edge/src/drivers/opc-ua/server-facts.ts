import type { ClientSession, DataValue } from 'node-opcua-client';
import type { OpcUa } from './library.ts';

/** What identifies a running server and bounds what may be asked of it at once. */
export interface ServerFacts {
  /** By index; a node's namespace index means nothing without it. */
  readonly namespaces: readonly string[];
  /** Epoch ms; 0 when the server does not say. */
  readonly startedAt: number;
  readonly nodesPerRead: number;
  readonly nodesPerBrowse: number;
  readonly itemsPerCall: number;
}

/** NamespaceArray, ServerStatus.StartTime, OperationLimits. [OPC 10000-5 §6.3] */
const FACTS = ['i=2255', 'ns=0;i=2257', 'i=11705', 'i=11710', 'i=11714'] as const;
/** Servers that name no limit have one all the same; beyond a thousand nothing gets faster. */
const NODES_PER_CALL_MAX = 1_000;
/** What a server announces as its namespaces; big installations have some tens. */
const NAMESPACES_MAX = 1_000;

/** Read once for each connection; a server that leaves limits out gets ours. */
export async function readServerFacts(opcua: OpcUa, session: ClientSession): Promise<ServerFacts> {
  const [namespaces, startedAt, read, browse, items] = await session.read(
    FACTS.map((id) => ({ nodeId: opcua.coerceNodeId(id), attributeId: opcua.AttributeIds.Value })),
  );
  return {
    namespaces: textsOf(namespaces),
    startedAt: timeOf(startedAt),
    nodesPerRead: limitOf(read),
    nodesPerBrowse: limitOf(browse),
    itemsPerCall: limitOf(items),
  };
}

/** Whether nodes and subscriptions of before still mean the same: a restarted server may number its namespaces otherwise. */
export function sameServer(before: ServerFacts, after: ServerFacts): boolean {
  return before.startedAt === after.startedAt && before.namespaces.join('\n') === after.namespaces.join('\n');
}

function textsOf(data: DataValue | undefined): string[] {
  const value: unknown = data?.value?.value;
  return Array.isArray(value) ? value.slice(0, NAMESPACES_MAX).map(String) : [];
}

function timeOf(data: DataValue | undefined): number {
  const value: unknown = data?.value?.value;
  return value instanceof Date ? value.getTime() : 0;
}

/** 0 means no limit. */
function limitOf(data: DataValue | undefined): number {
  const value: unknown = data?.value?.value;
  return typeof value === 'number' && value >= 1 ? Math.min(value, NODES_PER_CALL_MAX) : NODES_PER_CALL_MAX;
}
