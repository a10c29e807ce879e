/**
 * The best pieces of one order, exactly: given for each candidate the gain of an hour made there (cost of
 * staying unserved less cost of making), a fixed cost and an upper limit,
 *
 *   max Σ gain·x − fixed·y,   minimum·y ≤ x ≤ upper·y,   Σ x ≤ quantity,   Σ y ≤ most,   y ∈ {0, 1}.
 *
 * Branch and bound on y. The quantity and the number of pieces are priced with two multipliers (r, θ), which
 * leaves one candidate's gain over the prices each, so that the bound of a node is a running sum:
 *
 *   L(r, θ) = r·quantity + θ·most + Σ max(0, max_{minimum ≤ x ≤ upper} (gain − r)·x − fixed − θ).
 *
 * r is the ratio at which a continuous knapsack in order of gain − (fixed + θ)/upper is full, θ > 0 only where
 * that knapsack would take more than `most` pieces (Martello & Toth, Knapsack Problems, 1990, ch. 2 and 5).
 * For a chosen set the amounts are a greedy fill: everybody his minimum, then by falling gain.
 */
export class PieceChoice {
  /** Pieces of the best choice. */
  count = 0;
  /** What the caller called the candidate. */
  readonly tag: Int32Array;
  readonly amount: Int32Array;
  /** No choice gains more; the gain itself when the search was not cut. */
  bound = 0;
  /** Candidates looked at since the beginning: the measure of work. */
  work = 0;

  private size = 0;
  private readonly candidateTag: Int32Array;
  private readonly gain: Float64Array;
  private readonly fixed: Float64Array;
  private readonly upper: Float64Array;
  private readonly ratio: Float64Array;
  private readonly surplus: Float64Array;
  private readonly heap: Int32Array;
  private heapSize = 0;
  /** Behind the heap, up to here: what the knapsack took, the best last. */
  private takenEnd = 0;
  private readonly survivors: Int32Array;
  private survivorCount = 0;
  /** The set of the node, by falling gain. */
  private readonly chosen: Int32Array;
  private chosenCount = 0;
  private best = 0;
  private wholeTag = -1;
  private wholeGain = 0;
  private quantity = 0;
  private minimum = 0;
  private most = 0;
  private nodesLeft = 0;
  /** The knapsack in order of ratio: where it is full, how many pieces that takes, what it is worth. */
  private fullRatio = 0;
  private piecesTaken = 0;
  private relaxed = 0;

  constructor(mostCandidates: number, mostPieces: number) {
    this.tag = new Int32Array(mostPieces);
    this.amount = new Int32Array(mostPieces);
    this.chosen = new Int32Array(mostPieces + 1);
    this.candidateTag = new Int32Array(mostCandidates);
    this.gain = new Float64Array(mostCandidates);
    this.fixed = new Float64Array(mostCandidates);
    this.upper = new Float64Array(mostCandidates);
    this.ratio = new Float64Array(mostCandidates);
    this.surplus = new Float64Array(mostCandidates);
    this.heap = new Int32Array(mostCandidates);
    this.survivors = new Int32Array(mostCandidates);
  }

  begin(quantity: number, minimum: number, most: number): void {
    this.size = 0;
    this.quantity = quantity;
    this.minimum = minimum;
    this.most = Math.min(most, Math.floor(quantity / minimum));
    this.wholeTag = -1;
    this.wholeGain = 0;
  }

  /** A candidate that cannot pay for itself is not one. */
  offer(tag: number, gain: number, fixed: number, upper: number): void {
    if (upper < this.minimum) return;
    const most = Math.min(upper, this.quantity);
    if (gain * (gain > 0 ? most : this.minimum) <= fixed) return;
    const at = this.size++;
    this.candidateTag[at] = tag;
    this.gain[at] = gain;
    this.fixed[at] = fixed;
    this.upper[at] = most;
  }

  /** A candidate that takes everything or nothing, alone. */
  offerWhole(tag: number, gain: number, fixed: number): void {
    const whole = gain * this.quantity - fixed;
    if (whole <= this.wholeGain) return;
    this.wholeGain = whole;
    this.wholeTag = tag;
  }

  /** The gain of the best choice; nothing at all gains 0. After `mostNodes` the best so far, with a valid bound. */
  solve(mostNodes: number): number {
    this.best = this.wholeGain;
    this.count = this.wholeGain > 0 ? 1 : 0;
    this.tag[0] = this.wholeTag;
    this.amount[0] = this.quantity;
    this.work += this.size + 1;
    if (this.size > 0) this.search(mostNodes);
    else this.bound = this.best;
    return this.best;
  }

  private search(mostNodes: number): void {
    const theta = this.priceOfPiece();
    const root = this.priceCandidates(theta);
    this.startWithGreedy();
    this.prune(root);
    this.nodesLeft = mostNodes;
    this.chosenCount = 0;
    this.extend(0, root);
    this.bound = this.nodesLeft > 0 ? this.best + PRUNE : root;
  }

  /** θ: 0, or by bisection so that the relaxed knapsack takes `most` pieces. */
  private priceOfPiece(): number {
    this.fill(0);
    if (this.piecesTaken <= this.most) return 0;
    let low = 0;
    let high = 0;
    for (let i = 0; i < this.size; i++) {
      const worth = (this.gain[i] as number) * (this.upper[i] as number) - (this.fixed[i] as number);
      if (worth > high) high = worth;
    }
    let best = 0;
    let bestBound = this.relaxed;
    for (let step = 0; step < BISECTIONS; step++) {
      const theta = (low + high) / 2;
      this.fill(theta);
      const bound = this.relaxed + theta * this.most;
      if (bound < bestBound) {
        bestBound = bound;
        best = theta;
      }
      if (this.piecesTaken > this.most) low = theta;
      else high = theta;
    }
    this.fill(best);
    return best;
  }

  /** The continuous knapsack with `theta` added to each fixed cost; leaves the taken candidates behind the heap. */
  private fill(theta: number): void {
    let size = 0;
    for (let i = 0; i < this.size; i++) {
      const ratio =
        (this.gain[i] as number) - ((this.fixed[i] as number) + theta) / (this.upper[i] as number);
      this.ratio[i] = ratio;
      if (ratio > 0) this.heap[size++] = i;
    }
    this.heapSize = size;
    for (let i = (size >> 1) - 1; i >= 0; i--) this.sink(i);
    let rest = this.quantity;
    let pieces = 0;
    let value = 0;
    this.fullRatio = 0;
    while (this.heapSize > 0) {
      const top = this.heap[0] as number;
      const ratio = this.ratio[top] as number;
      const upper = this.upper[top] as number;
      this.heapSize--;
      this.heap[0] = this.heap[this.heapSize] as number;
      this.heap[this.heapSize] = top;
      this.sink(0);
      if (upper >= rest) {
        value += ratio * rest;
        pieces += rest / upper;
        this.fullRatio = ratio;
        rest = 0;
        break;
      }
      value += ratio * upper;
      pieces++;
      rest -= upper;
    }
    this.takenEnd = size;
    this.relaxed = value;
    this.piecesTaken = pieces;
  }

  private sink(start: number): void {
    const { heap, ratio, heapSize } = this;
    let at = start;
    if (at >= heapSize) return;
    const moved = heap[at] as number;
    const key = ratio[moved] as number;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heapSize) break;
      if (
        child + 1 < heapSize &&
        (ratio[heap[child + 1] as number] as number) > (ratio[heap[child] as number] as number)
      )
        child++;
      const below = heap[child] as number;
      if ((ratio[below] as number) <= key) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = moved;
  }

  /** Each candidate's surplus over the prices; answers L(r, θ). */
  private priceCandidates(theta: number): number {
    const r = this.fullRatio;
    let root = r * this.quantity + theta * this.most;
    for (let i = 0; i < this.size; i++) {
      const over = (this.gain[i] as number) - r;
      const amount = over >= 0 ? (this.upper[i] as number) : this.minimum;
      const surplus = over * amount - (this.fixed[i] as number) - theta;
      this.surplus[i] = surplus;
      if (surplus > 0) root += surplus;
    }
    return root;
  }

  /** First answers: what the continuous knapsack took, with and without its last piece. */
  private startWithGreedy(): void {
    this.chosenCount = 0;
    for (let at = this.takenEnd - 1; at >= this.heapSize && this.chosenCount < this.most; at--) {
      this.include(this.heap[at] as number);
      this.evaluate();
    }
  }

  /** Keeps the candidates that can still be in a choice better than `known`, best surplus first. */
  private prune(root: number): void {
    let count = 0;
    for (let i = 0; i < this.size; i++) {
      const surplus = this.surplus[i] as number;
      if (surplus <= 0 && root + surplus <= this.best + PRUNE) continue;
      let at = count++;
      while (at > 0 && (this.surplus[this.survivors[at - 1] as number] as number) < surplus) {
        this.survivors[at] = this.survivors[at - 1] as number;
        at--;
      }
      this.survivors[at] = i;
    }
    this.survivorCount = count;
  }

  private extend(from: number, bound: number): void {
    if (bound <= this.best + PRUNE || this.nodesLeft <= 0) return;
    this.nodesLeft--;
    if (this.chosenCount >= this.most) return;
    let left = bound;
    for (let at = from; at < this.survivorCount; at++) {
      const candidate = this.survivors[at] as number;
      const surplus = this.surplus[candidate] as number;
      const inside = surplus < 0 ? left + surplus : left;
      if (inside <= this.best + PRUNE) return;
      const position = this.include(candidate);
      this.evaluate();
      this.extend(at + 1, inside);
      this.exclude(position);
      if (surplus > 0) left -= surplus;
      if (this.nodesLeft <= 0) return;
    }
  }

  private include(candidate: number): number {
    const gain = this.gain[candidate] as number;
    let at = this.chosenCount++;
    while (at > 0 && (this.gain[this.chosen[at - 1] as number] as number) < gain) {
      this.chosen[at] = this.chosen[at - 1] as number;
      at--;
    }
    this.chosen[at] = candidate;
    return at;
  }

  private exclude(position: number): void {
    this.chosenCount--;
    for (let at = position; at < this.chosenCount; at++) this.chosen[at] = this.chosen[at + 1] as number;
  }

  /** The chosen set with its best amounts, kept when it is the best so far. */
  private evaluate(): void {
    const { chosen, chosenCount, minimum } = this;
    let rest = this.quantity - chosenCount * minimum;
    let value = 0;
    for (let at = 0; at < chosenCount; at++) {
      const candidate = chosen[at] as number;
      const most = (this.gain[candidate] as number) > 0 ? (this.upper[candidate] as number) : minimum;
      const more = Math.min(most - minimum, rest);
      value += (this.gain[candidate] as number) * (minimum + more) - (this.fixed[candidate] as number);
      rest -= more;
    }
    if (value <= this.best) return;
    this.best = value;
    this.count = chosenCount;
    rest = this.quantity - chosenCount * minimum;
    for (let at = 0; at < chosenCount; at++) {
      const candidate = chosen[at] as number;
      const most = (this.gain[candidate] as number) > 0 ? (this.upper[candidate] as number) : minimum;
      const more = Math.min(most - minimum, rest);
      this.tag[at] = this.candidateTag[candidate] as number;
      this.amount[at] = minimum + more;
      rest -= more;
    }
  }
}

/** Money: choices nearer to each other than this are equal; far below one minor unit, far above rounding. */
const PRUNE = 1e-6;

/** θ to a part in 2^16 of its range; it only has to be good, any θ ≥ 0 gives a valid bound. */
const BISECTIONS = 16;
