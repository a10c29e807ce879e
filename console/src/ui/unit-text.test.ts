import { expect, it } from 'vitest';
import { unitText, withUnit } from './unit-text.ts';

it('a code of UCUM is printed as people write it', () => {
  expect(['W.h', 'kW.h', 'Cel', 'N.m', 'm3', 'm/s2'].map(unitText)).toEqual([
    'Wh',
    'kWh',
    '°C',
    'N·m',
    'm³',
    'm/s2',
  ]);
});

it('what is only counted has no unit, and nothing hangs behind its number', () => {
  expect(withUnit('12', '{piece}')).toBe('12');
  expect(withUnit('12', '1')).toBe('12');
  expect(withUnit('12', undefined)).toBe('12');
});

it('what somebody wrote by hand stays as it is', () => {
  expect(withUnit('12', '转')).toBe('12 转');
  expect(withUnit('3', '{shot}/min')).toBe('3 1/min');
});
