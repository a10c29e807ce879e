import type { NodeId } from 'node-opcua-client';
import { formatNode } from './address.ts';

/** Kinds of identifiers as the protocol stack numbers them. */
const KINDS: Readonly<Record<number, string>> = { 1: 'i', 2: 's', 3: 'g' };
const BYTES = 4;

/** The address of a node, in the form that outlives a restart of the server. */
export function nodeText(node: NodeId, namespaces: readonly string[]): string {
  const { identifierType, value } = node;
  const kind = KINDS[identifierType];
  const id =
    kind === undefined && identifierType === BYTES && Buffer.isBuffer(value)
      ? `b=${value.toString('base64')}`
      : `${kind ?? 's'}=${String(value)}`;
  return formatNode(node.namespace, id, namespaces);
}
