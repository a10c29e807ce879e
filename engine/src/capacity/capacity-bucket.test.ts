import fc from 'fast-check';
import { expect, test } from 'vitest';
import { calendarWindows, localDay, localDays } from '../calendar/shift-calendar.ts';
import { clip, durationMs, type Interval } from '../interval/interval.ts';
import { type CapacityMachine, capacityBuckets, piecesIn } from './capacity-bucket.ts';

const intervals = fc.array(
  fc
    .tuple(fc.nat(90), fc.nat(30))
    .map(([startMs, length]): Interval => ({ startMs, endMs: startMs + length })),
  { maxLength: 5 },
);
const machine: fc.Arbitrary<CapacityMachine> = fc.record({
  windows: intervals,
  unattainable: intervals,
  committed: intervals,
  used: intervals,
});
const buckets = [0, 40, 80].map((startMs) => ({ startMs, endMs: startMs + 40 }));

test('the classes of every bucket add up to its total and none is negative', () => {
  fc.assert(
    fc.property(fc.array(machine, { maxLength: 4 }), fc.nat(120), (machines, nowMs) => {
      for (const bucket of capacityBuckets(machines, buckets, nowMs)) {
        const classes = [bucket.usedMs, bucket.committedMs, bucket.unattainableMs, bucket.availableMs];
        for (const ms of classes) expect(ms).toBeGreaterThanOrEqual(0);
        expect(classes.reduce((sum, ms) => sum + ms, 0)).toBe(bucket.totalMs);
        expect(bucket.endangeredMs).toBeLessThanOrEqual(bucket.unattainableMs);
      }
    }),
  );
});

test('buckets that cover everything hold all machine time, in whatever order machines come', () => {
  fc.assert(
    fc.property(fc.array(machine, { maxLength: 4 }), fc.nat(120), (machines, nowMs) => {
      const rows = capacityBuckets(machines, buckets, nowMs);
      const total = machines.reduce((sum, one) => sum + durationMs(one.windows), 0);
      expect(rows.reduce((sum, row) => sum + row.totalMs, 0)).toBe(total);
      expect(capacityBuckets([...machines].reverse(), buckets, nowMs)).toEqual(rows);
    }),
  );
});

test('reserving never adds to what can be sold', () => {
  fc.assert(
    fc.property(machine, intervals, (one, more) => {
      const before = capacityBuckets([one], buckets, 0);
      const after = capacityBuckets([{ ...one, committed: [...one.committed, ...more] }], buckets, 0);
      after.forEach((row, i) => {
        expect(row.availableMs).toBeLessThanOrEqual(before[i]?.availableMs ?? -1);
      });
    }),
  );
});

test('the past cannot be sold, and committed work on a broken machine is endangered', () => {
  const windows = [{ startMs: 0, endMs: 40 }];
  const [past] = capacityBuckets([{ windows, unattainable: [], committed: [], used: [] }], buckets, 30);
  expect(past).toMatchObject({ availableMs: 10, unattainableMs: 30 });
  const span = [{ startMs: 10, endMs: 20 }];
  const [broken] = capacityBuckets([{ windows, unattainable: span, committed: span, used: [] }], buckets, 0);
  expect(broken).toMatchObject({ committedMs: 0, unattainableMs: 10, endangeredMs: 10, availableMs: 30 });
  expect(piecesIn(3_600_000, 59.9)).toBe(59);
});

test('days on which the clock changes have 23 and 25 hours, and the hours of a month add up all the same', () => {
  const fromMs = Date.parse('2026-03-15T00:00:00Z');
  const untilMs = Date.parse('2026-11-15T00:00:00Z');
  const zone = 'Europe/Berlin';
  const weekly = ([1, 2, 3, 4, 5, 6, 7] as const).map((weekday) => ({ weekday, from: '00:00', to: '24:00' }));
  const windows = calendarWindows({ weekly, exceptions: [] }, zone, fromMs, untilMs);
  const days = localDays(fromMs, untilMs, zone);
  const machines = [{ windows, unattainable: [], committed: [], used: [] }];
  const rows = capacityBuckets(machines, days, fromMs);
  const hoursOf = (day: string): number => {
    const { startMs } = localDay(day, zone);
    return (rows.find((row) => row.startMs === startMs)?.totalMs ?? 0) / 3_600_000;
  };
  expect(hoursOf('2026-03-28')).toBe(24);
  expect(hoursOf('2026-03-29')).toBe(23);
  expect(hoursOf('2026-10-25')).toBe(25);
  const total = rows.reduce((sum, row) => sum + row.totalMs, 0);
  expect(total).toBe(
    durationMs(clip(windows, { startMs: days[0]?.startMs ?? 0, endMs: days.at(-1)?.endMs ?? 0 })),
  );
});

test('splitting a bucket splits its hours: nothing is counted twice or lost', () => {
  fc.assert(
    fc.property(fc.array(machine, { maxLength: 3 }), fc.nat(40), fc.nat(120), (machines, cut, nowMs) => {
      const [whole] = capacityBuckets(machines, [{ startMs: 0, endMs: 40 }], nowMs);
      const halves = capacityBuckets(
        machines,
        [
          { startMs: 0, endMs: cut },
          { startMs: cut, endMs: 40 },
        ],
        nowMs,
      );
      for (const key of [
        'totalMs',
        'usedMs',
        'committedMs',
        'unattainableMs',
        'availableMs',
        'endangeredMs',
      ] as const) {
        expect((halves[0]?.[key] ?? 0) + (halves[1]?.[key] ?? 0)).toBe(whole?.[key]);
      }
    }),
  );
});
