import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleSnapshot } from '../sample/sample-network.ts';
import type { LineSnapshot, Snapshot } from '../snapshot.ts';
import { verifyPlan } from '../verify/verify-plan.ts';
import { promise } from './capable-to-promise.ts';
import { match } from './match.ts';
import { createPlanIndex } from './plan-index.ts';

const HOUR_MS = 3_600_000;

function network(seed: number): Snapshot {
  const options = {
    sites: 6,
    groupsPerSite: 3,
    machinesPerGroup: 2,
    items: 8,
    routesPerItem: 4,
    lines: 50,
    days: 20,
  };
  return sampleSnapshot({ ...options, seed, load: 0.7, troubles: 0.2 });
}

test('what is promised can be reserved, is feasible with all that is planned, and adds up to the line', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
      const snapshot = network(seed);
      const plan = match(snapshot, { explain: false, rounds: 50 });
      const asked: LineSnapshot = { ...(snapshot.lines[0] as LineSnapshot), id: 'asked', locks: [] };
      for (let which = 0; which < 3; which++) {
        const index = createPlanIndex(snapshot);
        for (const { subLots } of plan.allocations) expect(index.reserve(subLots)).toBe(true);
        const option = promise(index, asked).options[which];
        if (!option) continue;
        expect(index.reserve(option.allocations.flatMap((one) => one.subLots))).toBe(true);
        expect(option.allocations.reduce((sum, one) => sum + one.quantity, 0)).toBe(asked.quantity);
        const all = { ...snapshot, lines: [...snapshot.lines, asked] };
        const allocations = [...plan.allocations, ...option.allocations];
        expect(verifyPlan(all, { allocations, unplaced: plan.unplaced })).toEqual([]);
        const waits = Object.values(option.waitsMs).reduce((sum, ms) => sum + ms, 0);
        expect(waits).toBe(option.arriveMs - snapshot.nowMs);
        expect(option.waitsMs[option.binding]).toBe(Math.max(...Object.values(option.waitsMs)));
      }
    }),
    { numRuns: 25 },
  );
});

test('options are what their names say', () => {
  let split = 0;
  for (let seed = 1; seed <= 30; seed++) {
    const snapshot = network(seed);
    const index = createPlanIndex(snapshot);
    const base = snapshot.lines[1] as LineSnapshot;
    const line = { ...base, id: 'asked', quantity: base.quantity * 4, splitAllowed: true, maxSites: 3 };
    const options = new Map(promise(index, line).options.map((option) => [option.kind, option]));
    const whole = options.get('earliest-whole');
    const parts = options.get('earliest-split');
    const cheapest = options.get('cheapest-in-time');
    if (parts && whole) {
      expect(parts.arriveMs).toBeLessThan(whole.arriveMs);
      expect(new Set(parts.siteIds).size).toBeGreaterThan(1);
      split++;
    }
    if (cheapest && whole) {
      expect(cheapest.inTime).toBe(true);
      expect(cheapest.costMinor).toBeLessThanOrEqual(whole.costMinor);
    }
  }
  expect(split).toBeGreaterThan(0);
});

test('reserving and releasing leaves the index as it was', () => {
  const snapshot = network(4);
  const index = createPlanIndex(snapshot);
  const line = snapshot.lines[2] as LineSnapshot;
  const before = JSON.stringify(promise(index, line));
  const plan = match(snapshot, { explain: false, rounds: 50 });
  for (const { subLots } of plan.allocations) expect(index.reserve(subLots)).toBe(true);
  expect(JSON.stringify(promise(index, line))).not.toBe(before);
  const subLots = plan.allocations[0]?.subLots ?? [];
  expect(index.reserve(subLots)).toBe(false);
  for (const allocation of plan.allocations) index.release(allocation.subLots);
  expect(JSON.stringify(promise(index, line))).toBe(before);
});

test('a machine that is sold out makes what is sold the binding constraint', () => {
  const line = {
    id: 'l',
    itemId: 'i',
    quantity: 60,
    dueMs: 90 * HOUR_MS,
    priority: 2,
    splitAllowed: false,
    minShipment: 1,
  } as const;
  const snapshot: Snapshot = {
    ...network(1),
    nowMs: 0,
    horizonEndMs: 1_000 * HOUR_MS,
    calendars: { round: [{ startMs: 0, endMs: 1_000 * HOUR_MS }] },
    sites: [{ id: 's' }],
    machines: [{ id: 'm', siteId: 's', calendarId: 'round', fixed: [{ startMs: 0, endMs: 50 * HOUR_MS }] }],
    capabilities: [
      {
        id: 'c',
        siteId: 's',
        itemId: 'i',
        state: 'qualified',
        minLot: 1,
        unitCostMinor: 1,
        steps: [{ machineIds: ['m'], setUpMs: 0, msPerPiece: 60_000 }],
      },
    ],
    lines: [],
  };
  const [option] = promise(createPlanIndex(snapshot), line).options;
  expect(option).toMatchObject({ binding: 'committed', inTime: true });
  expect(option?.waitsMs).toMatchObject({ committed: 50 * HOUR_MS, machine: HOUR_MS, calendar: 0 });
  const later = promise(createPlanIndex(snapshot), line, { nowMs: 60 * HOUR_MS }).options[0];
  expect(later?.allocations[0]?.startMs).toBe(60 * HOUR_MS);
});

test('without a capable site there is no option but a reason', () => {
  const snapshot = network(9);
  const line = { ...(snapshot.lines[0] as LineSnapshot), id: 'asked' };
  const capabilities = snapshot.capabilities.map((one) => ({ ...one, state: 'suspended' as const }));
  const answer = promise(createPlanIndex({ ...snapshot, capabilities }), line);
  expect(answer.options).toEqual([]);
  expect(answer.refusals.length).toBeGreaterThan(0);
  for (const { reason } of answer.refusals) expect(reason).toBe('suspended');
});
