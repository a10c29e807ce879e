/** A message that was overtaken is waited for so long: asked for again after a repair it comes in one or two round trips. */
export const OVERTAKEN_MS = 2_000;
/** Messages that overtook one; a server keeps some tens for being asked again. */
export const AHEAD_MAX = 256;
/** The number after the highest is 1. [OPC 10000-4 §7.9 Counter] */
const HIGHEST = 0xff_ff_ff_ff;
const HALF = 0x80_00_00_00;

const after = (sequence: number): number => (sequence === HIGHEST ? 1 : sequence + 1);
/** By serial-number arithmetic, since numbers begin again. */
const isBefore = (one: number, other: number): boolean => one !== other && (other - one) >>> 0 < HALF;

/**
 * Notification messages of one subscription in the order of their numbers, each once. After a repair those that are asked for
 * again may be overtaken by new ones, or come twice: the newest value would be followed by an older one that stays.
 * [OPC 10000-4 §5.14.1.2, sequence numbers without gaps]
 */
export class MessageOrder<T> {
  readonly #give: (message: T) => void;
  #next: number | undefined;
  readonly #ahead = new Map<number, T>();
  #waiting: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(give: (message: T) => void) {
    this.#give = give;
  }

  take(sequence: number, message: T): void {
    if (this.#stopped) return;
    this.#next ??= sequence;
    if (isBefore(sequence, this.#next) || this.#ahead.has(sequence)) return;
    this.#ahead.set(sequence, message);
    this.#giveInTurn();
    if (this.#ahead.size > AHEAD_MAX) this.#skip();
    if (this.#ahead.size > 0) this.#waiting ??= setTimeout(() => this.#skip(), OVERTAKEN_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#waiting);
    this.#ahead.clear();
  }

  #giveInTurn(): void {
    for (let next = this.#next; next !== undefined && this.#ahead.has(next); next = this.#next) {
      const message = this.#ahead.get(next) as T;
      this.#ahead.delete(next);
      this.#next = after(next);
      this.#give(message);
    }
    if (this.#ahead.size > 0) return;
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
  }

  /** What is missing does not come any more. */
  #skip(): void {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    const [first, ...others] = this.#ahead.keys();
    if (first === undefined) return;
    this.#next = others.reduce((lowest, one) => (isBefore(one, lowest) ? one : lowest), first);
    this.#giveInTurn();
    if (this.#ahead.size > 0) this.#waiting = setTimeout(() => this.#skip(), OVERTAKEN_MS);
  }
}
