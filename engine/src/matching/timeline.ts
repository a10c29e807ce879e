const INITIAL_SLOTS = 8;

/**
 * What one machine is busy with, in working time of its calendar: sorted, joined intervals. An interval of
 * length zero is a busy spell that lies wholly in a pause; nothing may span it.
 */
export class Timeline {
  private starts: Float64Array;
  private ends: Float64Array;
  private count: number;
  /** The lists belong to a copy too: whoever writes first takes lists of its own. */
  private isShared: boolean;

  constructor(original?: Timeline) {
    this.starts = original?.starts ?? new Float64Array(INITIAL_SLOTS);
    this.ends = original?.ends ?? new Float64Array(INITIAL_SLOTS);
    this.count = original?.count ?? 0;
    this.isShared = original !== undefined;
  }

  clone(): Timeline {
    const copy = new Timeline(this);
    this.isShared = true;
    return copy;
  }

  /** Earliest start ≥ `from` of a free stretch of `length`; it may lie past the horizon, the caller compares. */
  fitForward(from: number, length: number): number {
    const { starts, ends, count } = this;
    let start = from;
    for (let i = this.firstEndingAfter(from); i < count; i++) {
      if ((starts[i] as number) >= start + length) break;
      start = Math.max(start, ends[i] as number);
    }
    return start;
  }

  /** Latest start of a free stretch of `length` that ends ≤ `until`; negative when there is none. */
  fitBackward(until: number, length: number): number {
    const { starts, ends } = this;
    let end = until;
    for (let i = this.firstStartingFrom(until) - 1; i >= 0; i--) {
      if ((ends[i] as number) <= end - length) break;
      end = Math.min(end, starts[i] as number);
      if (end < length) return -1;
    }
    return end - length;
  }

  isFree(start: number, end: number): boolean {
    const i = this.firstEndingAfter(start);
    return i >= this.count || (this.starts[i] as number) >= end;
  }

  /** How much of [0, until) is busy. */
  busyBefore(until: number): number {
    let sum = 0;
    for (let i = 0; i < this.count && (this.starts[i] as number) < until; i++) {
      sum += Math.min(this.ends[i] as number, until) - (this.starts[i] as number);
    }
    return sum;
  }

  add(start: number, end: number): void {
    this.own();
    const { starts, ends } = this;
    // All intervals that touch [start, end] become one.
    const first = this.firstEndingFrom(start);
    let after = first;
    let low = start;
    let high = end;
    while (after < this.count && (starts[after] as number) <= end) {
      low = Math.min(low, starts[after] as number);
      high = Math.max(high, ends[after] as number);
      after++;
    }
    this.splice(first, after - first, 1);
    this.starts[first] = low;
    this.ends[first] = high;
  }

  /** Frees [start, end). The caller adds again what else lies there. */
  remove(start: number, end: number): void {
    this.own();
    let i = this.firstEndingAfter(start);
    while (i < this.count && (this.starts[i] as number) < end) {
      const low = this.starts[i] as number;
      const high = this.ends[i] as number;
      const left = low < start ? 1 : 0;
      const right = high > end ? 1 : 0;
      this.splice(i, 1, left + right);
      if (left) {
        this.starts[i] = low;
        this.ends[i] = start;
        i++;
      }
      if (right) {
        this.starts[i] = end;
        this.ends[i] = high;
        i++;
      }
    }
  }

  private own(): void {
    if (!this.isShared) return;
    this.starts = this.starts.slice();
    this.ends = this.ends.slice();
    this.isShared = false;
  }

  /** Replaces `removed` intervals at `at` by `added` ones that the caller fills in. */
  private splice(at: number, removed: number, added: number): void {
    const grown = this.count + added - removed;
    if (grown > this.starts.length) {
      const starts = new Float64Array(grown * 2);
      const ends = new Float64Array(grown * 2);
      starts.set(this.starts);
      ends.set(this.ends);
      this.starts = starts;
      this.ends = ends;
    }
    if (added !== removed) {
      this.starts.copyWithin(at + added, at + removed, this.count);
      this.ends.copyWithin(at + added, at + removed, this.count);
    }
    this.count = grown;
  }

  private firstEndingAfter(x: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.ends[middle] as number) > x) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private firstEndingFrom(x: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.ends[middle] as number) >= x) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private firstStartingFrom(x: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.starts[middle] as number) >= x) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
