import type { BrowseNode } from '@millrace/contract';
import type { NodeBook } from './node-book.ts';
import type { NodeSession } from './node-session.ts';

/** Groups, edge nodes, devices beside the node's own metrics, then the folders of the metric names. */
export function browseBirths(
  nodes: NodeBook,
  parent: string | undefined,
  limit: number,
): readonly BrowseNode[] {
  const found = new Map<string, BrowseNode>();
  const [group, node, device] = parent?.split('/') ?? [];
  const session = nodes.get(`${group}/${node}`);
  if (node === undefined) browseIds(nodes.names(), group, found);
  else if (session) browseMetrics(session, parent ?? '', device, found);
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1)).slice(0, limit);
}

function browseIds(keys: Iterable<string>, group: string | undefined, found: Map<string, BrowseNode>): void {
  for (const key of keys) {
    const [itsGroup = '', itsNode = ''] = key.split('/');
    if (group === undefined) found.set(itsGroup, folder(itsGroup, itsGroup));
    else if (group === itsGroup) found.set(key, folder(key, itsNode));
  }
}

function browseMetrics(
  session: NodeSession,
  parent: string,
  device: string | undefined,
  found: Map<string, BrowseNode>,
): void {
  // The children of an edge node are its devices and its own metrics, whose addresses have an empty device.
  const prefix = device === undefined ? `${parent}//` : `${parent}/`;
  const base = parent.split('/').slice(0, 2).join('/');
  for (const birth of session.births()) {
    if (device === undefined && birth.device !== '') {
      const address = `${parent}/${birth.device}`;
      found.set(address, folder(address, birth.device));
      continue;
    }
    const address = `${base}/${birth.device}/${birth.metric}`;
    if (!address.startsWith(prefix)) continue;
    const [name = '', ...deeper] = address.slice(prefix.length).split('/');
    const child = `${prefix}${name}`;
    const known = found.get(child);
    if (deeper.length > 0) found.set(child, { ...(known ?? folder(child, name)), folder: true });
    else
      found.set(child, {
        address: child,
        name,
        folder: known?.folder ?? false,
        tag: true,
        type: birth.type,
        value: birth.shown.value,
      });
  }
}

function folder(address: string, name: string): BrowseNode {
  return { address, name, folder: true, tag: false, type: null };
}
