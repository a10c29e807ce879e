import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SnapshotFault } from '../fault.ts';
import type { MatchPlan } from '../plan.ts';
import { type OrderFile, orderSnapshot } from '../sample/order-file.ts';
import { sampleSnapshot } from '../sample/sample-network.ts';
import { seededRandom } from '../sample/seeded-random.ts';
import type { LineSnapshot, Snapshot } from '../snapshot.ts';
import { verifyPlan } from '../verify/verify-plan.ts';
import { match } from './match.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function orderFile(name: string): OrderFile {
  return JSON.parse(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8')) as OrderFile;
}

/** Two sites next to each other, one machine each around the clock, one minute a piece; `near` is the cheaper one. */
function twoSites(line: Partial<LineSnapshot>, change: Partial<Snapshot> = {}): Snapshot {
  const site = (id: string, unitCostMinor: number) => ({
    id: `cap-${id}`,
    siteId: id,
    itemId: 'i',
    state: 'qualified' as const,
    minLot: 10,
    unitCostMinor,
    steps: [{ machineIds: [`m-${id}`], setUpMs: 0, msPerPiece: 60_000 }],
  });
  return {
    ...sampleSnapshot({ ...small(1), lines: 0, troubles: 0 }),
    nowMs: 0,
    horizonEndMs: 20 * DAY_MS,
    calendars: { round: [{ startMs: 0, endMs: 20 * DAY_MS }] },
    sites: [{ id: 'far' }, { id: 'near' }],
    machines: ['far', 'near'].map((id) => ({ id: `m-${id}`, siteId: id, calendarId: 'round' })),
    capabilities: [site('far', 200), site('near', 100)],
    transport: { fixedMs: 0, kmPerHour: 50, costMinorPerShipment: 0, costMinorPerKmPer1000Pieces: 0 },
    lines: [
      {
        id: 'l',
        itemId: 'i',
        quantity: 600,
        dueMs: 2 * DAY_MS,
        priority: 2,
        splitAllowed: true,
        minShipment: 1,
        ...line,
      },
    ],
    ...change,
  };
}

/** What is tested holds for any number of rounds. */
const SHORT = { rounds: 400 };

function small(seed: number) {
  return {
    seed,
    sites: 6,
    groupsPerSite: 3,
    machinesPerGroup: 2,
    items: 8,
    routesPerItem: 4,
    lines: 50,
    days: 20,
    load: 0.3 + (seed % 5) * 0.2,
    troubles: (seed % 4) * 0.2,
  };
}

const sitesOf = (plan: MatchPlan): string[] => plan.allocations.map((allocation) => allocation.siteId);

test('every plan of every random network passes the verifier', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
      const snapshot = sampleSnapshot(small(seed));
      expect(verifyPlan(snapshot, match(snapshot, { rounds: 200 }))).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('the same snapshot gives the same bytes, in whatever order its lists are', () => {
  const shuffle = <T>(list: readonly T[]): T[] =>
    seededRandom(99)
      .shuffled(list.length)
      .map((i) => list[i] as T);
  for (const seed of [3, 11, 14]) {
    const snapshot = sampleSnapshot(small(seed));
    const bytes = JSON.stringify(match(snapshot, SHORT));
    expect(JSON.stringify(match(snapshot, SHORT))).toBe(bytes);
    const shuffled = {
      ...snapshot,
      lines: shuffle(snapshot.lines),
      capabilities: shuffle(snapshot.capabilities),
      machines: shuffle(snapshot.machines),
      sites: shuffle(snapshot.sites),
    };
    expect(JSON.stringify(match(shuffled, SHORT))).toBe(bytes);
  }
});

test('every piece is either placed or said to be unplaced with a reason', () => {
  for (const seed of [2, 8, 19]) {
    const snapshot = sampleSnapshot({ ...small(seed), load: 3, troubles: 0.5 });
    const plan = match(snapshot, SHORT);
    const placed = new Map<string, number>();
    for (const { lineId, quantity } of [...plan.allocations, ...plan.unplaced]) {
      placed.set(lineId, (placed.get(lineId) ?? 0) + quantity);
    }
    for (const line of snapshot.lines) expect(placed.get(line.id)).toBe(line.quantity);
    expect(plan.unplaced.length).toBeGreaterThan(0);
    for (const { reasons } of plan.unplaced) expect(reasons.length).toBeGreaterThan(0);
  }
});

test('the objective is the sum of what the allocations and the unplaced cost', () => {
  const snapshot = sampleSnapshot({ ...small(5), troubles: 0 });
  const plan = match(snapshot);
  const sum = plan.allocations.reduce((total, { score }) => {
    return total + score.late + score.tardiness + score.cost + score.distance + score.change;
  }, 0);
  expect(plan.unplaced).toEqual([]);
  expect(Math.abs(sum - plan.summary.objective)).toBeLessThanOrEqual(plan.allocations.length);
});

test('1,000 orders at 70 % load: none late, where the backward script has 27 and frePPLe 21', () => {
  const snapshot = orderSnapshot(orderFile('orders-1000-load70.json'), false);
  const plan = match(snapshot);
  expect(verifyPlan(snapshot, plan)).toEqual([]);
  expect(plan.summary.lateLines).toBe(0);
});

test('improvement never makes a plan worse, and costs nothing where nothing is late', () => {
  for (const seed of [4, 9, 14, 24]) {
    const snapshot = sampleSnapshot(small(seed));
    const constructed = match(snapshot, { rounds: 0 });
    const improved = match(snapshot, { rounds: 500 });
    expect(verifyPlan(snapshot, improved)).toEqual([]);
    expect(improved.summary.objective).toBe(constructed.summary.objective - improved.summary.improvement);
    expect(improved.summary.improvement).toBeGreaterThanOrEqual(0);
  }
});

test('5,000 orders at 95 % load: fewer late than due-date order, and the urgent ones are not those', () => {
  const snapshot = orderSnapshot(orderFile('orders-5000-load95.json'), false);
  const { summary } = match(snapshot, { explain: false });
  expect(summary.lateLines).toBeLessThan(624 / 10);
  expect(summary.lateByPriority[1]).toBe(0);
});

test('a run that is stopped anywhere gives a plan that can really happen, and the same one when it is not', () => {
  const snapshot = sampleSnapshot(small(8));
  const whole = match(snapshot, SHORT);
  let calls = 0;
  const watched = match(snapshot, { ...SHORT, onProgress: () => void calls++ });
  expect(JSON.stringify(watched)).toBe(JSON.stringify(whole));
  expect(calls).toBeGreaterThan(10);
  for (let stopAt = 1; stopAt <= calls; stopAt += Math.ceil(calls / 20)) {
    let call = 0;
    const stopped = match(snapshot, {
      ...SHORT,
      onProgress: () => (++call >= stopAt ? 'stop' : undefined),
    });
    expect(call).toBe(stopAt);
    expect(verifyPlan(snapshot, stopped)).toEqual([]);
    expect(stopped.summary.objective).toBeGreaterThanOrEqual(whole.summary.objective);
  }
});

test('files without orders, without machines or with more work than anybody can do are planned all the same', () => {
  const empty: OrderFile = { now: '2026-01-05T00:00:00', F: 0, M: 0, alts: [], orders: [] };
  expect(match(orderSnapshot(empty, false)).summary).toMatchObject({ lines: 0, lateLines: 0 });
  const odd: OrderFile = {
    ...empty,
    shift: 0,
    F: 1,
    M: 2,
    alts: [[[0, 1]], []],
    orders: [
      [1, 1, -500, 1, 0],
      [2, 400_000, 60, 3, 0],
      [3, 1, 86_400, 2, 1],
    ],
  };
  const snapshot = orderSnapshot(odd, false);
  const plan = match(snapshot);
  expect(verifyPlan(snapshot, plan)).toEqual([]);
  expect(plan.summary.lateLines).toBe(3);
  expect(plan.unplaced).toMatchObject([{ lineId: 'o3', reasons: ['not-capable'] }]);
});

test('the cheaper site that is in time gets the line, and the other learns by how much it lost', () => {
  const plan = match(twoSites({}));
  expect(sitesOf(plan)).toEqual(['near']);
  expect(plan.refusals[0]?.sites).toEqual([
    { siteId: 'far', capabilityId: 'cap-far', reason: 'higher-score', lateMs: 0, scoreDelta: 60_000 },
  ]);
});

test('a line too large for one site is split, in time, or not at all when that is not allowed', () => {
  const plan = match(twoSites({ quantity: 4_000 }));
  expect(plan.allocations).toHaveLength(2);
  expect(plan.summary.lateLines).toBe(0);
  const whole = match(twoSites({ quantity: 4_000, splitAllowed: false }));
  expect(whole.allocations).toHaveLength(1);
  expect(whole.summary.lateLines).toBe(1);
});

test('a lock on a site is kept against the cheaper one', () => {
  const plan = match(twoSites({ locks: [{ kind: 'site', siteId: 'far' }] }));
  expect(plan.allocations[0]).toMatchObject({ siteId: 'far', lock: 'site', origin: 'operator' });
  expect(plan.refusals[0]?.sites[0]).toMatchObject({ siteId: 'near', reason: 'locked-elsewhere' });
});

test('a lock on a quantity puts exactly so much there and the rest where it is best', () => {
  const plan = match(twoSites({ locks: [{ kind: 'quantity', siteId: 'far', quantity: 150 }] }));
  const bySite = Object.fromEntries(plan.allocations.map((one) => [one.siteId, one.quantity]));
  expect(bySite).toEqual({ far: 150, near: 450 });
});

test('a date that is locked and cannot be kept leaves the line unplaced rather than late', () => {
  const plan = match(twoSites({ splitAllowed: false, locks: [{ kind: 'date', dateMs: HOUR_MS }] }));
  expect(plan.allocations).toEqual([]);
  expect(plan.unplaced[0]?.reasons).toEqual(['no-capacity-by-date']);
});

test('hard reasons come before scores: suspended, not qualified, below the minimum lot, not capable', () => {
  const snapshot = twoSites({ quantity: 5 });
  expect(match(snapshot).unplaced[0]?.reasons).toEqual(['below-minimum-lot']);
  const suspended = { ...snapshot, sites: [{ id: 'far' }, { id: 'near', suspended: true }] };
  expect(match(suspended).refusals[0]?.sites[0]).toMatchObject({ siteId: 'near', reason: 'suspended' });
  const applied = snapshot.capabilities.map((one) => ({ ...one, state: 'applied' as const }));
  expect(match({ ...snapshot, capabilities: applied }).unplaced[0]?.reasons).toEqual(['not-qualified']);
  expect(match({ ...snapshot, capabilities: [] }).unplaced[0]?.reasons).toEqual(['not-capable']);
});

test('leaving a site that was already told costs more than a small saving', () => {
  const told = twoSites({ quantity: 100, previous: [{ siteId: 'far', quantity: 100 }] });
  expect(sitesOf(match(told))).toEqual(['far']);
  const plan = match({ ...told, weights: { ...told.weights, changePerLine: 100 } });
  expect(sitesOf(plan)).toEqual(['near']);
  expect(plan.summary.changedLines).toBe(1);
});

test('nothing starts before the fence, before the line may start, or on what is fixed or blocked', () => {
  const busy = [{ startMs: 0, endMs: DAY_MS }];
  const snapshot = twoSites(
    { splitAllowed: false, dueMs: DAY_MS, earliestMs: 5 * HOUR_MS },
    { fenceMs: 3 * HOUR_MS },
  );
  expect(match(snapshot).allocations[0]?.startMs).toBeGreaterThanOrEqual(5 * HOUR_MS);
  const machines = snapshot.machines.map((machine) => ({
    ...machine,
    fixed: machine.id === 'm-near' ? busy : [],
    blocked:
      machine.id === 'm-far'
        ? [{ ...busy[0], startMs: 0, endMs: 2 * DAY_MS, kind: 'breakdown' as const }]
        : [],
  }));
  const plan = match({ ...snapshot, machines });
  expect(plan.allocations[0]).toMatchObject({ siteId: 'near', startMs: DAY_MS });
  expect(verifyPlan({ ...snapshot, machines }, plan)).toEqual([]);
});

test('safety time is kept where there is room, given up where there is none, and arriving within it is not late', () => {
  const arrive = (dueMs: number): number => {
    const plan = match(twoSites({ dueMs }, { safetyMs: 12 * HOUR_MS }));
    expect(plan.summary.lateLines).toBe(0);
    return plan.allocations[0]?.arriveMs ?? 0;
  };
  expect(arrive(2 * DAY_MS)).toBe(2 * DAY_MS - 12 * HOUR_MS);
  expect(arrive(15 * HOUR_MS)).toBe(15 * HOUR_MS);
});

test('a large quantity is spread over the machines of a group only when one is too slow', () => {
  const base = twoSites({});
  const group = {
    machines: ['a', 'b', 'c', 'd'].map((id) => ({ id, siteId: 'near', calendarId: 'round' })),
    capabilities: [
      {
        ...base.capabilities[1],
        steps: [{ machineIds: ['a', 'b', 'c', 'd'], setUpMs: 60_000, msPerPiece: 60_000 }],
      },
    ],
  } as Partial<Snapshot>;
  const lots = (dueMs: number): number => {
    const snapshot = twoSites({ dueMs }, group);
    const plan = match(snapshot);
    expect(verifyPlan(snapshot, plan)).toEqual([]);
    expect(plan.summary.lateLines).toBe(0);
    return plan.allocations[0]?.subLots.length ?? 0;
  };
  expect(lots(11 * HOUR_MS)).toBe(1);
  expect(lots(6 * HOUR_MS)).toBe(2);
  expect(lots(3 * HOUR_MS)).toBe(4);
});

test('a snapshot that contradicts itself is refused with the contradictions', () => {
  const snapshot = twoSites({ quantity: -1 });
  const machines = snapshot.machines.map((machine) => ({ ...machine, calendarId: 'none' }));
  expect(() => match({ ...snapshot, machines })).toThrow(SnapshotFault);
  expect(() => match({ ...snapshot, machines })).toThrow(/unknown calendar none/);
});
