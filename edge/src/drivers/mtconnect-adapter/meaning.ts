import type { BrowseNode } from '@millrace/contract';

/** Words of the controlled vocabulary of EXECUTION. [MTConnect Part 2, EXECUTION] */
const EXECUTION: readonly string[] = [
  'ACTIVE',
  'READY',
  'INTERRUPTED',
  'FEED_HOLD',
  'STOPPED',
  'OPTIONAL_STOP',
  'PROGRAM_STOPPED',
  'PROGRAM_COMPLETED',
  'WAIT',
];

/** What a key probably is. The adapter's protocol has no types: its name and its value must both speak for it. */
export function meaningOf(key: string, text: string): BrowseNode['meaning'] {
  const available = text.toUpperCase() !== 'UNAVAILABLE';
  if (/exec/i.test(key) && (!available || EXECUTION.includes(text))) return 'state';
  if (/part_?count|^p?count$/i.test(key) && (!available || /^\d+(:[A-Z_]+)?$/.test(text))) return 'count';
  if (/energy|watt_?hour/i.test(key)) return 'energy';
  return undefined;
}
