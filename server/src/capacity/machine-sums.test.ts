import { type CapacityMachine, capacityBuckets, type Interval } from '@millrace/engine';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sumMachines } from './machine-sums.ts';
import { createSlices, SLICE_MACHINES } from './slices.ts';

const spans = fc.array(
  fc
    .tuple(fc.nat(90), fc.integer({ min: 1, max: 30 }))
    .map(([startMs, length]): Interval => ({ startMs, endMs: startMs + length })),
  { maxLength: 4 },
);
const calendars = [
  [{ startMs: 0, endMs: 120 }],
  [
    { startMs: 10, endMs: 30 },
    { startMs: 40, endMs: 55 },
    { startMs: 80, endMs: 110 },
  ],
];
const buckets = [
  { startMs: 0, endMs: 40 },
  { startMs: 40, endMs: 120 },
  { startMs: 20, endMs: 90 },
];

test('the sum over many machines is the same as each counted by itself', async () => {
  const machine = fc.record({ calendar: fc.nat(1), blocked: spans, reserved: spans });
  await fc.assert(
    fc.asyncProperty(fc.array(machine, { maxLength: 12 }), fc.nat(120), async (rows, now) => {
      const machines = rows.map((row, i) => ({ ...row, id: String(i) }));
      const windowsFor = ({ calendar }: { calendar: number }): readonly Interval[] =>
        calendars[calendar] ?? [];
      const taken = {
        blocked: new Map(machines.map(({ id, blocked }) => [id, blocked])),
        reserved: new Map(machines.map(({ id, reserved }) => [id, reserved])),
      };
      const sums = await sumMachines(machines, windowsFor, taken, buckets, now, createSlices());
      const alone = machines.map((row): CapacityMachine => {
        const past = row.reserved.map(({ startMs, endMs }) => ({ startMs, endMs: Math.min(endMs, now) }));
        const ahead = row.reserved.map(({ startMs, endMs }) => ({ startMs: Math.max(startMs, now), endMs }));
        return {
          windows: windowsFor(row),
          unattainable: row.blocked,
          committed: ahead,
          // A machine that stood still was not used, whatever was planned.
          used: past.flatMap((span) => minus(span, row.blocked)),
        };
      });
      expect(sums).toEqual(capacityBuckets(alone, buckets, now));
    }),
  );
});

/** Millisecond by millisecond: slow and obvious. */
function minus({ startMs, endMs }: Interval, holes: readonly Interval[]): Interval[] {
  const rest: Interval[] = [];
  for (let at = startMs; at < endMs; at++) {
    if (!holes.some((hole) => hole.startMs <= at && at < hole.endMs))
      rest.push({ startMs: at, endMs: at + 1 });
  }
  return rest;
}

test('other work gets its turn while a large network is added up', async () => {
  const machines = Array.from({ length: SLICE_MACHINES * 4 }, (_, i) => ({ id: String(i) }));
  const windows = [{ startMs: 0, endMs: 10 }];
  let turns = 0;
  let summing = true;
  const count = (): void => {
    if (!summing) return;
    turns++;
    setImmediate(count);
  };
  setImmediate(count);
  const none = { blocked: new Map(), reserved: new Map() };
  const [sum] = await sumMachines(
    machines,
    () => windows,
    none,
    [{ startMs: 0, endMs: 10 }],
    0,
    createSlices(),
  );
  summing = false;
  expect(sum?.availableMs).toBe(10 * machines.length);
  expect(turns).toBeGreaterThanOrEqual(4);
});
