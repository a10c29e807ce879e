import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sampleSnapshot } from '../sample/sample-network.ts';
import { DEFAULT_TRANSPORT, DEFAULT_WEIGHTS, type Snapshot } from '../snapshot.ts';
import { match } from './match.ts';

const HOUR = 3_600_000;

/** One machine that works all the time, and lines of ten hours each that are all wanted after ten hours. */
function rush(lines: number): Snapshot {
  return {
    networkId: 'n',
    nowMs: 0,
    horizonEndMs: 640 * HOUR,
    seed: 1,
    calendars: { always: [{ startMs: 0, endMs: 640 * HOUR }] },
    machines: [{ id: 'm', siteId: 's', calendarId: 'always' }],
    sites: [{ id: 's' }],
    capabilities: [
      {
        id: 'c',
        siteId: 's',
        itemId: 'i',
        state: 'qualified',
        minLot: 1,
        unitCostMinor: 0,
        steps: [{ machineIds: ['m'], setUpMs: 0, msPerPiece: HOUR }],
      },
    ],
    lines: Array.from({ length: lines }, (_, k) => ({
      id: `l${k}`,
      itemId: 'i',
      quantity: 10,
      dueMs: 10 * HOUR + DEFAULT_TRANSPORT.fixedMs,
      priority: 2 as const,
      splitAllowed: false,
      minShipment: 1,
    })),
    transport: { ...DEFAULT_TRANSPORT, costMinorPerShipment: 0, costMinorPerKmPer1000Pieces: 0 },
    weights: DEFAULT_WEIGHTS,
  };
}

describe('the bound by machine hours', () => {
  test('is never above a plan, whatever the load', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9_999 }),
        fc.double({ min: 0.3, max: 1.6, noNaN: true }),
        (seed, load) => {
          const snapshot = sampleSnapshot({
            seed,
            sites: 4,
            groupsPerSite: 2,
            machinesPerGroup: 2,
            items: 5,
            routesPerItem: 3,
            lines: 30,
            days: 10,
            load,
            troubles: 0.1,
          });
          const { objective, lowerBound } = match(snapshot, { explain: false, rounds: 30 }).summary;
          expect(lowerBound).toBeGreaterThanOrEqual(0);
          expect(lowerBound).toBeLessThanOrEqual(objective);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('knows that one machine cannot serve everybody in time', () => {
    const { objective, lowerBound, lateLines } = match(rush(8)).summary;
    expect(lateLines).toBe(7);
    // Two fit before the end of the span in which they are due; the others are late for certain.
    expect(lowerBound).toBeGreaterThan(6 * (DEFAULT_WEIGHTS.latePerLine[2] ?? 0));
    expect(lowerBound / objective).toBeGreaterThan(0.6);
  });

  test('proves nothing that is not so where all can be in time', () => {
    const { objective, lowerBound, lateLines } = match(rush(1)).summary;
    expect(lateLines).toBe(0);
    expect(lowerBound).toBe(objective);
  });
});
