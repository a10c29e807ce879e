import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BufferHealth, EdgeBuffer, QuarantineSelection, Resent } from '@millrace/contract';
import { acknowledgeOne, countLostQuarantine, countRefused, healthOf, knowOldest } from './accounts.ts';
import { createActiveFile } from './active-file.ts';
import { appendAgain } from './append-again.ts';
import { type Book, openBook } from './book.ts';
import { type Disk, REAL_DISK, systemCode } from './disk.ts';
import type { Appended, CheckpointPatch, Loss, NewEntry, StoredEntry, StreamName } from './entry.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { createKeeper } from './keeper.ts';
import type { Log } from './log.ts';
import { openQuarantine, type Quarantine, type ResendRefused } from './quarantine.ts';
import type { Quarantined } from './quarantine-file.ts';
import { createReader, type Reading, type ReadLimits } from './reader.ts';
import { recover } from './recover.ts';
import { answerResend } from './resend-line.ts';
import { createRoom } from './room.ts';
import { createTurn } from './turn.ts';
import { openWriter } from './writer.ts';

const MIB = 1_048_576;
/** A full disk loses one such part of the quota at a time; large enough that a month is some hundred files. */
const SEGMENTS_PER_QUOTA = 16;
const SEGMENT_BYTES_MAX = 8 * MIB;
/** [EdgeBuffer] */
const DEFAULTS = { fsyncMs: 1_000, fsyncBytes: 262_144, quotaMiB: 1_024 };

export interface StoreOptions {
  /** Of this agent alone; made when it is not there, in a folder that is. */
  readonly folder: string;
  readonly buffer?: EdgeBuffer;
  /** Wall clock, epoch ms. */
  now(): number;
  /** Disk trouble and damage, in words; once when it begins and once when it is over. */
  onFault?(message: string): void;
  /** For tests that fill or break it. */
  readonly disk?: Disk;
}

/** The append-only log between the machines and the platform. docs/edge/store-and-forward.md */
export interface Store {
  /** Takes an entry, with a patch of the checkpoint that survives a power cut together with it or not at all. Refused ones are counted as lost. */
  append(entry: NewEntry, patch?: CheckpointPatch): Appended;
  /** Would an entry be refused now, and why? For who can keep it elsewhere. */
  full(): 'quota' | 'disk' | undefined;
  saveCheckpoint(patch: CheckpointPatch): void;
  /** As it is on the disk; at the opening what an earlier run left. */
  checkpoint(): Readonly<Record<string, unknown>>;
  /** Resolves when everything appended so far is on the disk: after `fsyncMs` or `fsyncBytes`, whichever is first. */
  durable(): Promise<void>;
  /** The same, now. */
  flush(): Promise<void>;
  /** Highest sequence of a stream that is on the disk. */
  durableEnd(stream: StreamName): number;
  /** Lowest sequence of a stream that waits for its acknowledgement. */
  firstWaiting(stream: StreamName): number;
  /** What is on the disk and neither acknowledged nor lost, from a sequence on. */
  read(stream: StreamName, from: number, limits: ReadLimits): Promise<Reading>;
  acknowledge(entries: readonly Pick<StoredEntry, 'kind' | 'sequence' | 'items'>[]): void;
  /** Keeps apart what the platform refuses for good; the caller acknowledges it. */
  quarantine(rows: readonly Quarantined[]): Promise<void>;
  /** Gives back to the delivery what was kept apart, the oldest of the selection first and a bounded number at once. */
  resend(selection: QuarantineSelection): Promise<Resent | ResendRefused>;
  /** Called whenever something reached the disk; the answer ends that. */
  subscribe(listener: () => void): () => void;
  health(): BufferHealth;
  /** The newest losses, oldest first; the totals are in `health`. */
  losses(): readonly Loss[];
  /** Everything to the disk, lock released. Rejects when the disk refuses what is still in memory: the next start counts it as lost. */
  close(): Promise<void>;
}

/** Only the last of its path: Node's recursive mkdir never ends below a folder such as /proc, where nothing can be made. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw cause;
  }
}

/** Rejects with `FolderInUse` when another agent works on the folder. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { folder, now, disk = REAL_DISK } = options;
  await makeFolder(folder);
  const lock = await lockFolder(folder);
  try {
    const book = await openBook(join(folder, 'book'), disk);
    try {
      if (book.damaged)
        options.onFault?.(
          'the book of acknowledgements is damaged; everything that is still here is sent again',
        );
      const { log, found } = await recover(folder, book, disk, now());
      for (const loss of found) options.onFault?.(lossWords(loss));
      const quarantine = await openQuarantine({
        folder,
        disk,
        onLost: (reason, what) => {
          countLostQuarantine(log, reason, what, now());
          options.onFault?.(`${what.items()} refused records could not be kept: ${NO_ROOM[reason]}`);
        },
      });
      return compose({ options, log, book, disk, lock, quarantine });
    } catch (cause) {
      await book.close();
      throw cause;
    }
  } catch (cause) {
    await lock.release();
    throw cause;
  }
}

interface Parts {
  readonly options: StoreOptions;
  readonly log: Log;
  readonly book: Book;
  readonly disk: Disk;
  readonly lock: FolderLock;
  readonly quarantine: Quarantine;
}

function compose({ options, log, book, disk, lock, quarantine }: Parts): Store {
  const { folder, now, buffer = {}, onFault = () => undefined } = options;
  const quotaBytes = (buffer.quotaMiB ?? DEFAULTS.quotaMiB) * MIB;
  const segmentBytes = Math.min(SEGMENT_BYTES_MAX, Math.floor(quotaBytes / SEGMENTS_PER_QUOTA));
  const listeners = new Set<() => void>();
  const turn = createTurn();
  const keeper = createKeeper({ log, book, disk, turn, segmentBytes, now, onFault });
  const file = createActiveFile({ log, disk, segmentBytes, onRolled: () => keeper.tidyNow() });
  keeper.watch(file);
  const writer = openWriter({
    log,
    file,
    fsyncMs: buffer.fsyncMs ?? DEFAULTS.fsyncMs,
    fsyncBytes: buffer.fsyncBytes ?? DEFAULTS.fsyncBytes,
    onDurable: () => {
      for (const listener of listeners) listener();
    },
    onTrouble: (cause) => onFault(troubleWords(folder, cause)),
    onUnwritten: () => keeper.noteNow(),
  });
  const reader = createReader(log, turn, (segment) => keeper.inspect(segment));
  const room = createRoom({ log, file, writer, quotaBytes, whenFull: buffer.whenFull ?? 'drop-oldest', now });
  const resend: Store['resend'] = (selection) =>
    quarantine.resend(selection, (items) => appendAgain({ writer, room }, items));
  lock.serve(answerResend(resend));
  keeper.tidySoon();
  return {
    append: (entry, patch) => {
      const refused = room.make();
      if (refused !== undefined) countRefused(log, entry, refused, now());
      if (log.bookDirty) keeper.tidySoon();
      if (refused === undefined) return { sequence: writer.append(entry, patch) };
      if (patch !== undefined) writer.saveCheckpoint(patch);
      return { refused };
    },
    full: () => room.full(),
    saveCheckpoint: (patch) => writer.saveCheckpoint(patch),
    checkpoint: () => Object.fromEntries(log.checkpoint),
    durable: () => writer.durable(),
    flush: () => writer.flush(),
    durableEnd: (stream) => log.streams[stream].durable,
    firstWaiting: (stream) => log.streams[stream].settled.firstOutside(1),
    read: async (stream, from, limits) => {
      const reading = await reader.read(stream, from, limits);
      const [first] = reading.entries;
      if (first !== undefined) knowOldest(log, first);
      return reading;
    },
    acknowledge: (entries) => {
      for (const entry of entries) acknowledgeOne(log, entry);
      keeper.tidySoon();
    },
    quarantine: async (rows) => {
      await quarantine.add(rows);
      keeper.tidySoon();
    },
    resend,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    health: () => healthOf(log, writer, quarantine, quotaBytes),
    losses: () => [...log.losses],
    close: async () => {
      listeners.clear();
      lock.serve(undefined);
      await quarantine.close();
      const whole = writer.durable();
      // Told by the rejection below, also when nobody else waits.
      whole.catch(() => undefined);
      await writer.close();
      await keeper.close();
      await book.close();
      await lock.release();
      await whole;
    },
  };
}

const NO_ROOM = {
  quota: 'newer ones have taken their place',
  disk: 'the disk does not take them',
} as const;

function troubleWords(folder: string, cause: unknown): string {
  if (cause === undefined) return `${folder} takes entries again`;
  const why = systemCode(cause) === 'ENOSPC' ? 'the disk is full' : String(cause);
  return `${folder}: ${why}; entries wait in memory and it is tried again every second`;
}

const lossWords = ({ reason, records, alarms }: Loss): string =>
  reason === 'disk'
    ? `${records} records and ${alarms} alarms were in memory when the agent ended on a full disk, and are lost`
    : `${records} records and ${alarms} alarms on the disk are damaged and lost`;
