import { type FileHandle, open, rm } from 'node:fs/promises';
import { type Disk, syncFolder, systemCode } from './disk.ts';
import { encodeFrame } from './frame.ts';
import type { Log } from './log.ts';
import type { StatePayload } from './recover.ts';
import { newSegment, type Segment } from './segment.ts';

/** The file at the end of the log, and the only one that grows. */
export interface ActiveFile {
  /** Puts the bytes behind what is there and on the disk; the file they are in. Rejects when the disk refuses: nothing counts then. */
  put(bytes: Buffer): Promise<Segment>;
  segment(): Segment | undefined;
  close(): Promise<void>;
}

export interface ActiveFileOptions {
  readonly log: Log;
  readonly disk: Disk;
  /** It is closed at this size, not counting its start. */
  readonly segmentBytes: number;
  /** A file was closed and can be tidied. */
  onRolled(): void;
}

export function createActiveFile({ log, disk, segmentBytes, onRolled }: ActiveFileOptions): ActiveFile {
  let file: FileHandle | undefined;
  let active: Segment | undefined;
  let startBytes = 0;

  /** A new file, which begins with everything that must be known to go on from it alone. */
  async function roll(): Promise<void> {
    const segment = newSegment(log.folder, log.nextOrdinal++);
    const start = encodeState(wholeOf(log));
    const handle = await open(segment.path, 'wx', 0o600);
    try {
      await disk.write(handle, start, 0);
      await disk.sync(handle);
      await syncFolder(log.folder);
    } catch (cause) {
      await handle.close();
      await rm(segment.path, { force: true });
      throw cause;
    }
    const before = file;
    file = handle;
    active = segment;
    log.segments.push(segment);
    segment.size = start.length;
    segment.stateBytes = start.length;
    startBytes = start.length;
    await before?.close();
    onRolled();
  }

  return {
    put: async (bytes) => {
      if (active === undefined || active.size - startBytes >= segmentBytes) await roll();
      const segment = active;
      if (segment === undefined || file === undefined)
        throw new TypeError('a file was opened and is not there');
      try {
        await disk.write(file, bytes, segment.size);
      } catch (cause) {
        await giveBack(file, segment.size);
        throw cause;
      }
      try {
        await disk.sync(file);
      } catch (cause) {
        // After a failed fsync the pages count as clean although they are not on the disk: what was in them is written anew
        // elsewhere, never synced again in place.
        active = undefined;
        throw cause;
      }
      segment.size += bytes.length;
      return segment;
    },
    segment: () => active,
    close: async () => {
      active = undefined;
      await file?.close();
      file = undefined;
    },
  };
}

export function encodeState(payload: StatePayload): Buffer {
  const head = { kind: 'state', sequence: 0, items: 0, itemsBefore: 0, firstAt: 0, lastAt: 0 } as const;
  return encodeFrame(head, Buffer.from(JSON.stringify(payload)));
}

function wholeOf({ streams, checkpoint }: Log): StatePayload {
  const { records, alarms } = streams;
  return {
    whole: true,
    checkpoint: Object.fromEntries(checkpoint),
    streams: {
      records: { last: records.durable, appended: records.durableItems },
      alarms: { last: alarms.durable, appended: alarms.durableItems },
    },
  };
}

/** Best effort: a full disk needs the room, and garbage behind the good bytes is stepped over anyway. */
async function giveBack(file: FileHandle, size: number): Promise<void> {
  try {
    await file.truncate(size);
  } catch (cause) {
    if (systemCode(cause) === undefined) throw cause;
  }
}
