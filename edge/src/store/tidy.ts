import { readFileSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { type Disk, syncFolder, systemCode } from './disk.ts';
import { STREAMS } from './entry.ts';
import { encodeFrame, type Frame, framesIn } from './frame.ts';
import { type Log, noteLoss } from './log.ts';
import type { EntryPayload } from './recover.ts';
import { newSegment, type Segment, settleItems } from './segment.ts';
import type { Turn } from './turn.ts';

/** So many small neighbours become one file: a month of outage is then some dozens of files and each record is copied a few times. */
const MERGE_FILES = 8;
/** Smaller than this part of a full file is small. */
const SMALL_PART = 8;

export interface Tidier {
  /** Removes files that nobody needs and shortens those that are mostly checkpoints. `active` is left alone, and the file before it. */
  run(active: Segment | undefined): Promise<void>;
  /** Finds out what a damaged file still has, and settles what it has no more. */
  inspect(segment: Segment, now: number): void;
}

export interface TidierOptions {
  readonly log: Log;
  readonly disk: Disk;
  readonly turn: Turn;
  readonly segmentBytes: number;
  /** Acknowledgements must be on the disk before what they cover is removed. */
  writeBook(): Promise<void>;
}

export function createTidier(options: TidierOptions): Tidier {
  const { log } = options;
  return {
    run: async (active) => {
      await removeSettled(options, active);
      const closed = closedOf(log, active);
      for (const segment of closed) {
        if (segment.stateBytes * 2 > segment.size) await replace(options, [segment]);
      }
      const small = options.segmentBytes / SMALL_PART;
      let run: Segment[] = [];
      for (const segment of closed) {
        run = segment.size < small ? [...run, segment] : [];
        if (run.length < MERGE_FILES) continue;
        await replace(options, run);
        run = [];
      }
    },
    inspect: (segment, now) => inspect(log, segment, now),
  };
}

/**
 * Two files have the newest checkpoint and stay as they are: the newest, and the one before it, should the start of the newest
 * be damaged.
 */
const closedOf = ({ segments }: Log, active: Segment | undefined): Segment[] =>
  segments.filter((segment) => segment !== active).slice(0, active === undefined ? -2 : -1);

async function removeSettled(options: TidierOptions, active: Segment | undefined): Promise<void> {
  const { log, turn } = options;
  const settled = closedOf(log, active).filter((segment) =>
    STREAMS.every((name) => {
      const { first, last } = segment.streams[name];
      return log.streams[name].settled.covers(first, last);
    }),
  );
  if (settled.length === 0) return;
  await options.writeBook();
  await turn(async () => {
    for (const segment of settled) {
      await rm(segment.path, { force: true });
      const position = log.segments.indexOf(segment);
      if (position >= 0) log.segments.splice(position, 1);
    }
  });
}

/** Neighbours become one file that has only what still must be delivered. */
async function replace({ log, disk, turn }: TidierOptions, run: readonly Segment[]): Promise<void> {
  const [first] = run;
  if (first === undefined || run.some((segment) => !log.segments.includes(segment))) return;
  const kept: Buffer[] = [];
  for (const segment of run) {
    const bytes = await readFile(segment.path);
    for (const frame of framesIn(bytes.subarray(0, segment.size))) {
      const { kind, sequence } = frame;
      if (kind === 'state') continue;
      const { first: from, last: to } = segment.streams[kind];
      // Outside of it = a copy that another file has too.
      const isOwn = from <= sequence && sequence <= to;
      if (isOwn && !log.streams[kind].settled.has(sequence)) kept.push(withoutCheckpoint(frame));
    }
  }
  const half = `${first.path}.tmp`;
  const bytes = Buffer.concat(kept);
  await writeWhole(half, bytes, disk);
  await turn(async () => {
    // Given up meanwhile because the disk is full.
    if (run.some((segment) => !log.segments.includes(segment))) return rm(half, { force: true });
    await rename(half, first.path);
    await syncFolder(log.folder);
    const position = log.segments.indexOf(first);
    log.segments.splice(position, run.length, Object.assign(first, merged(run), { size: bytes.length }));
    for (const segment of run.slice(1)) await rm(segment.path, { force: true });
    return undefined;
  });
}

async function writeWhole(path: string, bytes: Buffer, disk: Disk): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await disk.write(file, bytes, 0);
    await disk.sync(file);
  } catch (cause) {
    await rm(path, { force: true });
    throw cause;
  } finally {
    await file.close();
  }
}

function merged(run: readonly Segment[]): Pick<Segment, 'streams' | 'stateBytes' | 'generation'> {
  const { streams } = newSegment('', 0);
  for (const segment of run) {
    for (const name of STREAMS) {
      const part = segment.streams[name];
      const sum = streams[name];
      if (part.first > part.last) continue;
      if (sum.first > sum.last) sum.first = part.first;
      sum.last = part.last;
      sum.unsettled += part.unsettled;
      sum.firstAt = Math.min(sum.firstAt, part.firstAt);
      sum.lastAt = Math.max(sum.lastAt, part.lastAt);
    }
  }
  return { streams, stateBytes: 0, generation: Math.max(...run.map(({ generation }) => generation)) + 1 };
}

function withoutCheckpoint(frame: Frame): Buffer {
  // The checksum says that we wrote it.
  const { items } = JSON.parse(frame.payload.toString('utf8')) as EntryPayload;
  const payload: EntryPayload = { items };
  return encodeFrame(frame, Buffer.from(JSON.stringify(payload)));
}

function inspect(log: Log, segment: Segment, now: number): void {
  const bytes = readWhole(segment);
  const lost = { records: 0, alarms: 0 };
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  for (const name of STREAMS) {
    const part = segment.streams[name];
    const { settled } = log.streams[name];
    let next = part.first;
    let here = 0;
    for (const frame of framesIn(bytes)) {
      if (frame.kind !== name || frame.sequence < next || frame.sequence > part.last) continue;
      if (!settled.has(frame.sequence)) here += frame.items;
      if (frame.sequence > next) settled.add(next, frame.sequence - 1);
      next = frame.sequence + 1;
    }
    if (next <= part.last) settled.add(next, part.last);
    lost[name] = part.unsettled - here;
    const [firstAt, lastAt] = [part.firstAt, part.lastAt];
    settleItems(part, lost[name]);
    log.streams[name].lost += lost[name];
    log.streams[name].waiting -= lost[name];
    if (lost[name] === 0) continue;
    from = Math.min(from, firstAt);
    to = Math.max(to, lastAt);
  }
  if (lost.records + lost.alarms === 0) return;
  noteLoss(log, { reason: 'damaged', at: now, ...lost, fromMinute: from, toMinute: to });
}

/** In one go: what is appended or acknowledged while the disk reads would be taken for damage. It is rare, and one file. */
function readWhole({ path, size }: Segment): Buffer {
  try {
    return readFileSync(path).subarray(0, size);
  } catch (cause) {
    if (systemCode(cause) === 'EIO' || systemCode(cause) === 'ENOENT') return Buffer.alloc(0);
    throw cause;
  }
}
