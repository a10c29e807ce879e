import { createHash, randomInt } from 'node:crypto';

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

/** As typed: in small letters, without or with other separators. */
export function hashCode(typed: string): Buffer {
  const plain = typed.toUpperCase().replace(/[^A-Z0-9]/g, '');
  return createHash('sha256').update(`enrolment ${plain}`, 'utf8').digest();
}
