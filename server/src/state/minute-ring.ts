/**
 * A small number per machine for each of the last 60 minutes, a byte each. The few that do not fit, such as the first count
 * of a machine that joins in the middle of its day, stand in `spilled`; where they are many, all get a wider place.
 */
export interface MinuteRing {
  readonly machines: number;
  values: Uint8Array | Uint16Array | Uint32Array;
  /** Stands for "no record": the largest the width can hold. The one below it stands for "in spilled". */
  absent: number;
  /** By index into `values`. */
  spilled: Map<number, number> | undefined;
}

export const RING_MINUTES = 60;
const BYTE_MAX = 0xff;
const WORD_MAX = 0xffff;
const LONG_MAX = 0xffffffff;
/** A spilled number costs some 40 bytes; with more of them than this share of all, a second byte for each is cheaper. */
const SPILLED_SHARE_MAX = 1 / 32;

export function createRing(machines: number): MinuteRing {
  const values = new Uint8Array(machines * RING_MINUTES).fill(BYTE_MAX);
  return { machines, values, absent: BYTE_MAX, spilled: undefined };
}

/** Puts the value of `minute`, which is later than `previous`; minutes in between had no record. */
export function pushMinute(
  ring: MinuteRing,
  position: number,
  previous: number,
  minute: number,
  value: number,
): void {
  const base = position * RING_MINUTES;
  for (let skipped = Math.max(previous + 1, minute - RING_MINUTES + 1); skipped < minute; skipped++) {
    put(ring, base + (skipped % RING_MINUTES), ring.absent);
  }
  const index = base + (minute % RING_MINUTES);
  if (value < ring.absent - 1) put(ring, index, value);
  else spill(ring, index, value);
}

/** Undefined without a record. `minute` must be one of the 60 up to the newest. */
export function minuteAt(ring: MinuteRing, position: number, minute: number): number | undefined {
  const index = position * RING_MINUTES + (minute % RING_MINUTES);
  const value = ring.values[index] as number;
  if (value === ring.absent) return undefined;
  return value === ring.absent - 1 ? ring.spilled?.get(index) : value;
}

function put(ring: MinuteRing, index: number, value: number): void {
  if (ring.values[index] === ring.absent - 1) ring.spilled?.delete(index);
  ring.values[index] = value;
}

function spill(ring: MinuteRing, index: number, value: number): void {
  ring.spilled ??= new Map();
  if (ring.absent !== LONG_MAX && ring.spilled.size >= ring.values.length * SPILLED_SHARE_MAX)
    widen(ring, value);
  if (value < ring.absent - 1) {
    put(ring, index, value);
    return;
  }
  ring.values[index] = ring.absent - 1;
  ring.spilled.set(index, value);
}

function widen(ring: MinuteRing, value: number): void {
  const { values, absent, spilled } = ring;
  const words = value < WORD_MAX - 1;
  const wide = words ? new Uint16Array(values.length) : new Uint32Array(values.length);
  const wideAbsent = words ? WORD_MAX : LONG_MAX;
  for (let i = 0; i < values.length; i++) {
    const known = values[i] as number;
    wide[i] = known === absent ? wideAbsent : known === absent - 1 ? wideAbsent - 1 : known;
  }
  for (const [index, large] of spilled ?? []) {
    if (large >= wideAbsent - 1) continue;
    wide[index] = large;
    spilled?.delete(index);
  }
  ring.values = wide;
  ring.absent = wideAbsent;
}
