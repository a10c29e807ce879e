import type { ClientSession, NodeId, ReferenceDescription } from 'node-opcua-client';
import { DriverFault } from '../../driver/index.ts';
import type { OpcUa } from './library.ts';
import { statusText } from './value.ts';

/** A server that always promises more is broken or hostile. */
const PAGES_MAX = 100;
/** Hierarchical references. [OPC 10000-5 §11.3] */
const HIERARCHICAL = 'i=33';
const HAS_COMPONENT = 'i=47';

/** Forward hierarchical references of a node, each target once, at most `limit`. */
export async function childrenOf(
  opcua: OpcUa,
  session: ClientSession,
  nodeId: NodeId,
  limit: number,
): Promise<ReferenceDescription[]> {
  return follow(opcua, session, { nodeId, referenceTypeId: HIERARCHICAL, forward: true }, limit);
}

/** Objects that have the node as a component. */
export async function ownersOf(
  opcua: OpcUa,
  session: ClientSession,
  nodeId: NodeId,
  limit: number,
): Promise<ReferenceDescription[]> {
  return follow(opcua, session, { nodeId, referenceTypeId: HAS_COMPONENT, forward: false }, limit);
}

interface Direction {
  readonly nodeId: NodeId;
  readonly referenceTypeId: string;
  readonly forward: boolean;
}

async function follow(
  opcua: OpcUa,
  session: ClientSession,
  { nodeId, referenceTypeId, forward }: Direction,
  limit: number,
): Promise<ReferenceDescription[]> {
  const found = new Map<string, ReferenceDescription>();
  const description = {
    nodeId,
    referenceTypeId: opcua.coerceNodeId(referenceTypeId),
    includeSubtypes: true,
    browseDirection: forward ? opcua.BrowseDirection.Forward : opcua.BrowseDirection.Inverse,
    nodeClassMask: 0,
    resultMask: 63, // Everything that one reference says. [OPC 10000-4 §5.9.2]
  };
  let page = await session.browse(description);
  if (page.statusCode.value >>> 30 >= 2) throw new DriverFault(statusText(page.statusCode));
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    for (const reference of page.references ?? []) {
      // A node of another server is no node of this one.
      if (reference.nodeId.serverIndex === 0) found.set(reference.nodeId.toString(), reference);
    }
    const more = page.continuationPoint;
    if (more === undefined || more === null || more.length === 0) break;
    const enough = found.size >= limit;
    // A continuation point that is not used up must be given back. [OPC 10000-4 §5.9.3]
    page = await session.browseNext(more, enough);
    if (enough) break;
  }
  return [...found.values()].slice(0, limit);
}
