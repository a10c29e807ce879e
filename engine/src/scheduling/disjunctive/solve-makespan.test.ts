import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verifyShop } from '../../verify/verify-shop.ts';
import { parseShop, type ShopFormat } from '../instance/parse-shop.ts';
import type { DisjunctiveShop } from './shop.ts';
import { solveMakespan } from './solve-makespan.ts';
import { anyShop } from './testing/any-shop.ts';

function fixture(name: string, format: ShopFormat): DisjunctiveShop {
  const path = new URL(`../../../fixtures/scheduling/${name}.txt`, import.meta.url);
  const parsed = parseShop(readFileSync(path, 'utf8'), format);
  if (!parsed.ok) throw new TypeError(parsed.refusal.detail);
  return parsed.shop;
}

/** The shortest schedule by trying every order of dispatching every alternative. */
function optimum(shop: DisjunctiveShop): number {
  const at = shop.jobs.map(() => 0);
  const ready = shop.jobs.map(() => 0);
  const free = Array.from({ length: shop.machines }, () => 0);
  let best = Number.POSITIVE_INFINITY;
  const extend = (makespan: number): void => {
    if (makespan >= best) return;
    let complete = true;
    shop.jobs.forEach((job, j) => {
      const step = at[j] as number;
      const before = ready[j] as number;
      for (const { machine, duration } of job[step] ?? []) {
        complete = false;
        const busy = free[machine] as number;
        const end = Math.max(before, busy) + duration;
        [at[j], ready[j], free[machine]] = [step + 1, end, end];
        extend(Math.max(makespan, end));
        [at[j], ready[j], free[machine]] = [step, before, busy];
      }
    });
    if (complete) best = makespan;
  };
  extend(0);
  return best;
}

test.each([
  ['ft06', 'job-shop', 55],
  ['la02', 'job-shop', 655],
  ['mk01', 'flexible', 40],
  ['mt10x', 'flexible', 918],
] as const)('%s (%s) is solved to its optimum %i', (name, format, best) => {
  const shop = fixture(name, format);
  const onProgress = ({ makespan }: { makespan: number }) => (makespan <= best ? 'stop' : undefined);
  const result = solveMakespan(shop, { seed: 1, iterations: 400_000, onProgress });
  expect(verifyShop(shop, result)).toEqual([]);
  expect(result.makespan).toBe(best);
  expect(result.bound).toBeLessThanOrEqual(best);
});

test('any shop, with machines visited again and operations of no duration, gets a schedule that holds', () => {
  fc.assert(
    fc.property(anyShop, fc.nat(), (shop, seed) => {
      const result = solveMakespan(shop, { seed, iterations: 400 });
      expect(verifyShop(shop, result)).toEqual([]);
      expect(result.bound).toBeLessThanOrEqual(result.makespan);
      expect(result.iterations).toBeLessThanOrEqual(400);
    }),
    { numRuns: 300 },
  );
});

test('small shops are solved to their optimum, and the bound never exceeds it', () => {
  const small = anyShop.filter((shop) => {
    const sizes = shop.jobs.map((job) => job.length);
    return sizes.reduce((sum, size) => sum + size, 0) <= 7;
  });
  fc.assert(
    fc.property(small, fc.nat(), (shop, seed) => {
      const best = optimum(shop);
      const result = solveMakespan(shop, { seed, iterations: 4_000 });
      expect(result.bound).toBeLessThanOrEqual(best);
      expect(result.makespan).toBe(best);
    }),
    { numRuns: 150 },
  );
});

test('neighbours of one job on one machine are never swapped', () => {
  const visits = (...machines: number[]) => machines.map((machine) => [{ machine, duration: 5 }]);
  const shop = { machines: 2, jobs: [visits(0, 0, 1, 0), visits(0, 1, 1, 0), visits(1, 0, 0, 0)] };
  const result = solveMakespan(shop, { seed: 3, iterations: 5_000 });
  expect(verifyShop(shop, result)).toEqual([]);
});

test('the same shop and seed give identical bytes', () => {
  const shop = fixture('mk01', 'flexible');
  const run = () => JSON.stringify(solveMakespan(shop, { seed: 9, iterations: 20_000 }));
  expect(run()).toBe(run());
});

test('a run that is told to stop answers with its best so far', () => {
  const shop = fixture('mt10x', 'flexible');
  let calls = 0;
  const onProgress = () => (++calls === 2 ? ('stop' as const) : undefined);
  const result = solveMakespan(shop, { seed: 1, iterations: 10_000_000, onProgress });
  expect(calls).toBe(2);
  expect(verifyShop(shop, result)).toEqual([]);
});

test('a run continues from given sequences and is never worse', () => {
  const shop = fixture('mk01', 'flexible');
  const { machineSequences, makespan } = solveMakespan(shop, { seed: 2, iterations: 5_000 });
  const again = solveMakespan(shop, { seed: 3, iterations: 0, start: machineSequences });
  expect(again.makespan).toBe(makespan);
  const broken = machineSequences.map((sequence) => sequence.toReversed());
  expect(() => solveMakespan(shop, { seed: 3, iterations: 0, start: broken })).toThrow('contradict');
});

test('a shop that cannot be is refused by name', () => {
  const shop = { machines: 1, jobs: [[[{ machine: 1, duration: 2.5 }], []]] };
  expect(() => solveMakespan(shop, { seed: 1, iterations: 1 })).toThrow(
    'job 0, step 0: there is no machine 1; job 0, step 0: duration 2.5; job 0, step 1 has no machine',
  );
});

test('prices of full machines prove what chains and sets of machines cannot', () => {
  // Five on each machine, or six on the quick one: 60. Divided at will, 54.5.
  const alternatives = [
    { machine: 0, duration: 10 },
    { machine: 1, duration: 12 },
  ];
  const result = solveMakespan(
    { machines: 2, jobs: Array(10).fill([alternatives]) },
    { seed: 1, iterations: 500 },
  );
  expect(result.makespan).toBe(60);
  expect(result.bound).toBe(55);
});
