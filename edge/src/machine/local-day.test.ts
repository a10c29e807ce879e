import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localDay } from './local-day.ts';

describe('a local day', () => {
  const zones = [
    'Asia/Kathmandu',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'America/Havana',
    'Pacific/Apia',
    'UTC',
  ];
  it('holds its instant, and the days of any zone follow each other without a gap', () => {
    const instant = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2037, 0, 1) });
    fc.assert(
      fc.property(fc.constantFrom(...zones), instant, (zone, t) => {
        const day = localDay(t, zone);
        expect(day.startMs).toBeLessThanOrEqual(t);
        expect(day.endMs).toBeGreaterThan(t);
        expect(localDay(day.startMs, zone)).toEqual(day);
        expect(localDay(day.endMs, zone).startMs).toBe(day.endMs);
        expect(localDay(day.endMs - 1, zone)).toEqual(day);
      }),
      { numRuns: 300 },
    );
  });
});
