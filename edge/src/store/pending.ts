import type { Unwritten } from './book.ts';
import { type CheckpointPatch, itemsOf, type NewEntry, spanOf } from './entry.ts';
import { encodeFrame, type FrameHead } from './frame.ts';
import type { Log, Stream } from './log.ts';
import type { EntryPayload } from './recover.ts';

/** In the order it was appended, which is the order on the disk: a cut anywhere leaves what was true at some moment. */
export type Pending =
  | { readonly head: FrameHead; readonly frame: Buffer; readonly patch: CheckpointPatch | undefined }
  | PendingPatch;
/** Patches between two entries are one: only the newest value of a key matters. */
interface PendingPatch {
  readonly head: undefined;
  readonly patch: Record<string, unknown>;
  bytes: number;
}

/** What the book must know of it; undefined when nothing in it is to be delivered. */
export function unwrittenOf({ streams }: Log, pending: readonly Pending[]): Unwritten | undefined {
  let fromMinute = Number.POSITIVE_INFINITY;
  let toMinute = 0;
  for (const { head } of pending) {
    if (head === undefined) continue;
    fromMinute = Math.min(fromMinute, head.firstAt);
    toMinute = Math.max(toMinute, head.lastAt);
  }
  if (toMinute === 0) return undefined;
  const end = ({ next, appended }: Stream) => ({ last: next - 1, appended });
  return { streams: { records: end(streams.records), alarms: end(streams.alarms) }, fromMinute, toMinute };
}

/** A patch that waits right before an entry goes with it: in memory and on the disk it would only be said twice. */
export function takePatch(pending: Pending[]): PendingPatch | undefined {
  const last = pending.at(-1);
  if (last === undefined || last.head !== undefined) return undefined;
  pending.pop();
  return last;
}

/** The bytes that came to what waits. */
export function addPatch(pending: Pending[], patch: CheckpointPatch): number {
  const last = pending.at(-1);
  const bytes = Buffer.byteLength(JSON.stringify(patch));
  if (last === undefined || last.head !== undefined) {
    pending.push({ head: undefined, patch: { ...patch }, bytes });
    return bytes;
  }
  const before = Object.keys(last.patch).length;
  Object.assign(last.patch, patch);
  // Values of the same keys take each other's place; only new keys make it longer.
  const more = Object.keys(last.patch).length > before ? bytes : Math.max(0, bytes - last.bytes);
  last.bytes += more;
  return more;
}

export function encodeEntry(log: Log, entry: NewEntry, patch: CheckpointPatch | undefined) {
  const stream = log.streams[entry.kind];
  const [firstAt, lastAt] = spanOf(entry);
  const head: FrameHead = {
    kind: entry.kind,
    sequence: stream.next,
    items: itemsOf(entry),
    itemsBefore: stream.appended,
    firstAt,
    lastAt,
  };
  const payload: EntryPayload = {
    items: entry.kind === 'records' ? entry.records : entry.alarms,
    ...(patch === undefined ? {} : { checkpoint: patch }),
  };
  return { head, frame: encodeFrame(head, Buffer.from(JSON.stringify(payload))), patch };
}
