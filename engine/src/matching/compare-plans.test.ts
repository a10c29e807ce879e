import { expect, test } from 'vitest';
import type { Allocation, MatchPlan } from '../plan.ts';
import { sampleSnapshot } from '../sample/sample-network.ts';
import type { LineSnapshot, Snapshot } from '../snapshot.ts';
import { verifyPlan } from '../verify/verify-plan.ts';
import { comparePlans, type PlanChange } from './compare-plans.ts';
import { match } from './match.ts';
import { priceOverride } from './price-override.ts';
import { replan } from './replan.ts';

const SIZE = {
  sites: 6,
  groupsPerSite: 3,
  machinesPerGroup: 2,
  items: 8,
  routesPerItem: 4,
  lines: 50,
  days: 20,
};

function network(seed: number): Snapshot {
  return sampleSnapshot({ ...SIZE, seed, load: 0.6, troubles: 0 });
}

function planned(seed: number): { snapshot: Snapshot; plan: MatchPlan } {
  const snapshot = network(seed);
  return { snapshot, plan: match(snapshot, { explain: false, rounds: 50 }) };
}

/** The run after a change of the world that takes some lines out of their places. */
function after(
  run: { snapshot: Snapshot; plan: MatchPlan },
  snapshot: Snapshot,
  lineIds: string[],
): PlanChange[] {
  const { kept, plan } = replan(snapshot, run.plan.allocations, { lineIds });
  const next = { allocations: [...kept, ...plan.allocations], unplaced: plan.unplaced };
  return [...comparePlans(run, { snapshot, plan: next })];
}

test('the same plan has no differences', () => {
  const run = planned(1);
  expect(comparePlans(run, run)).toEqual([]);
});

test('every change tells its cause', () => {
  const run = planned(2);
  const one = run.plan.allocations[3] as Allocation;
  const change = (patch: Partial<LineSnapshot>): Snapshot => ({
    ...run.snapshot,
    lines: run.snapshot.lines.map((line) => (line.id === one.lineId ? { ...line, ...patch } : line)),
  });
  const causes = (snapshot: Snapshot): (string | undefined)[] =>
    after(run, snapshot, [one.lineId]).flatMap(({ lineId, cause }) => (lineId === one.lineId ? [cause] : []));
  expect(causes(change({ declinedSiteIds: [one.siteId] }))).toEqual(['declined']);
  const other = run.snapshot.capabilities.find(
    ({ itemId, siteId, state }) =>
      itemId === run.snapshot.lines.find(({ id }) => id === one.lineId)?.itemId &&
      siteId !== one.siteId &&
      state === 'qualified',
  );
  expect(causes(change({ locks: [{ kind: 'site', siteId: other?.siteId }] }))).toEqual(['lock']);
  expect(causes(change({ quantity: one.quantity + 40 }))).toEqual(['line-changed']);
  const suspended = run.snapshot.sites.map((site) => ({ ...site, suspended: site.id === one.siteId }));
  expect(causes({ ...run.snapshot, sites: suspended })).toEqual(['site-closed']);
  const machineId = one.subLots[0]?.machineId;
  const blocked = [{ startMs: one.startMs, endMs: one.finishMs, kind: 'breakdown' as const }];
  const machines = run.snapshot.machines.map((machine) =>
    machine.id === machineId ? { ...machine, blocked } : machine,
  );
  expect(
    after(run, { ...run.snapshot, machines }, []).find(({ lineId }) => lineId === one.lineId),
  ).toMatchObject({
    cause: 'blocked',
    because: [machineId],
  });
  const without = { ...run.snapshot, lines: run.snapshot.lines.filter(({ id }) => id !== one.lineId) };
  const rest = {
    allocations: run.plan.allocations.filter(({ lineId }) => lineId !== one.lineId),
    unplaced: [],
  };
  expect(comparePlans(run, { snapshot: without, plan: rest })).toMatchObject([
    { lineId: one.lineId, kind: 'removed', cause: 'line-removed', to: [] },
  ]);
  expect(comparePlans({ snapshot: without, plan: rest }, run)).toMatchObject([
    { lineId: one.lineId, kind: 'added', cause: 'line-added', from: [] },
  ]);
});

test('an override has its price by term and names who moves, and its plan can really happen', () => {
  let dearer = 0;
  for (let seed = 1; seed <= 8; seed++) {
    const run = planned(seed);
    const one = run.plan.allocations[seed] as Allocation;
    const { itemId } = run.snapshot.lines.find(({ id }) => id === one.lineId) as LineSnapshot;
    const other = run.snapshot.capabilities.find(
      (capability) =>
        capability.itemId === itemId && capability.siteId !== one.siteId && capability.minLot <= one.quantity,
    );
    if (!other) continue;
    const override = { lineId: one.lineId, locks: [{ kind: 'site', siteId: other.siteId } as const] };
    const price = priceOverride(run.snapshot, run.plan, override);
    const lines = run.snapshot.lines.map((line) =>
      line.id === one.lineId ? { ...line, locks: override.locks } : line,
    );
    expect(verifyPlan({ ...run.snapshot, lines }, price.plan)).toEqual([]);
    const sum = (terms: object): number => Object.values(terms).reduce((total, value) => total + value, 0);
    expect(price.increase).toBe(sum(price.after) - sum(price.before));
    expect(Math.abs(sum(price.before) - run.plan.summary.objective)).toBeLessThanOrEqual(
      run.plan.allocations.length,
    );
    expect(price.moves.find(({ lineId }) => lineId === one.lineId)).toMatchObject({ cause: 'lock' });
    if (price.increase > 0) dearer++;
  }
  expect(dearer).toBeGreaterThan(2);
});

test('locks that contradict each other have no price', () => {
  const run = planned(3);
  const [first, second] = run.snapshot.sites as [{ id: string }, { id: string }];
  const { id, quantity } = run.snapshot.lines[0] as LineSnapshot;
  const locks = [first, second].map((site) => ({ kind: 'quantity', siteId: site.id, quantity }) as const);
  expect(() => priceOverride(run.snapshot, run.plan, { lineId: id, locks })).toThrow(/locks on together/);
});
