import { expect, test } from 'vitest';
import { createAlarmAllowance } from './alarm-allowance.ts';

test('alarms are taken as long as not too many came, and again when time has passed; each gateway for itself', () => {
  let now = 1_000_000;
  const allowance = createAlarmAllowance(() => now);
  expect(allowance.waitS('a')).toBe(0);
  allowance.take('a', 19_999);
  expect(allowance.waitS('a')).toBe(0);
  allowance.take('a', 1_000);
  expect(allowance.waitS('a')).toBe(1_000);
  expect(allowance.waitS('b')).toBe(0);
  now += 999_000;
  expect(allowance.waitS('a')).toBe(1);
  now += 1_000;
  expect(allowance.waitS('a')).toBe(0);
  allowance.take('a', 1);
  expect(allowance.waitS('a')).toBe(1);
  // A clock that is set back gives nothing and takes nothing.
  now -= 3_600_000;
  expect(allowance.waitS('a')).toBe(1);
  now += 40 * 86_400_000;
  allowance.take('a', 19_999);
  expect(allowance.waitS('a')).toBe(0);
});
