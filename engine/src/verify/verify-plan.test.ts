import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { match } from '../matching/match.ts';
import type { Allocation, SubLot } from '../plan.ts';
import { sampleSnapshot } from '../sample/sample-network.ts';
import type { CapabilitySnapshot, LineSnapshot, Snapshot } from '../snapshot.ts';
import { verifyPlan } from './verify-plan.ts';
import type { ViolationCode } from './violation.ts';

const HOUR_MS = 3_600_000;

function network(seed: number): Snapshot {
  const options = {
    sites: 5,
    groupsPerSite: 3,
    machinesPerGroup: 2,
    items: 6,
    routesPerItem: 4,
    lines: 40,
    days: 20,
  };
  return sampleSnapshot({ ...options, seed, load: 0.8, troubles: 0.2 });
}

type Mutation = (allocation: Allocation, snapshot: Snapshot) => Partial<Allocation>;

function lots(allocation: Allocation, change: (lot: SubLot) => Partial<SubLot>): Partial<Allocation> {
  return { subLots: allocation.subLots.map((lot, i) => (i === 0 ? { ...lot, ...change(lot) } : lot)) };
}

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'longer than the work': (one) => lots(one, (lot) => ({ endMs: lot.endMs + 1 })),
  'shorter than the work': (one) => lots(one, (lot) => ({ endMs: lot.endMs - 1 })),
  'on another machine': (one) => lots(one, () => ({ machineId: 'elsewhere' })),
  'one piece less': (one) => lots(one, (lot) => ({ quantity: lot.quantity - 1 })),
  'without set-up': (one) => lots(one, (lot) => ({ setUpMs: lot.setUpMs + 1 })),
  'in a step that does not exist': (one) => lots(one, () => ({ stepIndex: 9 })),
  'a sub-lot lost': (one) => ({ subLots: one.subLots.slice(1) }),
  'a sub-lot twice': (one) => ({ subLots: [...one.subLots, ...one.subLots.slice(0, 1)] }),
  'more than the line': (one) => ({ quantity: one.quantity + 1 }),
  'of another item': (one, snapshot) => ({
    capabilityId:
      snapshot.capabilities.find((other) => !other.id.startsWith(one.capabilityId.split('.')[0] ?? ''))?.id ??
      '',
  }),
  'at another site': () => ({ siteId: 'nowhere' }),
  'for another line': () => ({ lineId: 'nobody' }),
  'arrives as if there were no way': (one) => ({ arriveMs: one.finishMs }),
  'claims to be in time': (one) => ({ lateMs: one.lateMs + 1 }),
  'finishes on paper earlier': (one) => ({ finishMs: one.finishMs - 1 }),
  'starts on paper later': (one) => ({ startMs: one.startMs + 1 }),
  'shifted as a whole into the past': (one) => {
    const back = 400 * 24 * HOUR_MS;
    const shifted = one.subLots.map((lot) => ({
      ...lot,
      startMs: lot.startMs - back,
      endMs: lot.endMs - back,
    }));
    return {
      subLots: shifted,
      startMs: one.startMs - back,
      finishMs: one.finishMs - back,
      arriveMs: one.arriveMs - back,
    };
  },
};

test('a plan that was altered anywhere is caught', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.nat(1_000),
      fc.constantFrom(...Object.keys(MUTATIONS)),
      (seed, pick, name) => {
        const snapshot = network(seed);
        const plan = match(snapshot, { explain: false, rounds: 50 });
        expect(verifyPlan(snapshot, plan)).toEqual([]);
        const at = pick % plan.allocations.length;
        const victim = plan.allocations[at] as Allocation;
        const changed = { ...victim, ...MUTATIONS[name]?.(victim, snapshot) };
        const allocations = plan.allocations.map((one, i) => (i === at ? changed : one));
        expect(verifyPlan(snapshot, { ...plan, allocations }).length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 120 },
  );
});

test('a world that changed under the plan is caught, each change by its name', () => {
  const snapshot = network(6);
  const plan = match({ ...snapshot, lines: snapshot.lines.map((line) => ({ ...line, locks: [] })) });
  const one = plan.allocations.find((allocation) => allocation.subLots.length > 1) as Allocation;
  const lot = one.subLots[0] as SubLot;
  const span = { startMs: lot.startMs, endMs: lot.startMs + 1 };
  const line = (change: Partial<LineSnapshot>): Snapshot => ({
    ...snapshot,
    lines: snapshot.lines.map((old) => ({ ...old, locks: [], ...(old.id === one.lineId ? change : {}) })),
  });
  const capability = (change: Partial<CapabilitySnapshot>): Snapshot => ({
    ...line({}),
    capabilities: snapshot.capabilities.map((old) =>
      old.id === one.capabilityId ? { ...old, ...change } : old,
    ),
  });
  const machine = (change: object): Snapshot => ({
    ...line({}),
    machines: snapshot.machines.map((old) => (old.id === lot.machineId ? { ...old, ...change } : old)),
  });
  const codes = (world: Snapshot): ViolationCode[] => verifyPlan(world, plan).map((found) => found.code);
  expect(codes(line({}))).toEqual([]);
  expect(codes(machine({ blocked: [{ ...span, kind: 'breakdown' }] }))).toContain('blocked');
  expect(codes(machine({ fixed: [span] }))).toContain('overlap');
  expect(codes({ ...line({}), fenceMs: one.startMs + 1 })).toContain('fence');
  expect(codes(line({ earliestMs: one.startMs + 1 }))).toContain('earliest');
  expect(codes({ ...line({}), horizonEndMs: one.finishMs - 1 })).toContain('horizon');
  expect(codes(capability({ minLot: one.quantity + 1 }))).toContain('minimum-lot');
  expect(codes(capability({ state: 'applied' }))).toContain('not-qualified');
  expect(codes(line({ locks: [{ kind: 'site', siteId: 'other' }] }))).toContain('lock');
  expect(codes(line({ locks: [{ kind: 'date', dateMs: one.arriveMs - 1 }] }))).toContain('lock');
  const suspended = snapshot.sites.map((site) => ({ ...site, suspended: site.id === one.siteId }));
  expect(codes({ ...line({}), sites: suspended })).toContain('suspended');
  const first = {
    ...one.subLots.at(-1),
    startMs: (one.subLots.at(-1)?.startMs ?? 0) - 10 * HOUR_MS,
  } as SubLot;
  const early = { ...one, subLots: [...one.subLots.slice(0, -1), first] };
  const allocations = plan.allocations.map((old) => (old === one ? early : old));
  expect(verifyPlan(line({}), { ...plan, allocations }).length).toBeGreaterThan(0);
});

test('steps in the wrong order, splits that are not allowed and parts too small are caught', () => {
  const snapshot = network(12);
  const plan = match(snapshot, { explain: false, rounds: 50 });
  const codes = (world: Snapshot, allocations: readonly Allocation[]): ViolationCode[] =>
    verifyPlan(world, { allocations, unplaced: plan.unplaced }).map((found) => found.code);
  const staged = plan.allocations.find(
    (one) => new Set(one.subLots.map((lot) => lot.stepIndex)).size > 1,
  ) as Allocation;
  const steps = staged.subLots.map((lot) => lot.stepIndex);
  const swapped = {
    ...staged,
    subLots: staged.subLots.map((lot) => ({ ...lot, stepIndex: Math.max(...steps) - lot.stepIndex })),
  };
  const world = {
    ...snapshot,
    capabilities: snapshot.capabilities.map((old) =>
      old.id === staged.capabilityId ? { ...old, steps: [...old.steps].reverse() } : old,
    ),
  };
  expect(
    codes(
      world,
      plan.allocations.map((one) => (one === staged ? swapped : one)),
    ),
  ).toContain('precedence');
  const counts = new Map<string, number>();
  for (const { lineId } of plan.allocations) counts.set(lineId, (counts.get(lineId) ?? 0) + 1);
  const split = [...counts].find(([id, count]) => {
    return count > 1 && !snapshot.lines.find((line) => line.id === id)?.locks?.length;
  })?.[0];
  const change = (patch: Partial<LineSnapshot>): Snapshot => ({
    ...snapshot,
    lines: snapshot.lines.map((line) => (line.id === split ? { ...line, ...patch } : line)),
  });
  expect(codes(change({ splitAllowed: false }), plan.allocations)).toContain('split');
  expect(codes(change({ minShipment: 1_000_000 }), plan.allocations)).toContain('minimum-shipment');
});

test('the verifier shares no code with the solvers', () => {
  const imports = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => readFileSync(`${import.meta.dirname}/${file}`, 'utf8').match(/^import .*/gm) ?? []);
  expect(imports.length).toBeGreaterThan(3);
  for (const line of imports)
    expect(line).toMatch(/^import type |'\.\/(violation|line-rules|schedule-[a-z]+)\.ts'/);
});
