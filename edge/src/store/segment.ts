import { join } from 'node:path';
import type { StreamName } from './entry.ts';
import type { Frame } from './frame.ts';

/** What a file of the log holds of a stream. */
export interface SegmentStream {
  /** Sequences; `first` > `last` = none. */
  first: number;
  last: number;
  /** Items in it that are neither acknowledged nor lost. */
  unsettled: number;
  /** Of what is unsettled; epoch ms. */
  firstAt: number;
  lastAt: number;
}

/** One file of the log. Files are never changed in place: a shorter one takes the place of a longer one whole. */
export interface Segment {
  readonly ordinal: number;
  readonly path: string;
  /** Good bytes; the file may have more behind them that a failed write left. */
  size: number;
  /** Bytes of checkpoints in it, which the start of the next file makes superfluous. */
  stateBytes: number;
  /** Counts the times that another file took its place: positions in it are worth nothing then. */
  generation: number;
  readonly streams: Record<StreamName, SegmentStream>;
}

const SUFFIX = '.log';
const DIGITS = 12;

export function newSegment(folder: string, ordinal: number): Segment {
  const none = (): SegmentStream => ({
    first: 1,
    last: 0,
    unsettled: 0,
    firstAt: Number.POSITIVE_INFINITY,
    lastAt: 0,
  });
  return {
    ordinal,
    path: join(folder, `${String(ordinal).padStart(DIGITS, '0')}${SUFFIX}`),
    size: 0,
    stateBytes: 0,
    generation: 0,
    streams: { records: none(), alarms: none() },
  };
}

/** The ordinal of a file of the log, or undefined for another file. */
export function ordinalOf(name: string): number | undefined {
  const digits = name.slice(0, DIGITS);
  return name === `${digits}${SUFFIX}` && /^\d+$/.test(digits) ? Number(digits) : undefined;
}

/** Takes a frame that is now in the file into its summary. */
export function countFrame(
  segment: Segment,
  frame: Pick<Frame, 'kind' | 'sequence' | 'items' | 'firstAt' | 'lastAt' | 'bytes'>,
  isSettled: boolean,
): void {
  if (frame.kind === 'state') {
    segment.stateBytes += frame.bytes;
    return;
  }
  const stream = segment.streams[frame.kind];
  if (stream.first > stream.last) stream.first = frame.sequence;
  stream.last = frame.sequence;
  if (isSettled) return;
  stream.unsettled += frame.items;
  stream.firstAt = Math.min(stream.firstAt, frame.firstAt);
  stream.lastAt = Math.max(stream.lastAt, frame.lastAt);
}

/** So many items of the file need no delivery any more. */
export function settleItems(stream: SegmentStream, items: number): void {
  stream.unsettled -= items;
  if (stream.unsettled > 0) return;
  stream.firstAt = Number.POSITIVE_INFINITY;
  stream.lastAt = 0;
}
