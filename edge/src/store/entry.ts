import type { EdgeAlarm, MachineRecord } from '@millrace/contract';

/** What is delivered; each stream has its own sequence, so that one that waits never holds up the other's bookkeeping. */
export const STREAMS = ['records', 'alarms'] as const;
export type StreamName = (typeof STREAMS)[number];

/** What must reach the platform. */
export type NewEntry =
  | { readonly kind: 'records'; readonly records: readonly MachineRecord[] }
  | { readonly kind: 'alarms'; readonly alarms: readonly EdgeAlarm[] };

/** An entry that is on the disk. */
export type StoredEntry = NewEntry & {
  /** Of its stream, from 1, without holes. */
  readonly sequence: number;
  /** Records or alarms in it. */
  readonly items: number;
  /** It takes so much of the disk. */
  readonly bytes: number;
};

/** What the pipeline must not forget, by a key of its own; null takes the key away, keys that are not named stay. */
export type CheckpointPatch = Readonly<Record<string, unknown>>;

/** `quota` = the configured share of the disk is used up, `disk` = the disk itself refuses. */
export type Appended = { readonly sequence: number } | { readonly refused: 'quota' | 'disk' };

export const LOSS_REASONS = ['quota', 'disk', 'damaged'] as const;
/** Something that will never reach the platform; told, and kept through restarts. */
export interface Loss {
  /** `quota` and `disk`: there was no room; `damaged`: what was stored can no longer be read. */
  readonly reason: (typeof LOSS_REASONS)[number];
  /** By the gateway's clock; epoch ms. */
  readonly at: number;
  readonly records: number;
  readonly alarms: number;
  /** Minutes it lies between, both included; epoch ms. Null when nothing about it can be read. */
  readonly fromMinute: number | null;
  readonly toMinute: number | null;
}

export const itemsOf = (entry: NewEntry): number =>
  entry.kind === 'records' ? entry.records.length : entry.alarms.length;

/** First and last instant in it; epoch ms. */
export function spanOf(entry: NewEntry): readonly [number, number] {
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  const instants = entry.kind === 'records' ? entry.records : entry.alarms;
  for (const one of instants) {
    const at = 'minute' in one ? one.minute : one.at;
    if (at < from) from = at;
    if (at > to) to = at;
  }
  return [Math.min(from, to), to];
}
