import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkFilter, covers } from './topic-filter.ts';

test.each([
  ['a/b', 'a/b', true],
  ['a/+', 'a/b', true],
  ['a/+', 'a/b/c', false],
  ['a/#', 'a', true],
  ['a/#', 'a/b/c', true],
  ['#', 'a/b', true],
  ['#', '$SYS/x', false],
  ['+/x', '$SYS/x', false],
  ['$SYS/#', '$SYS/x', true],
  ['a/#', 'a/+/c', true],
  ['a/+', 'a/#', false],
  ['a/b', 'a/+', false],
  ['a', 'a/#', false],
])('%s covers %s: %s', (outer, inner, expected) => {
  expect(covers(outer, inner)).toBe(expected);
});

test('wildcards stand alone', () => {
  expect(['a/#/b', 'a#', 'a+/b', ''].map((filter) => checkFilter(filter) !== undefined)).toEqual(
    Array(4).fill(true),
  );
  expect(['a/#', '+/a/+', '#', 'a b/ü'].map(checkFilter)).toEqual(Array(4).fill(undefined));
});

test('a filter that covers another matches all that the other matches', () => {
  const level = fc.constantFrom('a', 'b', 'c');
  const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
  const filter = fc
    .tuple(fc.array(fc.constantFrom('a', 'b', '+'), { maxLength: 3 }), fc.constantFrom('a', '+', '#'))
    .map(([levels, last]) => [...levels, last].join('/'));
  const property = fc.property(filter, filter, topic, (outer, inner, name) => {
    if (covers(outer, inner) && covers(inner, name)) expect(covers(outer, name)).toBe(true);
  });
  fc.assert(property, { numRuns: 2_000 });
});
