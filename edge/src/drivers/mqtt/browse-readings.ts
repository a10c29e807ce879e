import type { BrowseNode, TagValue } from '@millrace/contract';
import type { Reading } from './form.ts';

/** Longer addresses than a tag can have, or texts that nobody reads in a list, are not shown. */
const MAX_ADDRESS = 1_024;
const MAX_TEXT = 256;

/** Two levels: topics, devices or groups; and what was seen in them. */
export function browseReadings(
  readings: Iterable<Reading>,
  parent: string | undefined,
  limit: number,
): readonly BrowseNode[] {
  const nodes = new Map<string, BrowseNode>();
  for (const reading of readings) {
    const { address, folder } = reading;
    if (address.length > MAX_ADDRESS) continue;
    if (folder === parent) nodes.set(address, tagNode(reading, nodes.get(address)?.folder ?? false));
    else if (parent === undefined && folder !== undefined && folder.length <= MAX_ADDRESS) {
      const known = nodes.get(folder);
      if (known) nodes.set(folder, { ...known, folder: true });
      else nodes.set(folder, { address: folder, name: folder, folder: true, tag: false, type: null });
    }
    if (nodes.size >= limit) break;
  }
  return [...nodes.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function tagNode({ address, folder, raw }: Reading, isFolder: boolean): BrowseNode {
  const shown = typeof raw === 'string' ? raw.slice(0, MAX_TEXT) : raw;
  const scalar = typeof shown === 'boolean' || typeof shown === 'number' || typeof shown === 'string';
  return {
    address,
    name: folder === undefined ? address : address.slice(folder.length + 1),
    folder: isFolder,
    tag: true,
    type: TYPES[typeof raw] ?? null,
    value: scalar ? (shown as TagValue) : null,
  };
}

const TYPES: Readonly<Record<string, string>> = { boolean: 'bool', number: 'float64', string: 'string' };
