import fc from 'fast-check';
import { expect, test } from 'vitest';
import { match } from '../matching/match.ts';
import type { Allocation, MatchPlan, SubLot } from '../plan.ts';
import { sampleSnapshot } from '../sample/sample-network.ts';
import type { LineLock, LineSnapshot, Snapshot } from '../snapshot.ts';
import { verifyPlan } from './verify-plan.ts';
import type { ViolationCode } from './violation.ts';

interface Case {
  readonly snapshot: Snapshot;
  readonly plan: Pick<MatchPlan, 'allocations' | 'unplaced'>;
  /** The allocation that the mutation is about. */
  readonly one: Allocation;
}

type Mutation = (of: Case) => Partial<Case>;

function line(change: (line: LineSnapshot, one: Allocation) => Partial<LineSnapshot>): Mutation {
  return ({ snapshot, one }) => ({
    snapshot: {
      ...snapshot,
      lines: snapshot.lines.map((old) => (old.id === one.lineId ? { ...old, ...change(old, one) } : old)),
    },
  });
}

function part(change: (one: Allocation) => Partial<Allocation>): Mutation {
  return ({ plan, one }) => ({
    plan: {
      ...plan,
      allocations: plan.allocations.map((old) => (old === one ? { ...old, ...change(old) } : old)),
    },
  });
}

function capability(change: (one: Allocation) => object): Mutation {
  return ({ snapshot, one }) => ({
    snapshot: {
      ...snapshot,
      capabilities: snapshot.capabilities.map((old) =>
        old.id === one.capabilityId ? { ...old, ...change(one) } : old,
      ),
    },
  });
}

function machine(change: (lot: SubLot) => object): Mutation {
  return ({ snapshot, one }) => {
    const lot = one.subLots[0] as SubLot;
    const machines = snapshot.machines.map((old) =>
      old.id === lot.machineId ? { ...old, ...change(lot) } : old,
    );
    return { snapshot: { ...snapshot, machines } };
  };
}

function locked(lockOf: (one: Allocation) => LineLock): Mutation {
  return line((_, one) => ({ locks: [lockOf(one)] }));
}

const instant = ({ startMs }: SubLot) => ({ startMs, endMs: startMs + 1 });

/** At least one mutation for every kind of violation: the compiler asks for new ones. */
const MUTATIONS: Readonly<Record<ViolationCode, readonly Mutation[]>> = {
  'unknown-line': [part(() => ({ lineId: 'nobody' }))],
  'not-capable': [
    part(() => ({ capabilityId: 'nothing' })),
    part(() => ({ siteId: 'nowhere' })),
    line(() => ({ itemId: 'else' })),
    capability(() => ({ siteId: 'nowhere' })),
    part(({ subLots }) => ({ subLots: subLots.map((lot) => ({ ...lot, stepIndex: lot.stepIndex + 9 })) })),
    part(({ subLots }) => ({ subLots: subLots.map((lot) => ({ ...lot, machineId: 'elsewhere' })) })),
  ],
  'not-qualified': [capability(() => ({ state: 'applied' })), capability(() => ({ state: 'suspended' }))],
  suspended: [
    ({ snapshot, one }) => ({
      snapshot: {
        ...snapshot,
        sites: snapshot.sites.map((site) => (site.id === one.siteId ? { ...site, suspended: true } : site)),
      },
    }),
  ],
  declined: [line((_, { siteId }) => ({ declinedSiteIds: ['other', siteId] }))],
  quantity: [
    line(({ quantity }) => ({ quantity: quantity + 1 })),
    part(({ quantity }) => ({ quantity: quantity - 1 })),
    part(({ subLots }) => ({ subLots: subLots.slice(1) })),
    ({ plan, one }) => ({
      plan: { ...plan, unplaced: [...plan.unplaced, { lineId: one.lineId, quantity: 5, reasons: [] }] },
    }),
    ({ plan, one }) => ({ plan: { ...plan, allocations: plan.allocations.filter((old) => old !== one) } }),
  ],
  'minimum-lot': [capability(({ quantity }) => ({ minLot: quantity + 1 }))],
  'minimum-shipment': [
    ({ snapshot, plan }) => ({
      snapshot: { ...snapshot, lines: snapshot.lines.map((old) => ({ ...old, minShipment: 1e9 })) },
      plan: split(plan),
    }),
  ],
  split: [
    ({ snapshot, plan }) => ({
      snapshot: { ...snapshot, lines: snapshot.lines.map((old) => ({ ...old, splitAllowed: false })) },
      plan: split(plan),
    }),
  ],
  precedence: [
    part(({ subLots }) => {
      const last = Math.max(...subLots.map(({ stepIndex }) => stepIndex));
      return { subLots: subLots.map((lot) => ({ ...lot, stepIndex: last - lot.stepIndex })) };
    }),
  ],
  calendar: [
    machine(() => ({ calendarId: 'none' })),
    part(({ subLots }) => ({ subLots: subLots.map((lot) => ({ ...lot, endMs: lot.endMs + 1 })) })),
    part(({ subLots }) => ({ subLots: subLots.map((lot) => ({ ...lot, startMs: lot.startMs - 1 })) })),
  ],
  overlap: [
    machine((lot) => ({ fixed: [instant(lot)] })),
    ({ plan, one }) => ({ plan: { ...plan, allocations: [...plan.allocations, one] } }),
  ],
  blocked: [machine((lot) => ({ blocked: [{ ...instant(lot), kind: 'breakdown' }] }))],
  fence: [
    ({ snapshot, one }) => ({ snapshot: { ...snapshot, fenceMs: one.startMs + 1 } }),
    ({ snapshot, one }) => ({ snapshot: { ...snapshot, nowMs: one.startMs + 1 } }),
  ],
  earliest: [line((_, { startMs }) => ({ earliestMs: startMs + 1 }))],
  horizon: [({ snapshot, one }) => ({ snapshot: { ...snapshot, horizonEndMs: one.finishMs - 1 } })],
  arithmetic: [
    part(({ arriveMs }) => ({ arriveMs: arriveMs - 1 })),
    part(({ lateMs }) => ({ lateMs: lateMs + 1 })),
    part(({ startMs }) => ({ startMs: startMs + 1 })),
    part(({ finishMs }) => ({ finishMs: finishMs + 1 })),
    part(({ costMinor }) => ({ costMinor: costMinor - 2 })),
    part(({ distanceKm }) => ({ distanceKm: distanceKm + 2 })),
    part(({ subLots }) => ({ subLots: subLots.map((lot) => ({ ...lot, setUpMs: lot.setUpMs + 1 })) })),
  ],
  lock: [
    locked(() => ({ kind: 'site', siteId: 'other' })),
    locked(({ arriveMs }) => ({ kind: 'date', dateMs: arriveMs - 1 })),
    ({ snapshot, plan, one }) => ({
      ...line((_, { siteId, quantity }) => ({
        locks: [{ kind: 'quantity', siteId, quantity: Math.max(1, quantity - 1) }],
      }))({ snapshot, plan, one }),
      ...part(() => ({ lock: 'quantity' }))({ snapshot, plan, one }),
    }),
  ],
};

/** The same pieces, told as two parts. */
function split({ allocations, unplaced }: Case['plan']): Case['plan'] {
  return { unplaced, allocations: allocations.flatMap((one) => [one, one]) };
}

test('every kind of violation is found and named, in any plan, for any line', () => {
  const codes = Object.keys(MUTATIONS) as ViolationCode[];
  const mutations = codes.flatMap((code) => MUTATIONS[code].map((mutate) => ({ code, mutate })));
  const size = {
    sites: 4,
    groupsPerSite: 3,
    machinesPerGroup: 2,
    items: 5,
    routesPerItem: 4,
    lines: 20,
    days: 20,
  };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(1_000), (seed, pick) => {
      const snapshot = sampleSnapshot({ ...size, seed, load: 0.5, troubles: 0 });
      const plan = match(snapshot, { explain: false, rounds: 20 });
      expect(verifyPlan(snapshot, plan)).toEqual([]);
      // Several steps and more than one piece, so that every mutation has something to bite.
      const able = plan.allocations.filter(
        ({ subLots, quantity }) => quantity > 1 && (subLots.at(-1)?.stepIndex ?? 0) > 0,
      );
      const one = able[pick % able.length];
      if (!one) return;
      for (const { code, mutate } of mutations) {
        const mutated = { snapshot, plan, one, ...mutate({ snapshot, plan, one }) };
        const found = verifyPlan(mutated.snapshot, mutated.plan).map((violation) => violation.code);
        expect(found, `${code} of ${one.lineId}`).toContain(code);
      }
    }),
    { numRuns: 25 },
  );
});
