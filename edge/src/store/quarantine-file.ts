import { createReadStream, constants as fsConstants } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type EdgeAlarm, Instant, type MachineRecord } from '@millrace/contract';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type Disk, syncFolder, systemCode } from './disk.ts';

/** Something the platform will not take, and why. */
export interface Quarantined {
  /** Epoch ms. */
  readonly at: number;
  /** As the platform said it. */
  readonly code: string;
  readonly message: string;
  readonly item: MachineRecord | EdgeAlarm;
}

/** A line of the file as it is there; without a row when it is damaged. */
export interface QuarantineLine {
  readonly bytes: Buffer;
  readonly row: Quarantined | undefined;
}

/** Forty times the largest record; what is longer is no line of ours. */
const LINE_BYTES_MAX = 1_048_576;
/** What is kept of a file is written in such parts. */
const PART_BYTES = 262_144;
/** [QuarantineGroup] */
const CODE_MAX = 64;
const NEWLINE = 0x0a;

const Machine = Type.String({ minLength: 1, maxLength: 64 });
/** Only what is asked for below: the item itself was refused and need not have the form of one. */
const isRow = Compile(
  Type.Object({
    at: Instant,
    code: Type.String({ maxLength: CODE_MAX }),
    message: Type.String(),
    item: Type.Union([
      Type.Object({ machine: Machine, minute: Instant }),
      Type.Object({ machine: Machine, at: Instant, id: Type.String() }),
    ]),
  }),
);

/** The lines in order, read as a stream; none when there is no file. */
export async function* quarantineLines(path: string): AsyncGenerator<QuarantineLine> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE)) {
        yield lineOf(bytes.subarray(0, end));
        bytes = bytes.subarray(end + 1);
      }
      // Rubbish without an end is handed out in pieces, each a damaged line.
      if (bytes.length > LINE_BYTES_MAX) yield lineOf(bytes);
      rest = bytes.length > LINE_BYTES_MAX ? Buffer.alloc(0) : Buffer.from(bytes);
    }
  } catch (cause) {
    if (systemCode(cause) !== 'ENOENT') throw cause;
  }
  if (rest.length > 0) yield lineOf(rest);
}

function lineOf(bytes: Buffer): QuarantineLine {
  try {
    const row: unknown = JSON.parse(bytes.toString('utf8'));
    // The form was checked as far as anybody looks at it; the platform judges the rest again.
    if (isRow.Check(row)) return { bytes, row: row as Quarantined };
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  return { bytes, row: undefined };
}

/** Puts the rows at the end, on the disk; rejects when the disk refuses, and then nothing of them is there. */
export async function appendRows(path: string, rows: readonly Quarantined[], disk: Disk): Promise<void> {
  const file = await open(path, fsConstants.O_RDWR | fsConstants.O_CREAT, 0o600);
  try {
    const { size } = await file.stat();
    const text = rows
      .map((row) => `${JSON.stringify({ ...row, code: row.code.slice(0, CODE_MAX) })}\n`)
      .join('');
    try {
      // A line that a power cut tore must not take the next with it.
      await disk.write(file, Buffer.from((await endsTorn(file, size)) ? `\n${text}` : text), size);
      await disk.sync(file);
    } catch (cause) {
      await file.truncate(size);
      throw cause;
    }
  } finally {
    await file.close();
  }
}

async function endsTorn(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== NEWLINE;
}

/** Takes the lines with these numbers out; a power cut leaves the file as it was or as it should be. */
export async function removeLines(path: string, numbers: ReadonlySet<number>, disk: Disk): Promise<void> {
  const beside = `${path}.tmp`;
  const file = await open(beside, 'w', 0o600);
  let size = 0;
  try {
    let part: Buffer[] = [];
    let bytes = 0;
    const write = async (): Promise<void> => {
      await disk.write(file, Buffer.concat(part), size);
      size += bytes;
      part = [];
      bytes = 0;
    };
    let number = 0;
    for await (const line of quarantineLines(path)) {
      if (numbers.has(number++)) continue;
      part.push(line.bytes, Buffer.of(NEWLINE));
      bytes += line.bytes.length + 1;
      if (bytes >= PART_BYTES) await write();
    }
    await write();
    await disk.sync(file);
  } catch (cause) {
    await rm(beside, { force: true });
    throw cause;
  } finally {
    await file.close();
  }
  if (size > 0) await rename(beside, path);
  else await Promise.all([rm(path, { force: true }), rm(beside, { force: true })]);
  await syncFolder(dirname(path));
}

/** 0 when there is none. */
export async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return 0;
    throw cause;
  }
}
