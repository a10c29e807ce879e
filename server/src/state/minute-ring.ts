/** A small number per machine for each of the last 60 minutes. Starts with a byte each and widens when a number needs more. */
export interface MinuteRing {
  readonly machines: number;
  values: Uint8Array | Uint16Array | Uint32Array;
  /** Stands for "no record": the largest the width can hold. */
  absent: number;
}

export const RING_MINUTES = 60;
const BYTE_MAX = 0xff;
const WORD_MAX = 0xffff;
const LONG_MAX = 0xffffffff;

export function createRing(machines: number): MinuteRing {
  return { machines, values: new Uint8Array(machines * RING_MINUTES).fill(BYTE_MAX), absent: BYTE_MAX };
}

/** Puts the value of `minute`, which is later than `previous`; minutes in between had no record. */
export function pushMinute(
  ring: MinuteRing,
  position: number,
  previous: number,
  minute: number,
  value: number,
): void {
  if (value >= ring.absent) widen(ring, value);
  const base = position * RING_MINUTES;
  const { values, absent } = ring;
  for (let skipped = Math.max(previous + 1, minute - RING_MINUTES + 1); skipped < minute; skipped++) {
    values[base + (skipped % RING_MINUTES)] = absent;
  }
  values[base + (minute % RING_MINUTES)] = Math.min(value, ring.absent - 1);
}

/** Undefined without a record. `minute` must be one of the 60 up to the newest. */
export function minuteAt(ring: MinuteRing, position: number, minute: number): number | undefined {
  const value = ring.values[position * RING_MINUTES + (minute % RING_MINUTES)] as number;
  return value === ring.absent ? undefined : value;
}

function widen(ring: MinuteRing, value: number): void {
  const { values, absent } = ring;
  if (absent === LONG_MAX) return;
  const wide = value < WORD_MAX ? new Uint16Array(values.length) : new Uint32Array(values.length);
  const wideAbsent = value < WORD_MAX ? WORD_MAX : LONG_MAX;
  for (let i = 0; i < values.length; i++) {
    const known = values[i] as number;
    wide[i] = known === absent ? wideAbsent : known;
  }
  ring.values = wide;
  ring.absent = wideAbsent;
}
