import type { EdgeCommand } from '@millrace/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTag } from '../machine/index.ts';
import { refuseForValue } from './decide.ts';
import { rawOf } from './raw-value.ts';

/** The value that a tag of the same settings shows for it. */
function shown(raw: number, more: { readonly scale?: number; readonly offset?: number }): number {
  const tag = { name: 'speed', connection: 'PLC', address: 'a', ...more };
  return Number(readTag(tag, { value: raw, quality: 'good', at: 0 }).value);
}
/** As people write them, both ways up. */
const scale = fc.constantFrom(0.001, 0.01, 0.1, 0.25, 0.3, 0.7, 1, 2.5, 10, 1_000, -0.1, -3);
const offset = fc.constantFrom(0, 0.1, 32, -40, -273.15, 1_000);
const command: EdgeCommand = {
  code: 'set',
  connection: 'PLC',
  address: 'a',
  kind: 'write',
  type: 'int32',
  class: 'normal',
  interlocks: [],
};

describe('the value of a command with a scale', () => {
  test('that a tag of the same scale shows is written as the raw value it was', () => {
    const raw = fc.integer({ min: -2_147_483_648, max: 2_147_483_647 });
    fc.assert(
      fc.property(raw, scale, offset, (wanted, by, from) => {
        const value = shown(wanted, { scale: by, offset: from });
        expect(rawOf({ scale: by, offset: from }, value)).toBe(wanted);
        expect(refuseForValue({ ...command, scale: by, offset: from }, value)).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  test('is written as what shows it, or not at all, whatever the scale', () => {
    // Beyond, where quotients lose their digits or become 0, there is no measure for an error.
    const any = fc
      .double({ noNaN: true, min: -1e100, max: 1e100 })
      .map((one) => (Math.abs(one) < 1e-100 ? 0 : one));
    fc.assert(
      fc.property(any, any, any, (value, by, from) => {
        if (refuseForValue({ ...command, scale: by, offset: from }, value) !== undefined) return;
        const raw = Number(rawOf({ scale: by, offset: from }, value));
        expect(Number.isInteger(raw)).toBe(true);
        const error = 8 * Number.EPSILON * (Math.abs(value) + Math.abs(from) + Math.abs(raw * by));
        expect(Math.abs(shown(raw, { scale: by, offset: from }) - value)).toBeLessThanOrEqual(error);
      }),
      { numRuns: 2_000 },
    );
  });

  test('that falls between two raw values is refused, not rounded', () => {
    const tenths = { ...command, scale: 0.1 };
    expect(refuseForValue(tenths, 12.3)).toBeUndefined();
    expect(refuseForValue(tenths, 12.34)).toMatchObject({ refusal: 'wrong-type' });
    expect(refuseForValue({ ...tenths, type: 'uint16' }, 6_553.6)).toMatchObject({
      refusal: 'value-out-of-range',
    });
    expect(refuseForValue({ ...command, scale: 0 }, 1)).toMatchObject({ refusal: 'value-out-of-range' });
  });

  test('has its bounds as a value, and those of the box as what is written', () => {
    const tenths = { ...command, scale: 0.1, minimum: 1, maximum: 20 };
    expect(refuseForValue(tenths, 20, { maximum: 200 })).toBeUndefined();
    expect(refuseForValue(tenths, 20.1)).toMatchObject({ refusal: 'value-out-of-range' });
    expect(refuseForValue(tenths, 20, { maximum: 60 })).toMatchObject({ refusal: 'value-out-of-range' });
  });
});
