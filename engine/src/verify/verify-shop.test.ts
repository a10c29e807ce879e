import fc from 'fast-check';
import { expect, test } from 'vitest';
import { solveMakespan } from '../scheduling/disjunctive/solve-makespan.ts';
import { anyShop } from '../scheduling/disjunctive/testing/any-shop.ts';
import { verifyShop } from './verify-shop.ts';

const busyShop = anyShop.filter(
  ({ jobs }) => jobs.flat().length > 1 && jobs.flat(2).every(({ duration }) => duration > 0),
);

test('an operation that starts one unit earlier or later than it can is always found', () => {
  fc.assert(
    fc.property(busyShop, fc.nat(), fc.boolean(), (shop, pick, early) => {
      const plan = solveMakespan(shop, { seed: 1, iterations: 50 });
      expect(verifyShop(shop, plan)).toEqual([]);
      const starts = [...plan.starts];
      const moved = pick % starts.length;
      const start = starts[moved] as number;
      // Semi-active schedules have no slack to the left; to the right only the make-span can tell for the last.
      if (early) starts[moved] = start - 1;
      else if (lastToEnd(shop, plan, moved)) starts[moved] = start + 1;
      else return;
      expect(verifyShop(shop, { ...plan, starts })).not.toEqual([]);
    }),
  );
});

test('an operation that is missing, doubled or on the wrong machine is always found', () => {
  fc.assert(
    fc.property(busyShop, fc.nat(), fc.constantFrom('miss', 'double', 'stray'), (shop, pick, fault) => {
      const plan = solveMakespan(shop, { seed: 1, iterations: 50 });
      const operation = pick % plan.starts.length;
      const able = new Set(shop.jobs.flat()[operation]?.map(({ machine }) => machine));
      const wrong = plan.machineSequences.findIndex((_, machine) => !able.has(machine));
      const machineSequences = plan.machineSequences.map((sequence, machine) => {
        if (fault === 'double') return sequence.includes(operation) ? [...sequence, operation] : sequence;
        const rest = sequence.filter((other) => other !== operation);
        return fault === 'stray' && machine === wrong ? [...rest, operation] : rest;
      });
      expect(verifyShop(shop, { ...plan, machineSequences })).not.toEqual([]);
    }),
  );
});

function lastToEnd(
  shop: Parameters<typeof verifyShop>[0],
  plan: Parameters<typeof verifyShop>[1],
  operation: number,
): boolean {
  const machine = plan.machineSequences.findIndex((sequence) => sequence.includes(operation));
  const alternative = shop.jobs.flat()[operation]?.find((one) => one.machine === machine);
  return (plan.starts[operation] ?? 0) + (alternative?.duration ?? 0) === plan.makespan;
}
