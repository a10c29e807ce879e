import type { BufferHealth } from '@millrace/contract';
import { itemsOf, type NewEntry, type StoredEntry, spanOf } from './entry.ts';
import { type Log, noteLoss, segmentOf } from './log.ts';
import type { Quarantine } from './quarantine.ts';
import type { QuarantineTally } from './quarantine-tally.ts';
import { bytesOf } from './room.ts';
import { settleItems } from './segment.ts';
import type { Writer } from './writer.ts';

/** An acknowledgement that comes twice, or after its entry was given up, changes nothing. */
export function acknowledgeOne(log: Log, entry: Pick<StoredEntry, 'kind' | 'sequence' | 'items'>): void {
  const stream = log.streams[entry.kind];
  if (stream.settled.has(entry.sequence) || !stream.settled.add(entry.sequence, entry.sequence)) return;
  stream.acknowledged += entry.items;
  stream.waiting -= entry.items;
  const segment = segmentOf(log, entry.kind, entry.sequence);
  if (segment !== undefined) settleItems(segment.streams[entry.kind], entry.items);
  log.bookDirty = true;
}

/** Entries before it in its file are settled: it is the oldest of the file now. */
export function knowOldest(log: Log, entry: StoredEntry): void {
  if (log.streams[entry.kind].settled.firstOutside(1) !== entry.sequence) return;
  const segment = segmentOf(log, entry.kind, entry.sequence);
  if (segment !== undefined) segment.streams[entry.kind].firstAt = spanOf(entry)[0];
}

/** Never had a sequence, but was there to be delivered: it counts as appended and lost. */
export function countRefused(log: Log, entry: NewEntry, reason: 'quota' | 'disk', at: number): void {
  const items = itemsOf(entry);
  const [fromMinute, toMinute] = spanOf(entry);
  const none = { records: 0, alarms: 0 };
  log.streams[entry.kind].refused += items;
  noteLoss(log, { reason, at, ...none, [entry.kind]: items, fromMinute, toMinute });
}

/** The platform would not have it, and here it is no more. */
export function countLostQuarantine(
  log: Log,
  reason: 'quota' | 'disk',
  what: QuarantineTally,
  at: number,
): void {
  const { records, alarms, fromAt, toAt } = what;
  log.streams.records.refused += records;
  log.streams.alarms.refused += alarms;
  noteLoss(log, { reason, at, records, alarms, fromMinute: fromAt, toMinute: toAt });
}

export function healthOf(
  { segments, streams }: Log,
  writer: Writer,
  quarantine: Quarantine,
  quotaBytes: number,
): BufferHealth {
  const { records, alarms } = streams;
  const quarantined = quarantine.items();
  const oldest = segments.reduce(
    (least, { streams }) => Math.min(least, streams.records.firstAt, streams.alarms.firstAt),
    writer.oldestPendingAt() ?? Number.POSITIVE_INFINITY,
  );
  return {
    waiting: records.waiting + alarms.waiting,
    bytes: bytesOf(segments) + writer.pendingBytes(),
    quotaBytes,
    oldestAt: Number.isFinite(oldest) ? oldest : null,
    dropped: records.lost + records.refused + alarms.lost + alarms.refused,
    quarantined,
    ...(quarantined === 0 ? {} : { quarantine: quarantine.groups() }),
  };
}
