/** Pieces a window is thinned into: the mean is exact, the window's edge is off by at most one of these parts. */
export const BUCKETS = 60;

/** Mean and variance of a value over the time it stood. */
export interface Weighted {
  /** Time it stood, ms. */
  readonly ms: number;
  readonly mean: number;
  /** Sum of squared distances from the mean, times ms. */
  readonly m2: number;
}
const EMPTY: Weighted = { ms: 0, mean: 0, m2: 0 };

/** Joins two spans. [Chan, Golub, LeVeque 1979: exact where sums of squares would cancel out] */
function join(a: Weighted, b: Weighted): Weighted {
  const ms = a.ms + b.ms;
  if (ms === 0) return EMPTY;
  const apart = b.mean - a.mean;
  return {
    ms,
    mean: a.mean + (apart * b.ms) / ms,
    m2: a.m2 + b.m2 + (apart * apart * a.ms * b.ms) / ms,
  };
}

/**
 * The last `windowMs` of a value by the time it stood, so that a far side that tells only changes gives the same as one that
 * is polled. Memory is bounded by thinning into buckets, however often the value comes.
 */
export class WeightedWindow {
  readonly #bucketMs: number;
  readonly #closed: { readonly index: number; readonly span: Weighted }[] = [];
  #closedSum: Weighted = EMPTY;
  #index = Number.NaN;
  #open: Weighted = EMPTY;

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / BUCKETS;
  }

  /** `value` stood from `from` to `to`, which is not before what was added earlier. */
  add(value: number, from: number, to: number): void {
    const last = Math.floor(to / this.#bucketMs);
    // What is older than the window is not cut into buckets.
    let start = Math.max(from, (last - BUCKETS - 1) * this.#bucketMs);
    for (let index = Math.floor(start / this.#bucketMs); index <= last; index++) {
      this.#turn(index);
      const end = Math.min(to, (index + 1) * this.#bucketMs);
      this.#open = join(this.#open, { ms: Math.max(0, end - start), mean: value, m2: 0 });
      start = end;
    }
  }

  total(): Weighted {
    return join(this.#closedSum, this.#open);
  }

  #turn(index: number): void {
    if (index === this.#index) return;
    if (this.#open.ms > 0) this.#closed.push({ index: this.#index, span: this.#open });
    this.#open = EMPTY;
    this.#index = index;
    while (this.#closed[0] !== undefined && this.#closed[0].index <= index - BUCKETS) this.#closed.shift();
    this.#closedSum = this.#closed.reduce((sum, { span }) => join(sum, span), EMPTY);
  }
}
