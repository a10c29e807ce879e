import { open } from 'node:fs/promises';
import type { EdgeAlarm, MachineRecord } from '@millrace/contract';
import { systemCode } from './disk.ts';
import type { StoredEntry, StreamName } from './entry.ts';
import { type Frame, frameAt, framesIn } from './frame.ts';
import { type Log, segmentOf } from './log.ts';
import type { EntryPayload } from './recover.ts';
import type { Segment } from './segment.ts';
import type { Turn } from './turn.ts';

export interface ReadLimits {
  /** Records or alarms; one entry is always given, however many it has. */
  readonly items: number;
  /** Of the payloads. */
  readonly bytes: number;
  /** Sequences from here on are not given. */
  readonly before: number;
}

export interface Reading {
  readonly entries: readonly StoredEntry[];
  /** Where to go on. */
  readonly next: number;
}

export interface Reader {
  /** What is on the disk of a stream and not settled, from a sequence on. */
  read(name: StreamName, from: number, limits: ReadLimits): Promise<Reading>;
}

/** Read at once; an entry of usual size fits many times. */
const CHUNK_BYTES = 1_048_576;
/** Lanes that read side by side are three; a place more or less costs a scan of one file. */
const PLACES_MAX = 8;

interface Place {
  readonly segment: Segment;
  readonly generation: number;
  readonly offset: number;
}

/** `onDamage` is told of a file that no longer has everything it should; it settles what is gone. */
export function createReader(log: Log, turn: Turn, onDamage: (segment: Segment) => void): Reader {
  /** Where a stream goes on at a sequence, so that reading on does not scan from the start of the file. */
  const places = new Map<string, Place>();

  async function read(name: StreamName, from: number, limits: ReadLimits): Promise<Reading> {
    const stream = log.streams[name];
    const end = Math.min(limits.before, stream.durable + 1);
    const taken: Taken = {
      name,
      limits,
      end,
      entries: [],
      next: stream.settled.firstOutside(from),
      items: 0,
      bytes: 0,
    };
    while (taken.next < end && !isFull(taken)) {
      const segment = segmentOf(log, name, taken.next) ?? following(log, name, taken.next);
      if (segment === undefined) break;
      taken.next = Math.max(taken.next, segment.streams[name].first);
      const found = await readFrom(segment, name, taken.next, placeOf(places, name, taken.next, segment));
      const isWhole = take(taken, found);
      // Given up meanwhile because the disk is full: nothing of it is damaged.
      if (!isWhole && log.segments.includes(segment)) onDamage(segment);
      taken.next = stream.settled.firstOutside(taken.next);
    }
    return { entries: taken.entries, next: taken.next };
  }

  /** False when something that should be there is not. */
  function take(taken: Taken, found: Found): boolean {
    const { settled } = log.streams[taken.name];
    let isWhole = true;
    for (const { frame, place } of found.frames) {
      if (frame.sequence < taken.next) continue;
      if (frame.sequence >= taken.end || isFull(taken)) return isWhole;
      if (!settled.covers(taken.next, frame.sequence - 1)) isWhole = false;
      taken.next = frame.sequence + 1;
      remember(places, taken.name, taken.next, place);
      if (settled.has(frame.sequence)) continue;
      taken.entries.push(entryOf(taken.name, frame));
      taken.items += frame.items;
      taken.bytes += frame.payload.length;
    }
    if (!found.isEnd || taken.next > found.last) return isWhole;
    isWhole = isWhole && settled.covers(taken.next, found.last);
    taken.next = found.last + 1;
    return isWhole;
  }

  return { read: (name, from, limits) => turn(() => read(name, from, limits)) };
}

interface Taken {
  readonly name: StreamName;
  readonly limits: ReadLimits;
  readonly end: number;
  readonly entries: StoredEntry[];
  next: number;
  items: number;
  bytes: number;
}
const isFull = ({ limits, items, bytes }: Taken): boolean => items >= limits.items || bytes >= limits.bytes;

/** The first file that has something behind the sequence. */
function following(log: Log, name: StreamName, sequence: number): Segment | undefined {
  return log.segments.find(
    ({ streams }) => streams[name].first <= streams[name].last && streams[name].last >= sequence,
  );
}

function placeOf(places: Map<string, Place>, name: StreamName, sequence: number, segment: Segment): number {
  const key = `${name}${sequence}`;
  const place = places.get(key);
  return place?.segment === segment && place.generation === segment.generation ? place.offset : 0;
}

function remember(places: Map<string, Place>, name: StreamName, sequence: number, place: Place): void {
  places.delete(`${name}${sequence - 1}`);
  places.set(`${name}${sequence}`, place);
  const oldest = places.keys().next().value;
  if (places.size > PLACES_MAX && oldest !== undefined) places.delete(oldest);
}

interface Found {
  readonly frames: readonly { readonly frame: Frame; readonly place: Place }[];
  /** Nothing more came in this file when it was looked at, which ended then with this sequence. */
  readonly isEnd: boolean;
  readonly last: number;
}

/** Good frames of the stream from a byte on, at least one unless the file has no more. */
async function readFrom(
  segment: Segment,
  name: StreamName,
  sequence: number,
  offset: number,
): Promise<Found> {
  // Both of one moment: what is appended while the disk reads is not missing.
  const { generation, size } = segment;
  const { last } = segment.streams[name];
  const placed = (frames: readonly Frame[], from: number): Found['frames'] =>
    frames
      .filter((frame) => frame.kind === name && frame.sequence >= sequence)
      .map((frame) => ({ frame, place: { segment, generation, offset: from + frame.offset + frame.bytes } }));
  let from = offset;
  while (from < size) {
    const bytes = await readBytes(segment, from, Math.min(CHUNK_BYTES, size - from));
    const row = rowOf(bytes);
    const good = row.reduce((sum, frame) => sum + frame.bytes, 0);
    const frames = placed(row, from);
    if (frames.length > 0) return { frames, isEnd: from + good >= size, last };
    from += good;
    if (good > 0) continue;
    // What begins here is longer than a chunk, or damaged: the whole rest tells.
    const rest = await readBytes(segment, from, size - from);
    return { frames: placed([...framesIn(rest)], from), isEnd: true, last };
  }
  return { frames: [], isEnd: true, last };
}

/** Good frames from the start on, up to the first that is cut or damaged. */
function rowOf(bytes: Buffer): readonly Frame[] {
  const row: Frame[] = [];
  let offset = 0;
  for (let frame = frameAt(bytes, offset); typeof frame !== 'string'; frame = frameAt(bytes, offset)) {
    row.push(frame);
    offset += frame.bytes;
  }
  return row;
}

async function readBytes(segment: Segment, from: number, length: number): Promise<Buffer> {
  try {
    const file = await open(segment.path, 'r');
    try {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await file.read(bytes, 0, length, from);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    // The disk does not give it back, or somebody removed it: what was in it is damaged.
    if (systemCode(cause) === 'EIO' || systemCode(cause) === 'ENOENT') return Buffer.alloc(0);
    throw cause;
  }
}

function entryOf(name: StreamName, frame: Frame): StoredEntry {
  // The checksum says that we wrote it.
  const { items } = JSON.parse(frame.payload.toString('utf8')) as EntryPayload;
  const { sequence, bytes } = frame;
  return name === 'records'
    ? { kind: name, records: items as MachineRecord[], sequence, items: frame.items, bytes }
    : { kind: name, alarms: items as EdgeAlarm[], sequence, items: frame.items, bytes };
}
