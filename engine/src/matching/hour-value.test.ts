import { describe, expect, test } from 'vitest';
import { sampleSnapshot } from '../sample/sample-network.ts';
import type { Snapshot } from '../snapshot.ts';
import { type HourValues, hourValues } from './hour-value.ts';

const DAYS = 14;
const zonesOf = (snapshot: Snapshot): Record<string, string> =>
  Object.fromEntries(snapshot.sites.map(({ id }) => [id, 'Asia/Shanghai']));
const valued = (snapshot: Snapshot): HourValues =>
  hourValues(snapshot, { days: DAYS, zones: zonesOf(snapshot) });

function network(load: number, seed: number): Snapshot {
  return sampleSnapshot({
    seed,
    sites: 6,
    groupsPerSite: 2,
    machinesPerGroup: 2,
    items: 8,
    routesPerItem: 3,
    lines: 120,
    days: 10,
    load,
    troubles: 0.05,
  });
}
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const worth = ({ groups }: HourValues): number =>
  sum(groups.flatMap(({ days }) => days.map(({ valuePerHour }) => valuePerHour)));

describe('what one more hour is worth', () => {
  test('is never negative, never rises with the day, and no day takes more than it has', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const { groups, wantedHours, unservedHours, gap } = valued(network(1.1, seed));
      expect(groups.length).toBeGreaterThan(8);
      expect(gap).toBeLessThan(0.01);
      for (const { days } of groups) {
        expect(days.length).toBe(DAYS);
        days.forEach(({ freeHours, takenHours, valuePerHour }, day) => {
          expect(valuePerHour).toBeGreaterThanOrEqual(0);
          expect(takenHours).toBeGreaterThanOrEqual(0);
          expect(takenHours).toBeLessThanOrEqual(freeHours);
          const before = days[day - 1]?.valuePerHour ?? Number.POSITIVE_INFINITY;
          expect(valuePerHour).toBeLessThanOrEqual(before);
        });
      }
      const taken = sum(groups.flatMap(({ days }) => days.map(({ takenHours }) => takenHours)));
      expect(taken + unservedHours).toBeCloseTo(wantedHours, 6);
    }
  });

  test('is more where more is wanted, and less again when capacity comes back', () => {
    const [loose, tight] = [valued(network(0.3, 4)), valued(network(1.6, 4))];
    expect(worth(tight)).toBeGreaterThan(worth(loose));
    const crowded = network(1.6, 4);
    const broken: Snapshot = {
      ...crowded,
      machines: crowded.machines.map((machine, index) =>
        index % 2 === 0
          ? machine
          : {
              ...machine,
              blocked: [{ startMs: crowded.nowMs, endMs: crowded.horizonEndMs, kind: 'breakdown' as const }],
            },
      ),
    };
    expect(worth(valued(broken))).toBeGreaterThan(worth(tight));
  });

  test('is the same, byte for byte, whenever it is asked', () => {
    const snapshot = network(1.2, 2);
    expect(JSON.stringify(valued(snapshot))).toBe(JSON.stringify(valued(snapshot)));
  });
});
