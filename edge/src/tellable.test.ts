import { TagHealth } from '@millrace/contract';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { tellableTags } from './tellable.ts';

test('whatever a source says of its tags, what is told fits the contract', () => {
  const tag = fc.record({
    machine: fc.constant('PRESS-1'),
    tag: fc.string(),
    value: fc.oneof(fc.double(), fc.string({ maxLength: 2_000 }), fc.boolean(), fc.constant(null)),
    quality: fc.constantFrom('good', 'uncertain', 'bad' as const),
    at: fc.option(fc.double()),
    lastGoodAt: fc.option(fc.double()),
    error: fc.option(fc.string({ maxLength: 2_000 })),
  });
  fc.assert(
    fc.property(fc.array(tag as fc.Arbitrary<TagHealth>, { maxLength: 300 }), (tags) => {
      const told = tellableTags(tags);
      expect(told.length).toBe(Math.min(tags.filter(({ quality }) => quality !== 'good').length, 200));
      // As the platform reads it: through JSON.
      for (const one of told) expect(Value.Check(TagHealth, JSON.parse(JSON.stringify(one)))).toBe(true);
    }),
    { numRuns: 50 },
  );
});
