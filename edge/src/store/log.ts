import type { BookPage, StreamPage, Unwritten } from './book.ts';
import { type Loss, STREAMS, type StreamName } from './entry.ts';
import { IntervalSet } from './interval-set.ts';
import type { Segment } from './segment.ts';

/** A stream as it stands. appended = acknowledged + lost + waiting. */
export interface Stream {
  /** Of the next entry. */
  next: number;
  /** Highest sequence that is on the disk. */
  durable: number;
  /** Items, those in memory included. */
  appended: number;
  durableItems: number;
  acknowledged: number;
  lost: number;
  /** Items for which there was no room, in the log or in the quarantine: they have no sequence there. */
  refused: number;
  waiting: number;
  readonly settled: IntervalSet;
}

/** Everything the store knows; its parts share it. */
export interface Log {
  readonly folder: string;
  /** Oldest first; the last may be the one that is written. */
  readonly segments: Segment[];
  readonly streams: Readonly<Record<StreamName, Stream>>;
  readonly checkpoint: Map<string, unknown>;
  /** Newest last. */
  readonly losses: Loss[];
  nextOrdinal: number;
  unwritten: Unwritten | undefined;
  /** Changes since the book was written. */
  bookDirty: boolean;
}

/** Told losses that are kept; the totals keep all. */
const LOSSES_MAX = 20;

export function newStream(page?: StreamPage): Stream {
  return {
    next: (page?.last ?? 0) + 1,
    durable: page?.last ?? 0,
    appended: page?.appended ?? 0,
    durableItems: page?.appended ?? 0,
    acknowledged: page?.acknowledged ?? 0,
    lost: page?.lost ?? 0,
    refused: page?.refused ?? 0,
    waiting: 0,
    settled: new IntervalSet(page?.settled),
  };
}

export function pageOf({ streams, losses, unwritten }: Log): BookPage {
  const page = (stream: Stream): StreamPage => ({
    last: stream.durable,
    appended: stream.durableItems,
    acknowledged: stream.acknowledged,
    lost: stream.lost,
    refused: stream.refused,
    settled: stream.settled.toArray(),
  });
  return {
    streams: { records: page(streams.records), alarms: page(streams.alarms) },
    ...(unwritten === undefined ? {} : { unwritten }),
    losses,
  };
}

export function noteLoss(log: Log, loss: Loss): void {
  // Refusals come one by one for as long as a disk is full: they are one loss.
  const before = log.losses.at(-1);
  const goesOn = before?.reason === loss.reason && before.toMinute !== null && loss.toMinute !== null;
  if (before !== undefined && goesOn && loss.at - before.at < LOSS_GOES_ON_MS) {
    log.losses.splice(-1, 1, {
      ...loss,
      at: before.at,
      records: before.records + loss.records,
      alarms: before.alarms + loss.alarms,
      fromMinute: Math.min(before.fromMinute ?? loss.toMinute ?? 0, loss.fromMinute ?? loss.toMinute ?? 0),
      toMinute: Math.max(before.toMinute ?? 0, loss.toMinute ?? 0),
    });
  } else {
    log.losses.push(loss);
    log.losses.splice(0, log.losses.length - LOSSES_MAX);
  }
  log.bookDirty = true;
}
const LOSS_GOES_ON_MS = 3_600_000;

/** Gives up the oldest file that is not written any more; false when there is none. */
export function loseOldest(
  log: Log,
  active: Segment | undefined,
  reason: Loss['reason'],
  now: number,
): Segment | undefined {
  const segment = log.segments[0];
  if (segment === undefined || segment === active) return undefined;
  log.segments.shift();
  const lost = { records: 0, alarms: 0 };
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  for (const name of STREAMS) {
    const part = segment.streams[name];
    if (part.first > part.last) continue;
    lost[name] = part.unsettled;
    settleLost(log.streams[name], part.first, part.last, part.unsettled);
    if (part.unsettled === 0) continue;
    from = Math.min(from, part.firstAt);
    to = Math.max(to, part.lastAt);
  }
  if (lost.records + lost.alarms > 0)
    noteLoss(log, { reason, at: now, ...lost, fromMinute: from, toMinute: to });
  log.bookDirty = true;
  return segment;
}

export function settleLost(stream: Stream, from: number, to: number, items: number): void {
  stream.settled.add(from, to);
  stream.lost += items;
  stream.waiting -= items;
}

/** The file that holds a sequence. */
export function segmentOf(log: Log, name: StreamName, sequence: number): Segment | undefined {
  let low = 0;
  let high = log.segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    // A file without entries of the stream says nothing of where to go on: look at the next that has some.
    let probe = middle;
    while (probe < high && isEmpty(log.segments[probe], name)) probe++;
    const last = log.segments[probe]?.streams[name].last ?? Number.POSITIVE_INFINITY;
    if (probe < high && last < sequence) low = probe + 1;
    else high = middle;
  }
  while (low < log.segments.length && isEmpty(log.segments[low], name)) low++;
  const found = log.segments[low];
  return found !== undefined && found.streams[name].first <= sequence ? found : undefined;
}

const isEmpty = (segment: Segment | undefined, name: StreamName): boolean =>
  segment === undefined || segment.streams[name].first > segment.streams[name].last;
