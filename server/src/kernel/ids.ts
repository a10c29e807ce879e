import { randomFillSync } from 'node:crypto';

export type IdSource = () => string;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** UUID version 7 [RFC 9562 §5.7]: 48 bits of wall time, then a 12-bit counter that keeps one process's ids in order. */
export function createIdSource(
  wallNow: () => number,
  fill: (bytes: Uint8Array) => void = pooledRandom(),
): IdSource {
  const bytes = new Uint8Array(16);
  let lastMs = 0;
  let counter = 0;
  return () => {
    fill(bytes);
    const ms = Math.max(wallNow(), lastMs);
    counter = ms === lastMs ? counter + 1 : ((bytes[6] ?? 0) & 0x07) * 16;
    lastMs = counter > 0xfff ? ms + 1 : ms;
    counter = counter > 0xfff ? 0 : counter;
    writeTime(bytes, lastMs);
    bytes[6] = 0x70 | (counter >> 8);
    bytes[7] = counter & 0xff;
    bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
    return format(bytes);
  };
}

/** Bytes drawn at once: asking the generator costs the same for sixteen as for some thousand. */
const POOL_BYTES = 4_096;

function pooledRandom(): (bytes: Uint8Array) => void {
  const pool = new Uint8Array(POOL_BYTES);
  let at = POOL_BYTES;
  return (bytes) => {
    if (at + bytes.length > POOL_BYTES) {
      randomFillSync(pool);
      at = 0;
    }
    bytes.set(pool.subarray(at, at + bytes.length));
    at += bytes.length;
  };
}

function writeTime(bytes: Uint8Array, ms: number): void {
  let rest = ms;
  for (let index = 5; index >= 0; index--) {
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

function format(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < 16; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-';
    text += HEX[bytes[index] ?? 0];
  }
  return text;
}
