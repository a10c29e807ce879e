import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleSnapshot } from '../sample/sample-network.ts';
import type { Snapshot } from '../snapshot.ts';
import { verifyPlan } from '../verify/verify-plan.ts';
import { match } from './match.ts';
import { replan } from './replan.ts';

const DAY_MS = 86_400_000;

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
  return sampleSnapshot({ ...options, seed, load: 0.6, troubles: 0.2 });
}

function breakMachine(snapshot: Snapshot, machineId: string): Snapshot {
  const startMs = snapshot.nowMs + DAY_MS;
  const breakdown = { startMs, endMs: startMs + 4 * DAY_MS, kind: 'breakdown' } as const;
  return {
    ...snapshot,
    machines: snapshot.machines.map((machine) =>
      machine.id === machineId ? { ...machine, blocked: [...(machine.blocked ?? []), breakdown] } : machine,
    ),
  };
}

test('after a breakdown only what stood in it moves, and the whole is feasible again', () => {
  let moved = 0;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.nat(1_000), (seed, pick) => {
      const snapshot = network(seed);
      const plan = match(snapshot, { explain: false, rounds: 50 });
      const lots = plan.allocations.flatMap((allocation) => allocation.subLots);
      const machineId = lots[pick % lots.length]?.machineId ?? '';
      const broken = breakMachine(snapshot, machineId);
      const { kept, moves, plan: rest } = replan(broken, plan.allocations);
      const allocations = [...kept, ...rest.allocations];
      expect(verifyPlan(broken, { allocations, unplaced: rest.unplaced })).toEqual([]);
      for (const allocation of kept) expect(plan.allocations).toContain(allocation);
      for (const { from } of moves) {
        const stood = from.some(({ subLots }) => subLots.some((lot) => lot.machineId === machineId));
        expect(stood || from.length === 0).toBe(true);
      }
      for (const { cause, machineIds, from, to, laterMs } of moves) {
        const isHit = cause === 'blocked' && machineIds.length > 0;
        expect(isHit || (cause === 'open' && from.length === 0)).toBe(true);
        expect(laterMs === undefined).toBe(from.length === 0 || to.length === 0);
      }
      moved += moves.length;
    }),
    { numRuns: 30 },
  );
  expect(moved).toBeGreaterThan(0);
});

test('without a disturbance nothing moves', () => {
  const snapshot = network(3);
  const plan = match(snapshot, { explain: false, rounds: 50 });
  const { kept, moves } = replan(snapshot, plan.allocations);
  expect(kept).toEqual(plan.allocations);
  const unplaced = new Set(plan.unplaced.map((rest) => rest.lineId));
  for (const move of moves) expect(unplaced.has(move.lineId)).toBe(true);
});

test('a named line is taken away as a whole and placed again', () => {
  const snapshot = network(3);
  const plan = match(snapshot, { explain: false, rounds: 50 });
  const lineId = plan.allocations[0]?.lineId ?? '';
  const { moves, kept } = replan(snapshot, plan.allocations, { lineIds: [lineId] });
  expect(moves.map((move) => move.lineId)).toContain(lineId);
  expect(kept.some((allocation) => allocation.lineId === lineId)).toBe(false);
});
