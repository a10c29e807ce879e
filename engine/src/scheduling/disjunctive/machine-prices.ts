import type { CompiledShop } from './shop.ts';

/** Rounds of the price adjustment; the bound moves by less than 0.2 % after that on published shops. */
const ROUNDS = 400;
/** Work of all rounds together, so that huge shops do not wait for their prices. */
const CHOICES_PER_CALL = 20_000_000;
const STEP = 0.25;

export interface MachinePrices {
  /** What one unit of time on each machine is worth; the dearest machine has 1. */
  readonly prices: Float64Array;
  /** No schedule is shorter: the least total value of all work, over the sum of prices. */
  readonly bound: number;
}

/**
 * Prices of the load-balancing relaxation min C: load of every machine ≤ C, by multiplicative weights (Plotkin,
 * Shmoys and Tardos 1995). For any prices π ≥ 0, Σ_x min_k π_k p_xk / Σ_k π_k is a valid lower bound; the best
 * one met is kept with its prices. A machine that is nowhere near full ends up worth nothing.
 */
export function machinePrices(shop: CompiledShop): MachinePrices {
  const { machines, choiceMachine } = shop;
  const prices = new Float64Array(machines);
  for (const machine of choiceMachine) prices[machine] = 1;
  const load = new Float64Array(machines);
  let best = new Float64Array(prices);
  let bound = 0;
  const rounds = Math.min(ROUNDS, Math.ceil(CHOICES_PER_CALL / (choiceMachine.length + 1)));
  for (let round = 0; round < rounds; round++) {
    const sum = prices.reduce((total, price) => total + price, 0);
    const value = cheapestAssignment(shop, prices, load) / sum;
    if (value > bound) {
      bound = value;
      best = prices.slice();
    }
    if (value === 0) break;
    const step = STEP / Math.sqrt(1 + round / 8);
    let dearest = 0;
    for (let m = 0; m < machines; m++) {
      const excess = Math.max(-1, Math.min(1, (load[m] as number) / value - 1));
      prices[m] = (prices[m] as number) * (1 + step * excess);
      dearest = Math.max(dearest, prices[m] as number);
    }
    for (let m = 0; m < machines; m++) prices[m] = (prices[m] as number) / dearest;
  }
  const dearest = best.reduce((most, price) => Math.max(most, price), 0);
  // The bound is a whole number; what rounding errors of the sum could add is taken off first.
  return { prices: best.map((price) => (dearest > 0 ? price / dearest : 0)), bound: Math.ceil(bound - 1e-6) };
}

/** Every operation on its cheapest machine: the value of all work, and the load it makes. */
function cheapestAssignment(shop: CompiledShop, prices: Float64Array, load: Float64Array): number {
  const { operations: n, choiceStart, choiceMachine, choiceDuration } = shop;
  let value = 0;
  load.fill(0);
  for (let x = 0; x < n; x++) {
    let cheapest = -1;
    let least = Number.POSITIVE_INFINITY;
    const end = choiceStart[x + 1] as number;
    for (let c = choiceStart[x] as number; c < end; c++) {
      const cost = (prices[choiceMachine[c] as number] as number) * (choiceDuration[c] as number);
      if (cost < least) {
        least = cost;
        cheapest = c;
      }
    }
    const machine = choiceMachine[cheapest] as number;
    value += least;
    load[machine] = (load[machine] as number) + (choiceDuration[cheapest] as number);
  }
  return value;
}
