import type { ActiveFile } from './active-file.ts';
import type { Book } from './book.ts';
import { type Disk, systemCode } from './disk.ts';
import { type Log, pageOf } from './log.ts';
import type { Segment } from './segment.ts';
import { createTidier } from './tidy.ts';
import type { Turn } from './turn.ts';

/** Acknowledgements are on the disk after this; a power cut in between costs repeated deliveries, which are harmless. */
const TIDY_MS = 1_000;
/** A disk that has no room for a shorter file has none a second later either, and every attempt writes up to 8 MiB. */
const TIDY_AGAIN_MS = 30_000;

/** Writes the book and tidies the folder, some time after something changed. */
export interface Keeper {
  watch(file: ActiveFile): void;
  tidySoon(): void;
  /** A file was closed: what is superfluous in those before goes at once, however fast they fill. */
  tidyNow(): void;
  inspect(segment: Segment): void;
  /** Writes the book now, and nothing else: it has its room already, also on a disk that is full. */
  noteNow(): void;
  /** Writes the book a last time. */
  close(): Promise<void>;
}

export interface KeeperOptions {
  readonly log: Log;
  readonly book: Book;
  readonly disk: Disk;
  readonly turn: Turn;
  readonly segmentBytes: number;
  now(): number;
  onFault(message: string): void;
}

export function createKeeper(options: KeeperOptions): Keeper {
  const { log, book, now, onFault } = options;
  let file: ActiveFile | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let troubled = false;

  async function writeBook(): Promise<void> {
    log.bookDirty = false;
    try {
      await book.write(pageOf(log));
    } catch (cause) {
      log.bookDirty = true;
      throw cause;
    }
  }
  const tidier = createTidier({
    ...options,
    // Both places: what is removed next must not come back as damaged when one of them is.
    writeBook: async () => {
      await writeBook();
      await writeBook();
    },
  });

  async function note(): Promise<void> {
    try {
      if (log.bookDirty) await writeBook();
    } catch (cause) {
      if (systemCode(cause) === undefined) throw cause;
      // It stays dirty and is written at the next refusal, or at the end, which tells what became of it.
    }
  }
  async function tidy(): Promise<void> {
    try {
      if (log.bookDirty) await writeBook();
      await tidier.run(file?.segment());
      troubled = false;
    } catch (cause) {
      if (systemCode(cause) === undefined) throw cause;
      // What is not removed or written now is so at the next turn; the log itself tells of a full disk.
      if (!troubled) onFault(`the folder cannot be tidied now: ${String(cause)}`);
      troubled = true;
      tidySoon();
    }
  }
  function tidyNow(): void {
    clearTimeout(timer);
    timer = undefined;
    running = running.then(tidy);
  }
  function tidySoon(): void {
    timer ??= setTimeout(tidyNow, troubled ? TIDY_AGAIN_MS : TIDY_MS);
  }
  return {
    watch: (active) => {
      file = active;
    },
    tidySoon,
    tidyNow,
    inspect: (segment) => {
      const before = log.losses.at(-1);
      tidier.inspect(segment, now());
      const loss = log.losses.at(-1);
      if (loss !== before && loss !== undefined)
        onFault(`${loss.records} records and ${loss.alarms} alarms on the disk are damaged and lost`);
      tidySoon();
    },
    noteNow: () => {
      log.bookDirty = true;
      running = running.then(note);
    },
    close: async () => {
      await running;
      clearTimeout(timer);
      try {
        if (log.bookDirty) await writeBook();
      } catch (cause) {
        if (systemCode(cause) === undefined) throw cause;
        onFault(`the book of acknowledgements could not be written: ${String(cause)}`);
      }
      clearTimeout(timer);
    },
  };
}
