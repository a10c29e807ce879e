import fc from 'fast-check';
import type { DisjunctiveShop } from '../shop.ts';

/** Small shops with everything that is awkward: machines visited again, alternatives, no duration, empty jobs. */
export const anyShop: fc.Arbitrary<DisjunctiveShop> = fc
  .record({ machines: fc.integer({ min: 1, max: 4 }), longest: fc.constantFrom(1, 3, 30) })
  .chain(({ machines, longest }) => {
    const alternative = fc.record({
      machine: fc.integer({ min: 0, max: machines - 1 }),
      duration: fc.integer({ min: 0, max: longest }),
    });
    const operation = fc.uniqueArray(alternative, {
      minLength: 1,
      maxLength: 3,
      selector: ({ machine }) => machine,
    });
    const job = fc.array(operation, { maxLength: 7 });
    return fc.record({ machines: fc.constant(machines), jobs: fc.array(job, { maxLength: 7 }) });
  });
