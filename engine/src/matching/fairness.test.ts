import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleSnapshot } from '../sample/sample-network.ts';
import type { Snapshot } from '../snapshot.ts';
import { verifyPlan } from '../verify/verify-plan.ts';
import { gini } from './fairness.ts';
import { match } from './match.ts';

const SIZE = {
  sites: 6,
  groupsPerSite: 2,
  machinesPerGroup: 2,
  items: 6,
  routesPerItem: 4,
  lines: 40,
  days: 30,
};

function network(seed: number, fairnessPerHour: number): Snapshot {
  const snapshot = sampleSnapshot({ ...SIZE, seed, load: 0.4, troubles: 0 });
  // Two sites of one firm: its hours count together.
  const sites = snapshot.sites.map((site, i) => (i < 2 ? { ...site, ownerId: 'twin' } : site));
  return { ...snapshot, sites, weights: { ...snapshot.weights, fairnessPerHour } };
}

test('fairness spreads the hours, and tells what that costs', () => {
  let spread = 0;
  for (let seed = 1; seed <= 6; seed++) {
    const snapshot = network(seed, 20_000);
    const plan = match(snapshot, { explain: false, rounds: 100 });
    expect(verifyPlan(snapshot, plan)).toEqual([]);
    const { fairness, objective } = plan.summary;
    const plain = match(network(seed, 0), { explain: false, rounds: 100 }).summary;
    expect(plain.fairness).toBeUndefined();
    expect(Object.keys(fairness?.hoursByOwner ?? {})).toContain('twin');
    expect(fairness?.gini).toBeLessThanOrEqual((fairness?.giniWithout ?? 0) + 1e-9);
    const scores = plan.allocations.reduce((sum, { score }) => {
      return sum + score.late + score.tardiness + score.cost + score.distance + score.change;
    }, 0);
    const increase = scores - plain.objective;
    expect(Math.abs(increase - (fairness?.objectiveIncrease ?? 0))).toBeLessThanOrEqual(
      2 * plan.allocations.length,
    );
    expect(objective).toBeGreaterThan(plain.objective);
    if ((fairness?.gini ?? 1) < (fairness?.giniWithout ?? 0) - 0.02) spread++;
  }
  expect(spread).toBeGreaterThan(2);
});

test('the same snapshot with fairness gives the same bytes', () => {
  const bytes = () => JSON.stringify(match(network(3, 20_000), { rounds: 50 }));
  expect(bytes()).toBe(bytes());
});

test('the Gini coefficient is 0 for equals, near 1 for one who has all, and knows no unit and no order', () => {
  expect(gini([])).toBe(0);
  expect(gini([0, 0])).toBe(0);
  expect(gini([5, 5, 5])).toBeCloseTo(0);
  expect(gini([0, 0, 0, 8])).toBeCloseTo(0.75);
  fc.assert(
    fc.property(fc.array(fc.nat(1_000), { minLength: 1 }), (values) => {
      const value = gini(values);
      expect(value).toBeGreaterThanOrEqual(-1e-12);
      expect(value).toBeLessThan(1);
      expect(gini([...values].reverse().map((x) => x * 60))).toBeCloseTo(value, 9);
    }),
  );
});
