import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keptQuantity, recallIsDue, slipIsNews } from './slip.ts';

const HOUR = 3_600_000;
const forecast = {
  plannedFinish: 100 * HOUR,
  projectedFinish: 100 * HOUR,
  slipTold: null,
  transitMs: 20 * HOUR,
  requestedAt: 130 * HOUR,
};

describe('a slip', () => {
  test('is told when it is an hour, and again only when it is an hour more', () => {
    expect(slipIsNews({ ...forecast, projectedFinish: 100.5 * HOUR })).toBe(false);
    expect(slipIsNews({ ...forecast, projectedFinish: 102 * HOUR })).toBe(true);
    expect(slipIsNews({ ...forecast, projectedFinish: 102.5 * HOUR, slipTold: 102 * HOUR })).toBe(false);
  });

  test('recalls what would be late, not what has slack', () => {
    expect(recallIsDue({ ...forecast, projectedFinish: 106 * HOUR }, 10 * HOUR)).toBe(false);
    expect(recallIsDue({ ...forecast, projectedFinish: 109 * HOUR }, 10 * HOUR)).toBe(true);
  });

  test('does not recall what was planned late and keeps its plan', () => {
    expect(recallIsDue({ ...forecast, requestedAt: 0 }, 10 * HOUR)).toBe(false);
  });

  test('does not recall the last hour of work', () => {
    expect(recallIsDue({ ...forecast, projectedFinish: 120 * HOUR }, 0.5 * HOUR)).toBe(false);
  });
});

describe('what stays with the site', () => {
  test('is what was made, and what is on machines that are on time', () => {
    const broken = { id: 'a', quantity: 60, goodQuantity: 20, slipping: true };
    const sound = { id: 'b', quantity: 40, goodQuantity: 5, slipping: false };
    expect(keptQuantity([broken, sound], 1)).toBe(60);
    expect(keptQuantity([{ ...broken, goodQuantity: 0 }], 1)).toBe(0);
    expect(keptQuantity([sound], 1)).toBeUndefined();
  });

  test('is nothing or a shipment the buyer takes, and always less than there was', () => {
    const rows = fc.array(
      fc.record({ quantity: fc.integer({ min: 1, max: 99 }), good: fc.nat(99), slipping: fc.boolean() }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 200 }), (specs, minimum) => {
        const operations = specs.map((one, index) => ({
          id: String(index),
          quantity: one.quantity,
          goodQuantity: Math.min(one.good, one.quantity),
          slipping: one.slipping,
        }));
        const total = operations.reduce((sum, { quantity }) => sum + quantity, 0);
        const kept = keptQuantity(operations, minimum);
        if (kept === undefined) return;
        expect(kept).toBeLessThan(total);
        if (kept > 0) expect(kept).toBeGreaterThanOrEqual(Math.min(minimum, total));
      }),
    );
  });
});
