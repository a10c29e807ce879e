import { expect, test } from 'vitest';
import { rest } from './index.ts';

const FOR_EVER_MS = 2_000_000_000;

test('a pause that is cut short is over, and one cut beforehand is none', async () => {
  const cut = new AbortController();
  const resting = rest(FOR_EVER_MS, cut.signal);
  cut.abort();
  await expect(resting).resolves.toBeUndefined();
  await expect(rest(FOR_EVER_MS, cut.signal)).resolves.toBeUndefined();
});

test.each([1, 0, -1])('a pause of %i ms that was not cut ends by itself', async (ms) => {
  await expect(rest(ms, new AbortController().signal)).resolves.toBeUndefined();
});
