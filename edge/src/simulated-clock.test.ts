import { expect, test } from 'vitest';
import { readSimulatedClock } from './simulated-clock.ts';

test('without the variable a gateway lives in the time of the world', () => {
  expect(readSimulatedClock(undefined)).toBeUndefined();
  expect(readSimulatedClock('')).toBeUndefined();
});

test('the domain runs on from its anchor, and values carry its time whichever clock their source has', () => {
  const wall = Date.now() - 1_000;
  const domain = Date.UTC(2026, 2, 2);
  const clock = readSimulatedClock(`${domain},${wall},60`);
  expect((clock?.now() ?? 0) - domain).toBeGreaterThanOrEqual(60_000);
  const sample = { tag: 0, value: 1, quality: 'good' } as const;
  const samples = [
    { ...sample, at: wall + 500 },
    { ...sample, at: domain + 40_000 },
  ];
  const batch = clock?.inDomain({ connection: 'c', tags: [], samples, lost: new Map() });
  expect(batch?.samples.map(({ at }) => at - domain)).toEqual([30_000, 40_000]);
});

test.each(['now', '1,2', '1,2,0', '1,2,-3', '1,2,1001', '1,2,60,4'])('"%s" is no clock', (text) => {
  expect(() => readSimulatedClock(text)).toThrow('MILLRACE_EDGE_CLOCK');
});
