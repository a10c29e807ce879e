import { TAG_TYPES, type TagType, WORD_ORDERS } from '@millrace/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRaw, encodeRaw } from './raw-value.ts';

const order = fc.constantFrom(...WORD_ORDERS);
const VALUES: Record<TagType, fc.Arbitrary<boolean | number | string>> = {
  bool: fc.boolean(),
  int16: fc.integer({ min: -32_768, max: 32_767 }),
  uint16: fc.integer({ min: 0, max: 65_535 }),
  int32: fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }),
  uint32: fc.integer({ min: 0, max: 4_294_967_295 }),
  int64: fc.maxSafeInteger(),
  uint64: fc.maxSafeNat(),
  float32: fc.float({ noNaN: true, noDefaultInfinity: true }),
  float64: fc.double({ noNaN: true, noDefaultInfinity: true }),
  bcd16: fc.integer({ min: 0, max: 9_999 }),
  bcd32: fc.integer({ min: 0, max: 99_999_999 }),
  string: fc.stringMatching(/^[A-Za-zäß0-9]{0,6}$/),
};

test.each(TAG_TYPES)('what is encoded as %s in any word order decodes to itself', (type) => {
  fc.assert(
    fc.property(VALUES[type], order, (value, words) => {
      const encoded = encodeRaw(type, value, words, 12);
      expect('bytes' in encoded && decodeRaw(type, encoded.bytes, words)).toEqual({ value });
    }),
  );
});

test.each([
  ['ABCD', '0a0b0c0d'],
  ['CDAB', '0c0d0a0b'],
  ['BADC', '0b0a0d0c'],
  ['DCBA', '0d0c0b0a'],
] as const)('the word order %s is 0x0A0B0C0D as its letters stand', (words, wire) => {
  expect(decodeRaw('uint32', Buffer.from(wire, 'hex'), words)).toEqual({ value: 0x0a_0b_0c_0d });
});

test('any bytes of any length give an exact value or a fault', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...TAG_TYPES),
      fc.uint8Array({ maxLength: 300 }),
      order,
      (type, bytes, words) => {
        const result = decodeRaw(type, Buffer.from(bytes), words);
        if (!('value' in result)) return;
        expect(typeof result.value === 'number' ? Number.isFinite(result.value) : true).toBe(true);
      },
    ),
    { numRuns: 3_000 },
  );
});

test('what a type cannot hold is refused, not cut', () => {
  const wrong: [TagType, boolean | number | string][] = [
    ['int16', 32_768],
    ['uint16', -1],
    ['uint16', 1.5],
    ['uint32', 2 ** 32],
    ['int64', 2 ** 53],
    ['float32', 1e39],
    ['float64', Number.NaN],
    ['bcd16', 10_000],
    ['bool', 1],
    ['int16', '5'],
    ['string', 'longer than it is'],
  ];
  for (const [type, value] of wrong) expect(encodeRaw(type, value, 'ABCD', 4)).toHaveProperty('fault');
});
