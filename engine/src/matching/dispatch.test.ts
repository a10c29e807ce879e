import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleSnapshot } from '../sample/sample-network.ts';
import type { Snapshot } from '../snapshot.ts';
import { verifyPlan } from '../verify/verify-plan.ts';
import { toAllocations } from './allocations.ts';
import { DISPATCH_RULES, dispatch } from './dispatch.ts';
import { EventHeap } from './event-heap.ts';
import { createLineJobs } from './job.ts';
import { level } from './level.ts';
import { createModel, createTimelines } from './model.ts';
import { Pulse } from './pulse.ts';

function network(seed: number): Snapshot {
  const size = { sites: 6, groupsPerSite: 3, machinesPerGroup: 2, items: 8, routesPerItem: 4, lines: 50 };
  return sampleSnapshot({ ...size, seed, days: 20, load: 0.3 + (seed % 5) * 0.2, troubles: 0.2 });
}

test('what is dispatched can really happen, and every piece is placed or named', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom(...DISPATCH_RULES), (seed, rule) => {
      const snapshot = network(seed);
      const model = createModel(snapshot);
      const lines = snapshot.lines.map((line) => createLineJobs(model, line));
      const timelines = createTimelines(model);
      const pulse = new Pulse(undefined);
      const draft = dispatch(model, lines, timelines, level(model, lines, timelines, pulse), rule, pulse);
      const allocations = (draft?.parts ?? []).flatMap((parts) => toAllocations(parts, snapshot.weights));
      const unplaced = lines.map(({ line }, i) => {
        const placed = (draft?.parts[i] ?? []).reduce((sum, part) => sum + part.quantity, 0);
        return { lineId: line.id, quantity: line.quantity - placed, reasons: [] };
      });
      expect(verifyPlan(snapshot, { allocations, unplaced })).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test('levelling uses the dearer site as soon as the cheap one would be overfull, and not before', () => {
  const hour = 3_600_000;
  const snapshot = network(1);
  const site = (id: string, unitCostMinor: number) => ({
    id,
    siteId: id,
    itemId: 'i',
    state: 'qualified' as const,
    minLot: 1,
    unitCostMinor,
    steps: [{ machineIds: [`m-${id}`], setUpMs: 0, msPerPiece: hour }],
  });
  const sent = (count: number): string[] => {
    const world: Snapshot = {
      ...snapshot,
      nowMs: 0,
      horizonEndMs: 1_000 * hour,
      calendars: { round: [{ startMs: 0, endMs: 1_000 * hour }] },
      sites: [{ id: 'cheap' }, { id: 'dear' }],
      machines: ['cheap', 'dear'].map((id) => ({ id: `m-${id}`, siteId: id, calendarId: 'round' })),
      capabilities: [site('cheap', 1), site('dear', 100)],
      lines: Array.from({ length: count }, (_, i) => ({
        id: `l${i}`,
        itemId: 'i',
        quantity: 10,
        dueMs: 100 * hour,
        priority: 2 as const,
        splitAllowed: false,
        minShipment: 1,
      })),
    };
    const model = createModel(world);
    const lines = world.lines.map((line) => createLineJobs(model, line));
    const levelled = level(model, lines, createTimelines(model), new Pulse(undefined));
    return levelled.map(({ candidate }) => candidate.route.site.id);
  };
  expect(sent(4)).toEqual(['cheap', 'cheap', 'cheap', 'cheap']);
  const many = sent(18);
  expect(many.filter((id) => id === 'cheap').length).toBeLessThanOrEqual(10);
  expect(many.filter((id) => id === 'dear').length).toBeLessThanOrEqual(10);
});

test('events come back in order of time, and in order of arrival among equals', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { maxLength: 60 }), (times) => {
      const heap = new EventHeap();
      times.forEach((time, i) => {
        heap.push(time, i);
      });
      const got: number[] = [];
      while (heap.size > 0) got.push(heap.pop());
      const expected = times.map((_, i) => i).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
      expect(got).toEqual(expected);
    }),
  );
});
