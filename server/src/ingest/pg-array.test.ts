import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/setup/database.ts';
import { openDatabase } from '../kernel/index.ts';
import { encodeFloats, encodeInts, parseFloats, parseInts } from './pg-array.ts';

let database: FreshDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await freshDatabase();
  pool = openDatabase(database.adminUrl, () => undefined, 2).pool;
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

/** Through PostgreSQL and back as text, which is how arrays are read. */
async function roundTrip(type: string, buffer: Buffer): Promise<string> {
  const { rows } = await pool.query<{ text: string }>(`SELECT ($1::${type}[])::text AS text`, [buffer]);
  return rows[0]?.text ?? '';
}

test.each(['int2', 'int4'] as const)('%s arrays come back as they went, NULL included', async (type) => {
  const max = type === 'int2' ? 32_767 : 2_147_483_647;
  const values = fc.array(fc.option(fc.integer({ min: 0, max }), { nil: -1 }), { maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(values, async (numbers) => {
      const array = Int32Array.from(numbers);
      const text = await roundTrip(type, encodeInts(type, array, 0, array.length, array, 0));
      const back = new Int32Array(array.length);
      expect(parseInts(text, back, 0, -1)).toBe(array.length);
      expect(back).toEqual(array);
    }),
    { numRuns: 50 },
  );
});

test('an unsigned count keeps its bits', async () => {
  const counts = Int32Array.from([4_294_967_295 | 0, 2_147_483_648 | 0, 0]);
  const present = new Int32Array(3);
  const back = new Int32Array(3);
  parseInts(await roundTrip('int4', encodeInts('int4', counts, 0, 3, present, 0)), back, 0, -1);
  expect([...back].map((value) => value >>> 0)).toEqual([4_294_967_295, 2_147_483_648, 0]);
});

test('floats come back as they went, NaN standing for NULL', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.double({ noDefaultInfinity: true }), { maxLength: 50 }), async (numbers) => {
      const array = Float64Array.from(numbers);
      expect(parseFloats(await roundTrip('float8', encodeFloats(array)))).toEqual(array);
    }),
    { numRuns: 50 },
  );
});
