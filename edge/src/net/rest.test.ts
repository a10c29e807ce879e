import { expect, test } from 'vitest';
import { rest } from './index.ts';

const FOR_EVER_MS = 2_000_000_000;

test('a pause that is cut short is over, and one cut beforehand is none', async () => {
  const cut = new AbortController();
  const resting = rest(FOR_EVER_MS, cut.signal);
  cut.abort();
  await resting;
  await rest(FOR_EVER_MS, cut.signal);
});

test('a pause that was not cut ends by itself, and one of no length at once', async () => {
  const { signal } = new AbortController();
  await rest(1, signal);
  await rest(0, signal);
  await rest(-1, signal);
});
