/** A concave function of prices, with a supergradient. */
export interface ConcaveBound {
  readonly size: number;
  /** The bound at these prices; `gradient` is filled. */
  evaluate(prices: Float64Array, gradient: Float64Array): number;
  /** Moves prices to the nearest allowed ones. */
  project(prices: Float64Array): void;
}

export interface BoundProgress {
  readonly round: number;
  readonly bound: number;
}

export interface AscendOptions {
  readonly rounds: number;
  /** What the best known plan costs: the step aims at it. */
  readonly aim: number;
  readonly onRound?: (progress: BoundProgress) => 'stop' | undefined;
}

export interface Ascent {
  readonly bound: number;
  /** The prices that gave it. */
  readonly prices: Float64Array;
  readonly rounds: number;
}

/**
 * Maximises a bound by a deflected subgradient around the best prices so far: the direction is a running mean of the
 * supergradients (the volume algorithm, Barahona & Anbil 2000), the length is Polyak's towards the cost of the best
 * plan, shortened while nothing gets better, and each step is projected onto the allowed prices.
 */
export function ascend(concave: ConcaveBound, start: Float64Array, options: AscendOptions): Ascent {
  const best = start.slice();
  const trial = new Float64Array(concave.size);
  const gradient = new Float64Array(concave.size);
  concave.project(best);
  let bound = concave.evaluate(best, gradient);
  const direction = gradient.slice();
  let step = FIRST_STEP;
  let worse = 0;
  let round = 0;
  while (round < options.rounds && options.aim > bound) {
    round++;
    move(concave, best, direction, step * (options.aim - bound), trial);
    const value = concave.evaluate(trial, gradient);
    const agrees = deflect(direction, gradient);
    if (value > bound) {
      bound = value;
      best.set(trial);
      worse = 0;
      if (agrees) step = Math.min(LONGEST_STEP, step * LONGER);
    } else if (++worse >= PATIENCE) {
      worse = 0;
      step *= SHORTER;
      if (step < SHORTEST_STEP) break;
    }
    if (options.onRound?.({ round, bound }) === 'stop') break;
  }
  return { bound, prices: best, rounds: round };
}

/** `trial` = the projection of `best` moved so far that a linear function would rise by `rise`. */
function move(
  concave: ConcaveBound,
  best: Float64Array,
  direction: Float64Array,
  rise: number,
  trial: Float64Array,
): void {
  // A tiny step shows which prices can move at all: those at their limits do not count for the length.
  let length = 0;
  for (let at = 0; at < trial.length; at++)
    trial[at] = (best[at] as number) + TINY * (direction[at] as number);
  concave.project(trial);
  for (let at = 0; at < trial.length; at++) {
    length += (((trial[at] as number) - (best[at] as number)) / TINY) * (direction[at] as number);
  }
  const size = length > 0 ? rise / length : 0;
  for (let at = 0; at < trial.length; at++)
    trial[at] = (best[at] as number) + size * (direction[at] as number);
  concave.project(trial);
}

/** Mixes the new supergradient into the direction; true when both pointed the same way. */
function deflect(direction: Float64Array, gradient: Float64Array): boolean {
  let product = 0;
  for (let at = 0; at < direction.length; at++) {
    product += (gradient[at] as number) * (direction[at] as number);
    direction[at] = (1 - FRESH) * (direction[at] as number) + FRESH * (gradient[at] as number);
  }
  return product >= 0;
}

const FIRST_STEP = 1;
const LONGEST_STEP = 2;
const SHORTEST_STEP = 1e-4;
const LONGER = 1.1;
const SHORTER = 0.66;
/** Rounds without a better bound before the step is shortened. */
const PATIENCE = 10;
/** Share of the newest supergradient in the direction. */
const FRESH = 0.15;
/** Prices are in money an hour, directions in hours: far below what either means. */
const TINY = 1e-6;
