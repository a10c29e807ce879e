import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { Disk } from './disk.ts';
import type { Loss, StreamName } from './entry.ts';
import type { Interval } from './interval-set.ts';

/** What is known of a stream beside its entries. */
export interface StreamPage {
  /** Highest sequence ever given to an entry that reached the disk. */
  readonly last: number;
  /** Items appended, acknowledged, and lost since the folder began: what is neither of the latter two waits. */
  readonly appended: number;
  readonly acknowledged: number;
  readonly lost: number;
  /** Items for which there was no room, in the log or in the quarantine. */
  readonly refused: number;
  readonly settled: readonly Interval[];
}

/** What waits in memory because the disk refuses to grow: should the agent end before it is written, it is known to be lost. */
export interface Unwritten {
  /** As the streams will be when all of it is written. */
  readonly streams: Readonly<Record<StreamName, { readonly last: number; readonly appended: number }>>;
  /** Minutes it lies between, both included; epoch ms. */
  readonly fromMinute: number;
  readonly toMinute: number;
}

export interface BookPage {
  readonly streams: Readonly<Record<StreamName, StreamPage>>;
  /** Absent while the disk takes what it is given. */
  readonly unwritten?: Unwritten;
  /** The newest, with the minutes they were of; the totals are in the streams. */
  readonly losses: readonly Loss[];
}

/** 1,024 intervals of two 16-digit numbers for each stream, and some. */
const SLOT_BYTES = 131_072;
const HEAD_BYTES = 8;

/** What was acknowledged. Losing its newest page costs a repeated delivery, nothing else. */
export interface Book {
  /** As it was at the opening; undefined for a new folder or when both pages are damaged. */
  readonly page: BookPage | undefined;
  /** Something was written there, and nothing of it can be read. */
  readonly damaged: boolean;
  write(page: BookPage): Promise<void>;
  close(): Promise<void>;
}

/**
 * Two places of fixed size, written in turn, the newer good one counts. In place and not by a new file: on a full disk there
 * is no room for a new one, and that is when the book matters most.
 */
export async function openBook(path: string, disk: Disk): Promise<Book> {
  const file = await openFile(path);
  let slots: (Slot | 'empty' | 'damaged')[];
  try {
    const { size } = await file.stat();
    // Takes its room while there is some. A full disk is no reason not to start: the next write tries again.
    if (size < 2 * SLOT_BYTES) await makeRoom(file, disk);
    slots = [await readSlot(file, 0), await readSlot(file, 1)];
  } catch (cause) {
    await file.close();
    throw cause;
  }
  const good = slots.filter((slot) => typeof slot !== 'string');
  const newest = good.sort((a, b) => b.generation - a.generation)[0];
  let generation = newest?.generation ?? 0;
  return {
    page: newest?.page,
    damaged: newest === undefined && slots.includes('damaged'),
    write: async (page) => {
      generation++;
      const bytes = encodeSlot({ generation, page });
      await disk.write(file, bytes, (generation % 2) * SLOT_BYTES);
      await disk.sync(file);
    },
    close: () => file.close(),
  };
}

interface Slot {
  readonly generation: number;
  readonly page: BookPage;
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch {
    // Not there yet; when it cannot be made either, that is the fault to tell.
    return open(path, 'wx+', 0o600);
  }
}

async function makeRoom(file: FileHandle, disk: Disk): Promise<void> {
  try {
    const { size } = await file.stat();
    await disk.write(file, Buffer.alloc(2 * SLOT_BYTES - size), size);
    await disk.sync(file);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
  }
}

function encodeSlot(slot: Slot): Buffer {
  const text = Buffer.from(JSON.stringify(slot));
  if (text.length + HEAD_BYTES > SLOT_BYTES) throw new RangeError('the book is bounded by its intervals');
  const bytes = Buffer.alloc(HEAD_BYTES + text.length);
  bytes.writeUInt32LE(text.length, 0);
  bytes.writeUInt32LE(crc32(text), 4);
  text.copy(bytes, HEAD_BYTES);
  return bytes;
}

async function readSlot(file: FileHandle, number: number): Promise<Slot | 'empty' | 'damaged'> {
  const bytes = Buffer.alloc(SLOT_BYTES);
  const { bytesRead } = await file.read(bytes, 0, SLOT_BYTES, number * SLOT_BYTES);
  const length = bytes.readUInt32LE(0);
  if (bytesRead < HEAD_BYTES || bytes.every((byte) => byte === 0)) return 'empty';
  if (HEAD_BYTES + length > bytesRead) return 'damaged';
  const text = bytes.subarray(HEAD_BYTES, HEAD_BYTES + length);
  // The checksum says that we wrote it.
  return crc32(text) === bytes.readUInt32LE(4) ? (JSON.parse(text.toString('utf8')) as Slot) : 'damaged';
}
