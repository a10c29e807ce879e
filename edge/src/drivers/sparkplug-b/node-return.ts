import type { Sample } from '../../driver/index.ts';

/** What a node has stored follows its birth, or the stored value before, at once; so long it may be on its way. */
const FOLLOWS_MS = 700;
/** A node that never comes to an end with it must not keep the present back. */
const LONGEST_MS = 30_000;
/** Half of what may wait of a whole connection before it is thinned. */
const SAMPLES_MAX = 10_000;

/**
 * A node that comes back tells the present first, in its birth, and then what it stored while nobody heard it
 * [Sparkplug 3.0 §6.4.3, is_historical]. Pieces can be put into their minutes only in the order in which they were made: so
 * what it says is held back for a moment, and what was stored goes first.
 */
export class NodeReturn {
  readonly #until: number;
  readonly #kept: (Sample & { readonly historyAt: number })[] = [];
  readonly #present: Sample[] = [];
  #followsUntil: number;

  constructor(bornAt: number) {
    this.#until = bornAt + LONGEST_MS;
    this.#followsUntil = bornAt + FOLLOWS_MS;
  }

  add(samples: readonly Sample[], now: number): void {
    for (const sample of samples) {
      const { historyAt } = sample;
      if (historyAt === undefined) this.#present.push(sample);
      else this.#kept.push({ ...sample, historyAt });
      if (historyAt !== undefined) this.#followsUntil = now + FOLLOWS_MS;
    }
  }

  /** Also when the clock was set back. */
  isOver(now: number): boolean {
    if (this.#kept.length + this.#present.length >= SAMPLES_MAX) return true;
    return now >= Math.min(this.#followsUntil, this.#until) || now < this.#until - LONGEST_MS;
  }

  samples(): Sample[] {
    const kept = this.#kept.sort((one, other) => one.historyAt - other.historyAt);
    return [...kept, ...this.#present];
  }
}
