import { expect, test } from 'vitest';
import { createTurnstile } from './turnstile.ts';

test('never more than so many are inside, everybody gets in, and a failure gives its place back', async () => {
  const pass = createTurnstile(3);
  let [inside, most] = [0, 0];
  const works = Array.from({ length: 50 }, (_, no) =>
    pass(async () => {
      inside++;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
      if (no % 7 === 0) throw new RangeError(String(no));
      return no;
    }),
  );
  const ended = await Promise.allSettled(works);
  expect([most, inside]).toEqual([3, 0]);
  expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(8);
  await expect(pass(async () => 'again')).resolves.toBe('again');
});
