/** A settled range, both ends included. */
export type Interval = readonly [number, number];

/**
 * Each hole between two is a stretch that failed to be delivered and has not been delivered again; replay closes them from the
 * oldest on, so there are few. Bounded because the whole set is written to the disk every time.
 */
export const INTERVALS_MAX = 1_024;

/** Sequences that need no delivery any more: acknowledged or lost. Sorted, disjoint, never touching each other. */
export class IntervalSet {
  #intervals: Interval[];

  constructor(intervals: readonly Interval[] = []) {
    this.#intervals = [];
    for (const [from, to] of intervals) this.add(from, to);
  }

  /** False when there is no room for another hole: the caller's sequences stay unsettled and come again. */
  add(from: number, to: number): boolean {
    const start = this.#find(from - 1);
    let end = start;
    let low = from;
    let high = to;
    for (let one = this.#intervals[end]; one !== undefined && one[0] <= to + 1; one = this.#intervals[end]) {
      low = Math.min(low, one[0]);
      high = Math.max(high, one[1]);
      end++;
    }
    if (end === start && this.#intervals.length >= INTERVALS_MAX) return false;
    this.#intervals.splice(start, end - start, [low, high]);
    return true;
  }

  has(sequence: number): boolean {
    const one = this.#intervals[this.#find(sequence)];
    return one !== undefined && one[0] <= sequence;
  }

  covers(from: number, to: number): boolean {
    const one = this.#intervals[this.#find(from)];
    return from > to || (one !== undefined && one[0] <= from && to <= one[1]);
  }

  /** The first one from there on that is not in the set. */
  firstOutside(from: number): number {
    const one = this.#intervals[this.#find(from)];
    return one !== undefined && one[0] <= from ? one[1] + 1 : from;
  }

  /** Highest member, 0 when empty. */
  last(): number {
    return this.#intervals.at(-1)?.[1] ?? 0;
  }

  toArray(): readonly Interval[] {
    return this.#intervals;
  }

  /** Position of the first interval that ends at or after the sequence. */
  #find(sequence: number): number {
    let low = 0;
    let high = this.#intervals.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#intervals[middle]?.[1] ?? 0) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
