import { expect, test } from 'vitest';
import { EXPECTED_REPAIR_MS, expectedRepair, prolonged } from './outage.ts';

const HOUR = 3_600_000;

test('a stop that is noticed late is still expected to last a while', () => {
  expect(expectedRepair(0, HOUR / 2)).toBe(EXPECTED_REPAIR_MS);
  expect(expectedRepair(0, 10 * HOUR)).toBe(12 * HOUR);
});

test('the block is prolonged before it runs out, and not before that', () => {
  const outage = { machineId: 'm', siteId: 's', since: 0, expectedUntil: 4 * HOUR };
  expect(prolonged(outage, 2 * HOUR)).toBeUndefined();
  expect(prolonged(outage, 3 * HOUR)).toBe(7 * HOUR);
  expect(prolonged(outage, 9 * HOUR)).toBe(13 * HOUR);
});
