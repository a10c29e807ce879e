import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sumByDay, toMinutes } from './bucket-minutes.ts';

const part = fc.integer({ min: 0, max: 10_000_000 });

test('whole minutes of the parts add up to the total and lose less than a minute each', () => {
  fc.assert(
    fc.property(part, part, part, part, (usedMs, committedMs, unattainableMs, availableMs) => {
      const totalMs = usedMs + committedMs + unattainableMs + availableMs;
      const bucket = toMinutes(
        {
          startMs: 0,
          endMs: totalMs,
          totalMs,
          usedMs,
          committedMs,
          unattainableMs,
          availableMs,
          endangeredMs: 0,
        },
        '2026-01-05',
      );
      expect(bucket.usedMin + bucket.committedMin + bucket.unattainableMin + bucket.availableMin).toBe(
        bucket.totalMin,
      );
      expect(bucket.totalMin).toBe(Math.floor(totalMs / 60_000));
      expect(Math.abs(bucket.availableMin * 60_000 - availableMs)).toBeLessThan(60_000);
      expect(Math.abs(bucket.committedMin * 60_000 - committedMs)).toBeLessThan(60_000);
    }),
  );
});

test('days of sites in different zones are one day of the network, from the first midnight to the last', () => {
  const day = {
    day: '2026-01-05',
    usedMin: 1,
    committedMin: 2,
    unattainableMin: 3,
    availableMin: 4,
    totalMin: 10,
  };
  const rows = sumByDay([
    { ...day, from: 100, to: 200 },
    { ...day, from: 50, to: 150 },
    { ...day, day: '2026-01-04', from: 0, to: 100 },
  ]);
  expect(rows.map(({ day: name, from, to, totalMin }) => [name, from, to, totalMin])).toEqual([
    ['2026-01-04', 0, 100, 10],
    ['2026-01-05', 50, 200, 20],
  ]);
});
