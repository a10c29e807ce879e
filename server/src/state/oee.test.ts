import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { oeeSheet, oeeValue } from './oee.ts';

const shift = {
  pbtMin: 450,
  aptMin: 360,
  austMin: 45,
  standardMin: 300,
  assignedAptMin: 360,
  assignedPieces: 600,
  pieces: 600,
  scrap: 12,
};

describe('the OEE sheet', () => {
  test('shows each figure with what it was made of', () => {
    const sheet = oeeSheet(shift);
    expect(sheet.availability).toEqual({ value: 0.8, formula: 'APT / PBT', inputs: { APT: 360, PBT: 450 } });
    expect(sheet.effectiveness).toEqual({
      value: 300 / 360,
      formula: 'PRI × PQ / APT',
      inputs: { PRI: 0.5, PQ: 600, APT: 360 },
    });
    expect(sheet.quality.value).toBeCloseTo(0.98);
    expect(sheet.oee.value).toBeCloseTo(0.8 * (300 / 360) * 0.98);
    expect(sheet.nee.value).toBeCloseTo(0.9 * (300 / 360) * 0.98);
  });

  test('is good standard time over planned busy time when all production was assigned', () => {
    fc.assert(
      fc.property(fc.nat(400), fc.integer({ min: 1, max: 900 }), fc.nat(900), (idle, pieces, scrap) => {
        const aptMin = 450 - idle;
        const value = oeeValue({
          pbtMin: 450,
          aptMin,
          standardMin: pieces * 0.5,
          assignedAptMin: aptMin,
          pieces,
          scrap,
        });
        expect(value).toBeCloseTo((Math.max(0, pieces - scrap) * 0.5) / 450, 9);
      }),
    );
  });

  test('is nothing where nobody planned, zero where nothing ran, unknown where no rate is known', () => {
    expect(oeeValue({ ...shift, pbtMin: 0 })).toBeNull();
    expect(oeeValue({ ...shift, aptMin: 0 })).toBe(0);
    expect(oeeValue({ ...shift, assignedAptMin: 0 })).toBeNull();
  });
});
