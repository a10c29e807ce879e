import { expect, test } from 'vitest';
import { createKept } from './kept.ts';

const clock = () => {
  const at = { ms: 0 };
  return { at, wallNow: () => at.ms };
};

test('who asks while the answer is being made gets the same one, and so does who asks while it is fresh', async () => {
  const { at, wallNow } = clock();
  const kept = createKept<number>(wallNow, () => 1_000);
  let made = 0;
  const make = async (): Promise<number> => ++made;
  expect(await Promise.all([kept('a', make), kept('a', make)])).toEqual([1, 1]);
  at.ms = 999;
  expect(await kept('a', make)).toBe(1);
  expect(await kept('b', make)).toBe(2);
  at.ms = 1_000;
  expect(await kept('a', make)).toBe(3);
});

test('what took long is kept for longer', async () => {
  const { at, wallNow } = clock();
  const kept = createKept<number>(wallNow, (tookMs) => tookMs * 10);
  const make = async (): Promise<number> => {
    at.ms += 50;
    return at.ms;
  };
  // The clock moves while it is made, not before it is asked for.
  expect(await kept('a', () => Promise.resolve().then(make))).toBe(50);
  at.ms = 549;
  expect(await kept('a', make)).toBe(50);
  at.ms = 550;
  expect(await kept('a', make)).toBe(600);
});

test('an answer that failed is not kept', async () => {
  const kept = createKept<string>(
    () => 0,
    () => 1_000,
  );
  await expect(kept('a', () => Promise.reject(new TypeError('no')))).rejects.toThrow('no');
  expect(await kept('a', () => Promise.resolve('yes'))).toBe('yes');
});
