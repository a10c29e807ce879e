import { createHash, randomBytes } from 'node:crypto';

/** 256 bits of randomness cannot be guessed, so one round of SHA-256 is enough: slow hashes are for passwords. */
const TOKEN_BYTES = 32;
/** Enough to recognise a key in a list, far too little to guess the rest. */
const PREFIX_LENGTH = 10;

export type TokenKind = 'key' | 'gw' | 'link' | 'session';

export interface SecretToken {
  /** Shown once. */
  readonly token: string;
  readonly prefix: string;
  readonly hash: Buffer;
}

/** `mr_<kind>_<random>`: the kind makes a leaked token recognisable for scanners and people. */
export function mintToken(kind: TokenKind): SecretToken {
  const token = `mr_${kind}_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  return { token, prefix: token.slice(0, PREFIX_LENGTH + kind.length - 3), hash: hashToken(token) };
}

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}
