import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bindingResource, measuredRate, PRIOR_RUNNING_MINUTES } from './measured-rate.ts';

test('a rate lies between what was declared and what was measured, nearer to the measurement with more data', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 600 }),
      fc.integer({ min: 1, max: 600 }),
      fc.integer({ min: 1, max: 5_000 }),
      (declared, real, minutes) => {
        const sample = { goodPieces: (real / 60) * minutes, runningMinutes: minutes };
        const { piecesPerHour, confidence } = measuredRate(sample, declared);
        expect(piecesPerHour).toBeGreaterThanOrEqual(Math.min(declared, real) - 1e-6);
        expect(piecesPerHour).toBeLessThanOrEqual(Math.max(declared, real) + 1e-6);
        const later = measuredRate(
          { goodPieces: sample.goodPieces * 2, runningMinutes: minutes * 2 },
          declared,
        );
        expect(Math.abs(later.piecesPerHour - real)).toBeLessThanOrEqual(
          Math.abs(piecesPerHour - real) + 1e-6,
        );
        expect(later.confidence).toBeGreaterThan(confidence);
      },
    ),
  );
});

test('without data the declaration speaks, after a shift of data the measurement', () => {
  expect(measuredRate({ goodPieces: 0, runningMinutes: 0 }, 60)).toEqual({
    piecesPerHour: 60,
    source: 'declared',
    confidence: 0,
  });
  expect(measuredRate({ goodPieces: 240, runningMinutes: PRIOR_RUNNING_MINUTES }, 60)).toEqual({
    piecesPerHour: 45,
    source: 'measured',
    confidence: 0.5,
  });
  expect(measuredRate({ goodPieces: 100, runningMinutes: 100 }, undefined).piecesPerHour).toBe(60);
});

test('the binding resource is the one that allows least', () => {
  expect(bindingResource({ machine: 100, material: 40, people: 70 })).toEqual({
    resource: 'material',
    pieces: 40,
  });
  expect(bindingResource({})).toBeUndefined();
});
