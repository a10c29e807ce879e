import { createHash, randomBytes, randomInt } from 'node:crypto';

/** Letters and digits that nobody mistakes for others: no 0, 1, I, O. */
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const GROUPS = 3;
const GROUP_LENGTH = 4;

/** 60 bits: with the bound on attempts nobody guesses one in the half hour it lives. */
export function mintCode(pick: (below: number) => number = randomInt): string {
  const group = (): string =>
    Array.from({ length: GROUP_LENGTH }, () => ALPHABET[pick(ALPHABET.length)]).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}

export const hashCode = (typed: string): Buffer => sha256(`enrolment ${plain(typed)}`);

/** Of one agent's attempt with a code. Without a key nobody can make the attempt again. */
export const hashAttempt = (typed: string, key = randomBytes(32).toString('base64url')): Buffer =>
  sha256(`enrolment ${plain(typed)} ${key}`);

/** As typed: in small letters, without or with other separators. */
const plain = (typed: string): string => typed.toUpperCase().replace(/[^A-Z0-9]/g, '');
const sha256 = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
