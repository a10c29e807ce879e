import { open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Book } from './book.ts';
import { type Disk, systemCode } from './disk.ts';
import { type Loss, STREAMS, type StreamName } from './entry.ts';
import { type Frame, framesIn } from './frame.ts';
import { type Log, newStream, noteLoss } from './log.ts';
import { countFrame, newSegment, ordinalOf, type Segment } from './segment.ts';

/** Payload of a `state` frame. The first of a file is whole and makes all before it superfluous. */
export interface StatePayload {
  readonly whole?: true;
  readonly checkpoint: Readonly<Record<string, unknown>>;
  readonly streams?: Readonly<Record<StreamName, { readonly last: number; readonly appended: number }>>;
}

/** Payload of a `records` or `alarms` frame: a checkpoint that goes with the entry is there with it or not at all. */
export interface EntryPayload {
  readonly items: readonly unknown[];
  readonly checkpoint?: Readonly<Record<string, unknown>>;
}

/** A written half of a replacement that a power cut left. */
const HALF_MADE = /\.tmp$/;

/**
 * Reads what an earlier run left. Nothing is changed on the disk: what is torn at the end or damaged in the middle is stepped
 * over, and a new file is begun behind it.
 */
export async function recover(
  folder: string,
  book: Book,
  disk: Disk,
  now: number,
): Promise<{ readonly log: Log; readonly found: readonly Loss[] }> {
  const { page } = book;
  const log: Log = {
    folder,
    segments: [],
    streams: { records: newStream(page?.streams.records), alarms: newStream(page?.streams.alarms) },
    checkpoint: new Map(),
    losses: [...(page?.losses ?? [])],
    nextOrdinal: 1,
    unwritten: undefined,
    bookDirty: page === undefined,
  };
  const scan: Scan = { seen: { records: newSeen(), alarms: newSeen() }, wholeAt: 0 };
  const names = (await readdir(folder)).sort();
  for (const name of names.filter((one) => HALF_MADE.test(one)))
    await rm(join(folder, name), { force: true });
  for (const name of names) {
    const ordinal = ordinalOf(name);
    if (ordinal === undefined) continue;
    const segment = newSegment(folder, ordinal);
    log.nextOrdinal = ordinal + 1;
    log.segments.push(segment);
    scanSegment(log, segment, await readSegment(segment), scan);
  }
  for (const segment of log.segments.slice(scan.wholeAt)) await readState(log, segment);
  await syncNewest(log.segments.at(-1), disk);
  const found = account(log, scan, book, now);
  for (const loss of found) noteLoss(log, loss);
  return { log, found };
}

interface Seen {
  last: number;
  /** Items up to there. */
  items: number;
  /** Sequences that should be there and are not. */
  readonly missing: [number, number][];
  /** Minutes that the missing ones lie between. */
  from: number;
  to: number;
  lastAt: number;
}
interface Scan {
  readonly seen: Record<StreamName, Seen>;
  /** Position of the newest file whose start is good. */
  wholeAt: number;
}
const newSeen = (): Seen => ({
  last: 0,
  items: 0,
  missing: [],
  from: Number.POSITIVE_INFINITY,
  to: 0,
  lastAt: 0,
});

/** A file that the disk does not give back is one whose entries are all damaged. */
async function readSegment({ path }: Segment): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (systemCode(cause) === 'EIO' || systemCode(cause) === 'ENOENT') return Buffer.alloc(0);
    throw cause;
  }
}

function scanSegment(log: Log, segment: Segment, bytes: Buffer, scan: Scan): void {
  let isFirst = true;
  for (const frame of framesIn(bytes)) {
    segment.size = frame.offset + frame.bytes;
    if (frame.kind === 'state') {
      if (isFirst) scan.wholeAt = log.segments.length - 1;
      countFrame(segment, frame, true);
    } else {
      see(log, segment, frame, frame.kind, scan.seen[frame.kind]);
    }
    isFirst = false;
  }
}

function see(log: Log, segment: Segment, frame: Frame, name: StreamName, seen: Seen): void {
  // Written again after a failed fsync, or merged into the file before: it is the same entry.
  if (frame.sequence <= seen.last) return;
  const { settled } = log.streams[name];
  if (!settled.covers(seen.last + 1, frame.sequence - 1)) miss(seen, frame.sequence - 1, frame.firstAt);
  const isSettled = settled.has(frame.sequence);
  countFrame(segment, frame, isSettled);
  if (!isSettled) log.streams[name].waiting += frame.items;
  seen.last = frame.sequence;
  seen.items = frame.itemsBefore + frame.items;
  seen.lastAt = frame.lastAt;
}

function miss(seen: Seen, to: number, nextAt: number): void {
  seen.missing.push([seen.last + 1, to]);
  seen.from = Math.min(seen.from, seen.lastAt === 0 ? nextAt : seen.lastAt);
  seen.to = Math.max(seen.to, nextAt);
}

async function readState(log: Log, segment: Segment): Promise<void> {
  for (const frame of framesIn(await readSegment(segment))) {
    // The checksum says that we wrote it.
    const payload = JSON.parse(frame.payload.toString('utf8')) as Partial<StatePayload>;
    if (payload.whole === true) log.checkpoint.clear();
    for (const name of STREAMS) {
      const told = payload.streams?.[name];
      if (told === undefined) continue;
      log.streams[name].durable = Math.max(log.streams[name].durable, told.last);
      log.streams[name].durableItems = Math.max(log.streams[name].durableItems, told.appended);
    }
    applyPatch(log.checkpoint, payload.checkpoint ?? {});
  }
}

export function applyPatch(checkpoint: Map<string, unknown>, patch: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) checkpoint.delete(key);
    else checkpoint.set(key, value);
  }
}

/** A killed process leaves its last bytes to the operating system: they are sent from now on, so they must be on the disk. */
async function syncNewest(segment: Segment | undefined, disk: Disk): Promise<void> {
  if (segment === undefined) return;
  const file = await open(segment.path, 'r+');
  try {
    await disk.sync(file);
  } finally {
    await file.close();
  }
}

/**
 * What was appended and neither acknowledged nor lost nor here was here and is damaged, or waited in memory for a disk that was
 * full. The sequences of the latter are used up like the others: so the log itself tells of them from the next entry on.
 */
function account(log: Log, scan: Scan, { page, damaged }: Book, now: number): readonly Loss[] {
  const inMemory = { records: 0, alarms: 0 };
  const onDisk = { records: 0, alarms: 0 };
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  for (const name of STREAMS) {
    const stream = log.streams[name];
    const seen = scan.seen[name];
    const unwritten = page?.unwritten?.streams[name] ?? { last: 0, appended: 0 };
    stream.durable = Math.max(stream.durable, seen.last, stream.settled.last(), unwritten.last);
    stream.next = stream.durable + 1;
    stream.durableItems = Math.max(stream.durableItems, seen.items, unwritten.appended);
    stream.appended = stream.durableItems;
    if (!stream.settled.covers(seen.last + 1, stream.durable)) miss(seen, stream.durable, seen.lastAt);
    for (const [first, last] of seen.missing) stream.settled.add(first, last);
    const gone = Math.max(0, stream.appended - stream.acknowledged - stream.lost - stream.waiting);
    // Without a book nobody knows whether they were acknowledged or lost; all that is here is delivered again.
    if (damaged) stream.acknowledged += gone;
    if (damaged || gone === 0) continue;
    stream.lost += gone;
    const waited = Math.max(0, unwritten.appended - (page?.streams[name].appended ?? 0));
    inMemory[name] = Math.min(gone, waited);
    onDisk[name] = gone - inMemory[name];
    if (onDisk[name] === 0) continue;
    from = Math.min(from, seen.from);
    to = Math.max(to, seen.to);
  }
  const isKnown = to > 0 && from <= to;
  const [fromMinute, toMinute] = isKnown ? [from, to] : [null, null];
  const memory = {
    fromMinute: page?.unwritten?.fromMinute ?? null,
    toMinute: page?.unwritten?.toMinute ?? null,
  };
  const found: readonly Loss[] = [
    { reason: 'damaged', at: now, ...onDisk, fromMinute, toMinute },
    { reason: 'disk', at: now, ...inMemory, ...memory },
  ];
  return found.filter(({ records, alarms }) => records + alarms > 0);
}
