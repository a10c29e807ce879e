import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkFilter, covers, overlap, separateFilters } from './topic-filter.ts';

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

test('filters overlap exactly when a topic matches both', () => {
  const filter = fc
    .tuple(fc.array(fc.constantFrom('a', 'b', '+'), { maxLength: 2 }), fc.constantFrom('a', '+', '#'))
    .map(([levels, last]) => [...levels, last].join('/'));
  const names = ['a', 'b', 'c'];
  const topics = [
    ...names,
    ...names.flatMap((one) => names.map((two) => `${one}/${two}`)),
    ...names.flatMap((one) => names.flatMap((two) => names.map((three) => `${one}/${two}/${three}`))),
  ];
  const property = fc.property(filter, filter, (one, other) => {
    const common = topics.some((topic) => covers(one, topic) && covers(other, topic));
    expect(overlap(one, other)).toBe(common);
  });
  fc.assert(property, { numRuns: 2_000 });
  expect([overlap('#', '$SYS/x'), overlap('$SYS/#', '+/x'), overlap('$SYS/#', '$SYS/x')]).toEqual([
    false,
    false,
    true,
  ]);
});

test('filters that others cover are left out, and those that overlap in part are refused', () => {
  expect(separateFilters(['a/b', 'a/#', 'c', 'c', 'a/+/x'])).toEqual(['a/#', 'c']);
  expect(separateFilters(['o/+', '+/x'])).toContain('o/+ and +/x overlap');
  expect(separateFilters(['#', '$SYS/x'])).toEqual(['#', '$SYS/x']);
});
