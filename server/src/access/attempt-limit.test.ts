import { expect, test } from 'vitest';
import { createAttemptLimit } from './attempt-limit.ts';

const BOUND = { failuresMax: 3, windowMs: 60_000, lockMs: 10_000 };
function limitAt(start: number) {
  const clock = { now: start };
  return { clock, limit: createAttemptLimit(BOUND, () => clock.now) };
}

test('the last allowed failure locks, for one key only, and says how long', () => {
  const { limit, clock } = limitAt(1_000);
  expect([limit.fail('a'), limit.fail('a'), limit.fail('a')]).toEqual([false, false, true]);
  expect(limit.check('a')).toMatchObject({ status: 429, values: { retryAfterS: 10 } });
  expect(limit.check('b')).toBeUndefined();
  clock.now += 10_000;
  expect(limit.check('a')).toBeUndefined();
});

test('every further lock lasts twice as long, up to a bound, until a success or a quiet day', () => {
  const { limit, clock } = limitAt(1_000);
  const lockMs = (): number => {
    while (!limit.fail('a'));
    const { values } = limit.check('a') ?? {};
    const seconds = Number(values?.retryAfterS);
    clock.now += seconds * 1_000;
    return seconds;
  };
  expect(Array.from({ length: 7 }, lockMs)).toEqual([10, 20, 40, 80, 160, 320, 320]);
  clock.now += 2 * 24 * 3_600_000;
  expect([lockMs(), lockMs()]).toEqual([10, 20]);
  limit.succeed('a');
  expect(lockMs()).toBe(10);
});

test('failures that are far apart never lock', () => {
  const { limit, clock } = limitAt(1_000);
  for (let failure = 0; failure < 50; failure++) {
    expect(limit.fail('a')).toBe(false);
    clock.now += 31_000;
  }
});

test('many names do not fill the memory, and the newest are still bounded', () => {
  const { limit } = limitAt(1_000);
  for (let name = 0; name < 60_000; name++) limit.fail(`name ${name}`);
  limit.fail('name 59999');
  expect(limit.fail('name 59999')).toBe(true);
});
