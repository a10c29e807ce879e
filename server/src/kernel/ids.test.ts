import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createIdSource } from './ids.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('ids are unique and in order, even when the wall clock jumps back or many fall into one millisecond', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 100, maxLength: 400 }), (jumps) => {
      let wall = 1_800_000_000_000;
      const next = createIdSource(() => wall);
      const ids = jumps.flatMap((jump) => {
        wall += jump;
        return Array.from({ length: 50 }, () => next());
      });
      expect(ids.every((id) => UUID_V7.test(id))).toBe(true);
      expect(new Set(ids).size).toBe(ids.length);
      expect([...ids].sort()).toEqual(ids);
    }),
    { numRuns: 20 },
  );
});
