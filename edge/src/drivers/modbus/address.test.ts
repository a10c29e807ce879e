import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Point, parseAddress } from './address.ts';

test.each<[string, Partial<Point>]>([
  ['1/holding/0', { unit: 1, table: 'holding', start: 0, length: 1, type: 'uint16' }],
  ['255/coil/65535', { unit: 255, table: 'coil', start: 65_535, type: 'bool' }],
  ['1/40001', { table: 'holding', start: 0 }],
  ['1/400001', { table: 'holding', start: 0 }],
  ['1/465536', { table: 'holding', start: 65_535 }],
  ['1/30101', { table: 'input', start: 100 }],
  ['1/10001', { table: 'discrete', start: 0 }],
  ['1/00017', { table: 'coil', start: 16 }],
  ['1/40001.15', { start: 0, bits: [15, 15] }],
  ['1/holding/7.4-7', { start: 7, bits: [4, 7] }],
  ['1/holding/100:15', { start: 100, length: 8, type: 'string' }],
])('%s is understood', (address, point) => {
  expect(parseAddress({ address })).toMatchObject(point);
});

test.each([
  ['holding/1', 'form'],
  ['1/40000', 'begin with 1'],
  ['1/50001', 'form'],
  ['1/465537', 'beyond'],
  ['1/holding/65536', 'beyond'],
  ['256/holding/1', 'beyond 255'],
  ['1/registers/1', 'the table is one of'],
  ['1/coil/1.2', 'neither bits'],
  ['1/holding/1.16', '0 to 15'],
  ['1/holding/1.7-4', 'lowest first'],
  ['1/holding/1:0', '1 to 250'],
  ['1/holding/1:251', '1 to 250'],
])('%s is refused in words', (address, reason) => {
  expect(parseAddress({ address })).toContain(reason);
});

test('types that do not fit the table or the form are refused', () => {
  expect(parseAddress({ address: '1/coil/1', type: 'int16' })).toContain('truth value');
  expect(parseAddress({ address: '1/holding/1', type: 'string' })).toContain('length');
  expect(parseAddress({ address: '1/holding/1.2', type: 'float32' })).toContain('no bits');
  expect(parseAddress({ address: '1/holding/65535', type: 'int32' })).toContain('beyond');
});

test('whatever text comes gives a point inside the tables or a reason', () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^\d{1,4}\/(holding\/)?\d{1,7}[.:]?\d{0,3}-?\d{0,3}$/),
  );
  fc.assert(
    fc.property(text, (address) => {
      const point = parseAddress({ address });
      if (typeof point === 'string') return;
      expect(point.start).toBeGreaterThanOrEqual(0);
      expect(point.start + point.length).toBeLessThanOrEqual(65_536);
      expect(point.unit).toBeLessThanOrEqual(255);
    }),
    { numRuns: 2_000 },
  );
});
