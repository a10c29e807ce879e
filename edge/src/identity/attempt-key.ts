import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { readSmallFile, replaceFile } from './data-folder.ts';

const FILE = 'enrolment.json';
const FILE_BYTES_MAX = 4_096;
/** As much as the token that it stands for until that is used. */
const KEY_BYTES = 32;

const Attempt = Type.Object({
  v: Type.Literal(1),
  codeHash: Type.String(),
  attemptKey: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
});

/** As the console shows it, however it was typed. */
export const plainCode = (code: string): string => code.trim().toUpperCase();
export const hashOfCode = (code: string): string =>
  createHash('sha256').update(plainCode(code)).digest('hex');

/**
 * The key of the attempt with this code, on the disk before the platform is asked: when its answer is lost, or the power goes
 * before the token is stored, asking again with the same key is the same attempt and not a second agent.
 */
export async function attemptKey(folder: string, code: string): Promise<string> {
  const path = join(folder, FILE);
  const codeHash = hashOfCode(code);
  const before = await readAttempt(path);
  if (before?.codeHash === codeHash) return before.attemptKey;
  const key = randomBytes(KEY_BYTES).toString('base64url');
  replaceFile(path, JSON.stringify({ v: 1, codeHash, attemptKey: key } satisfies Static<typeof Attempt>));
  return key;
}

/** The token is on the disk: nobody will ask again. */
export function forgetAttempt(folder: string): void {
  rmSync(join(folder, FILE), { force: true });
}

/** Undefined also when it is damaged: a new attempt is no worse than none. */
async function readAttempt(path: string): Promise<Static<typeof Attempt> | undefined> {
  const text = await readSmallFile(path, FILE_BYTES_MAX).catch((cause: unknown) => {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  });
  if (text === undefined) return undefined;
  try {
    const stored: unknown = JSON.parse(text);
    return Compile(Attempt).Check(stored) ? stored : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}
