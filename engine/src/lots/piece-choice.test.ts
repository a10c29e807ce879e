import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PieceChoice } from './piece-choice.ts';

interface Candidate {
  readonly gain: number;
  readonly fixed: number;
  readonly upper: number;
  readonly whole: boolean;
}

const candidate = fc.record({
  gain: fc.integer({ min: 1, max: 30 }),
  fixed: fc.integer({ min: 0, max: 40 }),
  upper: fc.integer({ min: 0, max: 12 }),
  whole: fc.boolean(),
});
const order = fc.record({
  candidates: fc.array(candidate, { maxLength: 6 }),
  quantity: fc.integer({ min: 1, max: 12 }),
  minimum: fc.integer({ min: 1, max: 5 }),
  most: fc.integer({ min: 1, max: 4 }),
});

/** Tries every whole amount at every candidate. */
function bruteForce(list: readonly Candidate[], quantity: number, minimum: number, most: number): number {
  const [first, ...others] = list;
  if (first === undefined || most === 0) return 0;
  let best = bruteForce(others, quantity, minimum, most);
  for (let x = minimum; x <= Math.min(quantity, first.upper); x++) {
    best = Math.max(best, first.gain * x - first.fixed + bruteForce(others, quantity - x, minimum, most - 1));
  }
  return best;
}

describe('the pieces of one order', () => {
  it('are the best that trying everything finds, and add up', () => {
    fc.assert(
      fc.property(order, ({ candidates, quantity, minimum, most }) => {
        fc.pre(minimum <= quantity);
        const choice = new PieceChoice(6, 4);
        choice.begin(quantity, minimum, most);
        candidates.forEach(({ gain, fixed, upper, whole }, tag) => {
          if (!whole) choice.offer(tag, gain, fixed, upper);
          else if (upper >= quantity) choice.offerWhole(tag, gain, fixed);
        });
        const gained = choice.solve(10_000);
        const divisible = candidates.filter(({ whole }) => !whole);
        const wholes = candidates.filter(({ whole, upper }) => whole && upper >= quantity);
        const best = Math.max(
          bruteForce(divisible, quantity, minimum, most),
          ...wholes.map(({ gain, fixed }) => gain * quantity - fixed),
        );
        expect(gained).toBe(best);
        expect(choice.bound).toBeGreaterThanOrEqual(best);
        expect(choice.bound).toBeLessThan(best + 1e-3);
        const amounts = [...choice.amount.subarray(0, choice.count)];
        expect(amounts.reduce((sum, x) => sum + x, 0)).toBeLessThanOrEqual(quantity);
        expect(amounts.every((x) => x >= minimum)).toBe(true);
        const worth = amounts.map((x, k) => {
          const { gain, fixed } = candidates[choice.tag[k] as number] as Candidate;
          return gain * x - fixed;
        });
        expect(worth.reduce((sum, x) => sum + x, 0)).toBe(gained);
      }),
      { numRuns: 500 },
    );
  });

  it('keep a valid bound when the search is cut short', () => {
    fc.assert(
      fc.property(order, fc.integer({ min: 1, max: 3 }), ({ candidates, quantity, minimum, most }, nodes) => {
        fc.pre(minimum <= quantity);
        const choice = new PieceChoice(6, 4);
        choice.begin(quantity, minimum, most);
        candidates.forEach(({ gain, fixed, upper }, tag) => {
          choice.offer(tag, gain, fixed, upper);
        });
        const gained = choice.solve(nodes);
        const best = bruteForce(candidates, quantity, minimum, most);
        expect(gained).toBeLessThanOrEqual(best);
        expect(choice.bound).toBeGreaterThanOrEqual(best);
      }),
      { numRuns: 300 },
    );
  });
});
