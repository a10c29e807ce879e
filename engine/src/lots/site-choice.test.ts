import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SiteChoice } from './site-choice.ts';

interface Offer {
  readonly day: number;
  readonly gain: number;
  readonly fixed: number;
  readonly minimum: number;
  readonly more: number;
}

const offer = fc.record({
  day: fc.integer({ min: 0, max: 2 }),
  gain: fc.integer({ min: 1, max: 30 }),
  fixed: fc.integer({ min: 0, max: 40 }),
  minimum: fc.integer({ min: 1, max: 4 }),
  more: fc.integer({ min: 0, max: 6 }),
});
const capacity = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 3, maxLength: 3 });

function hoursUpTo(hours: readonly number[], day: number): number {
  return hours.slice(0, day + 1).reduce((sum, h) => sum + h, 0);
}

/** Tries every whole amount of every piece; `used` by rising day. */
function bruteForce(offers: readonly Offer[], hours: readonly number[], used = 0): number {
  const [first, ...others] = offers;
  if (first === undefined) return 0;
  let best = bruteForce(others, hours, used);
  for (let x = first.minimum; x <= first.minimum + first.more; x++) {
    if (used + x > hoursUpTo(hours, first.day)) break;
    best = Math.max(best, first.gain * x - first.fixed + bruteForce(others, hours, used + x));
  }
  return best;
}

function choose(
  offers: readonly Offer[],
  hours: readonly number[],
  mostCells?: number,
): [SiteChoice, number] {
  const choice = new SiteChoice(6, hoursUpTo(hours, 2), mostCells);
  choice.begin(offers.length, hoursUpTo(hours, 2));
  offers.forEach(({ day, gain, fixed, minimum, more }, tag) => {
    choice.offer(tag, hoursUpTo(hours, day), gain, fixed, minimum, minimum + more);
  });
  return [choice, choice.solve()];
}

const byDay = (list: readonly Offer[]): Offer[] => [...list].sort((a, b) => a.day - b.day);

describe('the pieces of one site', () => {
  it('are the best that trying everything finds, and fit its days', () => {
    fc.assert(
      fc.property(fc.array(offer, { maxLength: 5 }), capacity, (list, hours) => {
        const offers = byDay(list);
        const [choice, gained] = choose(offers, hours);
        expect(gained).toBe(bruteForce(offers, hours));
        const used = [0, 0, 0];
        let worth = 0;
        for (let k = 0; k < choice.count; k++) {
          const { day, gain, fixed } = offers[choice.tag[k] as number] as Offer;
          const hoursOf = choice.amount[k] as number;
          worth += gain * hoursOf - fixed;
          for (let t = day; t < 3; t++) used[t] = (used[t] ?? 0) + hoursOf;
        }
        expect(worth).toBe(gained);
        used.forEach((sum, day) => {
          expect(sum).toBeLessThanOrEqual(hoursUpTo(hours, day));
        });
      }),
      { numRuns: 300 },
    );
  });

  it('gain no less when hours are counted in coarse units', () => {
    fc.assert(
      fc.property(fc.array(offer, { maxLength: 5 }), capacity, (list, hours) => {
        const offers = byDay(list);
        const [, gained] = choose(offers, hours, 30);
        expect(gained).toBeGreaterThanOrEqual(bruteForce(offers, hours));
      }),
      { numRuns: 300 },
    );
  });
});
