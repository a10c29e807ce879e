/**
 * The best pieces of one site, exactly: which of the pieces it is offered a site takes so that everything is done by
 * its day,
 *
 *   max Σ gain·x − fixed·y,   minimum·y ≤ x ≤ upper·y,   Σ_{day ≤ t} x ≤ hours up to t,   x whole, y ∈ {0, 1}.
 *
 * Dynamic programming over the hours used, the pieces by rising day: F_k(w) is the most that the first k
 * pieces gain with w hours, and
 *
 *   F_k(w) = max(F_{k−1}(w), gain·w − fixed + max_{w − upper ≤ v ≤ w − minimum} (F_{k−1}(v) − gain·v)),
 *
 * for w ≤ hours up to the k-th day. The inner maximum is that of a sliding window, kept in a queue of falling values,
 * so a piece costs one pass over the hours. Where pieces × hours are more than fit, hours are counted in units of u,
 * rounded down, and each piece is given the u − 1 hours that this may lose: that can only gain more.
 */
export class SiteChoice {
  /** The best choice: what the caller called the pieces, and their hours. */
  count = 0;
  readonly tag: Int32Array;
  readonly amount: Int32Array;
  /** Pieces × hours looked at since the beginning: the measure of work. */
  work = 0;

  private readonly mostCells: number;
  private unit = 1;
  private size = 0;
  private readonly candidateTag: Int32Array;
  private readonly gain: Float64Array;
  private readonly fixed: Float64Array;
  private readonly minimum: Int32Array;
  private readonly upper: Int32Array;
  private readonly limit: Int32Array;
  private readonly before: Float64Array;
  private readonly after: Float64Array;
  private readonly queue: Int32Array;
  private readonly key: Float64Array;
  /** [piece * width + w]: 1 + units of the piece in F(w); 0 = it is not taken. */
  private taken: Int32Array;

  constructor(mostCandidates: number, mostHours: number, mostCells = MOST_CELLS) {
    this.mostCells = mostCells;
    const width = Math.min(mostHours, mostCells) + 1;
    this.tag = new Int32Array(mostCandidates);
    this.amount = new Int32Array(mostCandidates);
    this.candidateTag = new Int32Array(mostCandidates);
    this.gain = new Float64Array(mostCandidates);
    this.fixed = new Float64Array(mostCandidates);
    this.minimum = new Int32Array(mostCandidates);
    this.upper = new Int32Array(mostCandidates);
    this.limit = new Int32Array(mostCandidates);
    this.before = new Float64Array(width);
    this.after = new Float64Array(width);
    this.queue = new Int32Array(width);
    this.key = new Float64Array(width);
    this.taken = new Int32Array(width);
  }

  /** A site with at most so many pieces to offer and so many hours. */
  begin(pieces: number, hours: number): void {
    this.size = 0;
    this.unit = Math.max(1, Math.ceil((pieces * (hours + 1)) / this.mostCells));
  }

  /** Pieces are offered by rising day; `limit` is the hours up to that day. */
  offer(tag: number, limit: number, gain: number, fixed: number, minimum: number, upper: number): void {
    const most = Math.min(upper, limit);
    if (most < minimum || gain * most <= fixed) return;
    const at = this.size++;
    this.candidateTag[at] = tag;
    const { unit } = this;
    this.limit[at] = Math.floor(limit / unit);
    this.gain[at] = gain * unit;
    this.fixed[at] = fixed - gain * (unit - 1);
    this.minimum[at] = Math.floor(minimum / unit);
    this.upper[at] = Math.floor(most / unit);
  }

  /** What the best choice gains. */
  solve(): number {
    this.count = 0;
    if (this.size === 0) return 0;
    const width = (this.limit[this.size - 1] as number) + 1;
    if (this.taken.length < this.size * width) this.taken = new Int32Array(this.size * width);
    let before = this.before;
    let after = this.after;
    before.fill(Number.NEGATIVE_INFINITY, 0, width);
    after.fill(Number.NEGATIVE_INFINITY, 0, width);
    before[0] = 0;
    // Hours beyond it cannot be filled by the pieces so far.
    let reach = 0;
    for (let k = 0; k < this.size; k++) {
      reach = Math.min(this.limit[k] as number, reach + (this.upper[k] as number));
      this.pass(k, reach, width, before, after);
      const swap = before;
      before = after;
      after = swap;
    }
    let best = 0;
    for (let w = 1; w <= reach; w++) if ((before[w] as number) > (before[best] as number)) best = w;
    const value = before[best] as number;
    for (let k = this.size - 1; k >= 0; k--) {
      const units = (this.taken[k * width + best] as number) - 1;
      if (units < 0) continue;
      this.tag[this.count] = this.candidateTag[k] as number;
      this.amount[this.count++] = units * this.unit + this.unit - 1;
      best -= units;
    }
    return value;
  }

  private pass(k: number, reach: number, width: number, before: Float64Array, after: Float64Array): void {
    const { queue, key, taken } = this;
    const gain = this.gain[k] as number;
    const fixed = this.fixed[k] as number;
    const minimum = this.minimum[k] as number;
    const upper = this.upper[k] as number;
    const row = k * width;
    let head = 0;
    let tail = 0;
    this.work += reach;
    for (let w = 0; w <= reach; w++) {
      const without = before[w] as number;
      taken[row + w] = 0;
      after[w] = without;
      const entering = w - minimum;
      if (entering < 0) continue;
      const value = (before[entering] as number) - gain * entering;
      while (tail > head && (key[tail - 1] as number) <= value) tail--;
      queue[tail] = entering;
      key[tail++] = value;
      while ((queue[head] as number) < w - upper) head++;
      const within = (key[head] as number) + gain * w - fixed;
      if (within > without) {
        after[w] = within;
        taken[row + w] = w - (queue[head] as number) + 1;
      }
    }
  }
}

/** Pieces × hours of one site: some 2 ms and 2 MB. */
const MOST_CELLS = 500_000;
