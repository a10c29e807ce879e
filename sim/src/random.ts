/** Seeded randomness of the simulator: the same seed plays the same world. */
export interface Random {
  /** 0 ≤ x < 1 */
  next(): number;
  between(from: number, to: number): number;
  integer(from: number, toInclusive: number): number;
  chance(probability: number): boolean;
  /** Mean 1; the time to a memoryless event is `mean * exponential()`. */
  exponential(): number;
  pick<T>(values: readonly T[]): T;
  /** A stream of its own, so that one part's draws do not shift another's. */
  fork(name: string): Random;
}

export function createRandom(seed: string): Random {
  let state = hash(seed);
  // mulberry32: 32 bits of state are plenty for a demonstration, and it is the same everywhere.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    between: (from, to) => from + next() * (to - from),
    integer: (from, toInclusive) => from + Math.floor(next() * (toInclusive - from + 1)),
    chance: (probability) => next() < probability,
    exponential: () => -Math.log(1 - next()),
    pick: <T>(values: readonly T[]): T => {
      const value = values[Math.floor(next() * values.length)];
      if (value === undefined) throw new RangeError('nothing to pick from');
      return value;
    },
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}

/** FNV-1a */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value | 0;
}
