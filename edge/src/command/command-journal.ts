import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { CommandOutcome } from '@millrace/contract';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { replaceFile, syncFolder } from '../identity/index.ts';

const FILE = 'commands.journal';
/** Rewritten without what is forgotten when it grows beyond; some ten thousand entries. */
const BYTES_MAX = 4 * 1_048_576;
/** What is settled and longer past its expiry than a day of clock trouble may be forgotten. */
const FORGET_AFTER_MS = 25 * 3_600_000;
/** No command lives longer (contract: 3,600 s), so after it none can stand in lines that could not be read; with five minutes for clocks. */
const DISTRUST_MS = 3_600_000 + 300_000;
/** Ids the journal holds at most; beyond, no new command is begun. */
const COMMANDS_MAX = 10_000;

const Entry = Type.Union([
  /** On the disk BEFORE the machine is touched. */
  Type.Object({
    what: Type.Literal('started'),
    id: Type.String(),
    at: Type.Integer(),
    expiresAt: Type.Integer(),
  }),
  Type.Object({
    what: Type.Literal('ended'),
    id: Type.String(),
    outcome: CommandOutcome,
    expiresAt: Type.Integer(),
  }),
  /** The platform has stored the outcome. */
  Type.Object({ what: Type.Literal('settled'), id: Type.String() }),
]);
type Entry = Static<typeof Entry>;

/** What is known of one id. `outcome` undefined = begun, and the answer of the machine has not come. */
interface KnownCommand {
  readonly expiresAt: number;
  readonly outcome: CommandOutcome | undefined;
  readonly settled: boolean;
}

/**
 * Makes "exactly once" of "asked for again and again". Every entry is on the disk before the call returns. After a crash a
 * command that was begun without an end is `unknown`: it may or may not have reached the machine, so it is never begun again.
 */
export interface CommandJournal {
  known(id: string): KnownCommand | undefined;
  /** Begins an id that is not known; throws when it is, or when the journal is full. */
  start(id: string, expiresAt: number): void;
  end(id: string, outcome: CommandOutcome, expiresAt: number): void;
  settle(ids: readonly string[]): void;
  /** Ended and not settled. */
  untold(): readonly { readonly id: string; readonly outcome: CommandOutcome }[];
  /**
   * A line could not be read, be it rotten or torn by a power cut: a command that may stand in it must not be begun again,
   * and until this instant any could. Undefined = all was read.
   */
  readonly distrustedUntil: number | undefined;
  close(): void;
}

export class JournalFault extends Error {
  override readonly name = 'JournalFault';
}

/** Reads what is there, and ends as unknown what was under way. Throws when it cannot be read or kept: then nothing may be done. */
export function openCommandJournal(folder: string, now: () => number): CommandJournal {
  return new Journal(join(folder, FILE), now);
}

class Journal implements CommandJournal {
  readonly #path: string;
  readonly #now: () => number;
  readonly #commands = new Map<string, KnownCommand>();
  readonly distrustedUntil: number | undefined;
  #file: number;
  /** Up to the end of the last whole line. */
  #bytes: number;

  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
    const { entries, isWhole } = readEntries(path);
    for (const entry of entries) this.#take(entry);
    // On a full disk what is torn stays so, and every start finds it again.
    if (!isWhole) asDiskAllows(() => markDistrust(path, now() + DISTRUST_MS));
    const distrusted = Math.max(distrustOf(path), isWhole ? 0 : now() + DISTRUST_MS);
    this.distrustedUntil = distrusted > now() ? distrusted : undefined;
    this.#file = openSync(path, 'a', 0o600);
    syncFolder(dirname(path));
    this.#bytes = statSync(path).size;
    if (!isWhole) asDiskAllows(() => this.#rewrite());
    for (const [id, { outcome, expiresAt }] of this.#commands) {
      if (outcome === undefined) asDiskAllows(() => this.end(id, interrupted(now()), expiresAt));
    }
  }

  known(id: string): KnownCommand | undefined {
    return this.#commands.get(id);
  }

  start(id: string, expiresAt: number): void {
    if (this.#commands.has(id)) throw new JournalFault(`command ${id} was begun before`);
    this.#forget();
    if (this.#commands.size >= COMMANDS_MAX) throw new JournalFault('too many commands wait to be settled');
    this.#append({ what: 'started', id, at: this.#now(), expiresAt });
  }

  end(id: string, outcome: CommandOutcome, expiresAt: number): void {
    const entry: Entry = { what: 'ended', id, outcome, expiresAt };
    // In memory first: on a full disk the outcome is told all the same, and only a crash makes it `unknown`.
    this.#take(entry);
    this.#append(entry);
  }

  settle(ids: readonly string[]): void {
    for (const id of ids) {
      const command = this.#commands.get(id);
      if (command?.outcome === undefined || command.settled) continue;
      // What is not on the disk is told and settled once more.
      asDiskAllows(() => this.#append({ what: 'settled', id }));
    }
    this.#forget();
  }

  untold(): readonly { readonly id: string; readonly outcome: CommandOutcome }[] {
    const told: { id: string; outcome: CommandOutcome }[] = [];
    for (const [id, { outcome, settled }] of this.#commands) {
      if (outcome !== undefined && !settled) told.push({ id, outcome });
    }
    return told;
  }

  close(): void {
    closeSync(this.#file);
    // What is said later fails, rather than to go into whatever file has that number by then.
    this.#file = -1;
  }

  #append(entry: Entry): void {
    const line = Buffer.from(lineOf(entry));
    try {
      writeWhole(this.#file, line);
      fsyncSync(this.#file);
    } catch (cause) {
      // A full disk may have taken a part of the line: it must not lie rotten before the next one.
      ftruncateSync(this.#file, this.#bytes);
      throw cause;
    }
    this.#bytes += line.byteLength;
    this.#take(entry);
    if (this.#bytes > BYTES_MAX) this.#rewrite();
  }

  #take(entry: Entry): void {
    const before = this.#commands.get(entry.id);
    switch (entry.what) {
      case 'started':
        this.#commands.set(entry.id, { expiresAt: entry.expiresAt, outcome: undefined, settled: false });
        break;
      case 'ended':
        this.#commands.set(entry.id, { expiresAt: entry.expiresAt, outcome: entry.outcome, settled: false });
        break;
      case 'settled':
        if (before !== undefined) this.#commands.set(entry.id, { ...before, settled: true });
    }
  }

  /** An id that is settled is kept until it could not be executed any more for its age alone. */
  #forget(): void {
    const before = this.#now() - FORGET_AFTER_MS;
    for (const [id, { settled, expiresAt }] of this.#commands) {
      if (settled && expiresAt < before) this.#commands.delete(id);
    }
  }

  #rewrite(): void {
    this.#forget();
    const lines: string[] = [];
    for (const [id, { expiresAt, outcome, settled }] of this.#commands) {
      if (outcome === undefined) lines.push(lineOf({ what: 'started', id, at: this.#now(), expiresAt }));
      else lines.push(lineOf({ what: 'ended', id, outcome, expiresAt }));
      if (settled) lines.push(lineOf({ what: 'settled', id }));
    }
    replaceFile(this.#path, lines.join(''));
    closeSync(this.#file);
    this.#file = openSync(this.#path, 'a', 0o600);
    this.#bytes = statSync(this.#path).size;
  }
}

/** A full disk stops new commands, for which the entry comes first; it stops neither the agent nor its line to the platform. */
function asDiskAllows(act: () => void): void {
  try {
    act();
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
  }
}

const interrupted = (at: number): CommandOutcome => ({
  state: 'unknown',
  refusal: null,
  detail: 'the agent ended between the write and its answer; look at the machine',
  readBack: null,
  at,
});

/** `crc32 json\n`: the sum tells a torn or rotten line from a whole one. */
function lineOf(entry: Entry): string {
  const json = JSON.stringify(entry);
  return `${sumOf(json)} ${json}\n`;
}

const sumOf = (json: string): string => crc32(json).toString(16).padStart(8, '0');

function writeWhole(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.byteLength; ) {
    written += writeSync(file, bytes, written, bytes.byteLength - written);
  }
}

/** The lines that can be read, and whether that were all. */
function readEntries(path: string): { readonly entries: readonly Entry[]; readonly isWhole: boolean } {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const schema = Compile(Entry);
  const lines = text.split('\n');
  // After the last line's end stands nothing.
  let isWhole = lines.pop() === '';
  const entries: Entry[] = [];
  for (const line of lines) {
    const entry = entryOf(line);
    if (schema.Check(entry)) entries.push(entry);
    else isWhole = false;
  }
  return { entries, isWhole };
}

function entryOf(line: string): unknown {
  const json = line.slice(9);
  if (line.slice(0, 9) !== `${sumOf(json)} `) return undefined;
  try {
    return JSON.parse(json);
  } catch (cause) {
    // The sum fits and it is no JSON: not written by us.
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

const distrustFile = (path: string): string => `${path}.distrusted`;

function markDistrust(path: string, until: number): void {
  replaceFile(distrustFile(path), String(until));
}

/** Instant of an earlier start's distrust, which the next start must not forget. */
function distrustOf(path: string): number {
  const file = distrustFile(path);
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) || 0 : 0;
}
