import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleSnapshot } from '../sample/sample-network.ts';
import { seededRandom } from '../sample/seeded-random.ts';
import type { Snapshot } from '../snapshot.ts';
import { verifyPlan } from '../verify/verify-plan.ts';
import { mergePlans, splitComponents } from './components.ts';
import { match } from './match.ts';

/** Few routes over many sites, so that product families fall apart. */
function network(seed: number): Snapshot {
  const size = { sites: 20, groupsPerSite: 3, machinesPerGroup: 1, items: 16, routesPerItem: 2, lines: 40 };
  return sampleSnapshot({ ...size, seed, days: 30, load: 0.2, troubles: 0.2 });
}

test('components share no machine and no line, lose none, and their plans are one feasible plan', () => {
  let several = 0;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), (seed) => {
      const snapshot = network(seed);
      const parts = splitComponents(snapshot);
      if (parts.length > 1) several++;
      const machines = parts.flatMap((part) => part.machines.map(({ id }) => id));
      expect(new Set(machines).size).toBe(machines.length);
      const lines = parts.flatMap((part) => part.lines.map(({ id }) => id));
      expect(lines.sort()).toEqual(snapshot.lines.map(({ id }) => id).sort());
      const plan = mergePlans(
        snapshot.networkId,
        parts.map((part) => match(part, { rounds: 30 })),
      );
      expect(verifyPlan(snapshot, plan)).toEqual([]);
      expect(plan.summary.lines).toBe(snapshot.lines.length);
      expect(plan.refusals).toHaveLength(snapshot.lines.length);
    }),
    { numRuns: 15 },
  );
  expect(several).toBeGreaterThan(5);
});

test('whatever order the parts are finished in, the merged plan has the same bytes', () => {
  const snapshot = network(5);
  const parts = splitComponents(snapshot);
  const plans = parts.map((part) => match(part, { rounds: 30 }));
  const shuffled = seededRandom(4)
    .shuffled(plans.length)
    .map((i) => plans[i] as (typeof plans)[number]);
  expect(parts.length).toBeGreaterThan(1);
  expect(JSON.stringify(mergePlans('n', shuffled))).toBe(JSON.stringify(mergePlans('n', plans)));
});

test('with fairness, or without lines, there is one part', () => {
  const snapshot = network(5);
  expect(splitComponents({ ...snapshot, lines: [] })).toHaveLength(1);
  const fair = { ...snapshot, weights: { ...snapshot.weights, fairnessPerHour: 1 } };
  expect(splitComponents(fair)).toEqual([fair]);
});
