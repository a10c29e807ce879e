import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TagAddress } from '../driver/index.ts';
import { PointList, type Reading, ReadPlan } from './index.ts';

/** An address is the place it names, or nonsense. */
const parse = ({ address }: TagAddress): number | string =>
  /^\d+$/.test(address) ? Number(address) : `${address} is no place`;
const addresses = fc.array(fc.oneof(fc.nat(500).map(String), fc.constantFrom('x', 'y')), { maxLength: 60 });

test('every tag is told of once: what cannot be asked for at first, the others by the block they lie in', () => {
  fc.assert(
    fc.property(addresses, fc.nat(20), (texts, gap) => {
      const list = new PointList(
        texts.map((address) => ({ address })),
        parse,
      );
      const spans = list.points.map((start) => ({ group: 'memory', start, length: 1 }));
      const told: Reading[] = [];
      list.tellWrong((readings) => told.push(...readings));
      list.tellWrong((readings) => told.push(...readings));
      for (const block of new ReadPlan(spans, gap, () => 32, 0).due(0))
        told.push(...list.values(block, (point, tag) => ({ value: `${point} for ${tag.address}` })));
      expect(told.toSorted((one, other) => one.tag - other.tag)).toEqual(
        texts.map((text, tag) => ({
          tag,
          result: /^\d+$/.test(text) ? { value: `${text} for ${text}` } : { fault: `${text} is no place` },
        })),
      );
    }),
  );
});

test('a block that was not answered is a fault of each of its tags', () => {
  const list = new PointList([{ address: '1' }, { address: 'x' }, { address: '2' }], parse);
  const block = { group: 'memory', start: 1, length: 2, spans: [0, 1] };
  expect(list.faults(block, 'silent')).toEqual([
    { tag: 0, result: { fault: 'silent' } },
    { tag: 2, result: { fault: 'silent' } },
  ]);
  expect(list.first(block)).toBe(1);
});
