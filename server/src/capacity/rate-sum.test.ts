import { expect, test } from 'vitest';
import { faded, measuredOnly, RATE_HALF_LIFE_MS, rateOf } from './rate-sum.ts';

const sum = { machineId: 'm', itemId: 'i', pieces: 4_800, runningMin: 480, at: 0 };

test('with nothing measured the declared rate plans alone', () => {
  expect(rateOf([], 100, 0)).toEqual({ piecesPerHour: 100, source: 'declared', confidence: 0 });
  expect(measuredOnly([], 0)).toBeNull();
});

test('one shift of measurement weighs as much as the declaration', () => {
  const rate = rateOf([sum], 1_200, 0);
  expect(rate.piecesPerHour).toBeCloseTo(900);
  expect(rate.confidence).toBeCloseTo(0.5);
});

test('old measurements fade, and the declaration comes back', () => {
  expect(faded(sum, RATE_HALF_LIFE_MS).runningMin).toBeCloseTo(240);
  expect(measuredOnly([sum], RATE_HALF_LIFE_MS)).toBeCloseTo(600);
  expect(rateOf([sum], 1_200, 20 * RATE_HALF_LIFE_MS).piecesPerHour).toBeCloseTo(1_200, 0);
});
