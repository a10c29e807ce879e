import { expect, test } from 'vitest';
import { openLog } from '../log/index.ts';
import { OrderTaker } from './take-orders.ts';

test('a new token that the disk does not take keeps nothing else of the answer from being taken, and is told once', async () => {
  const lines: string[] = [];
  const offered: number[] = [];
  const stored: string[] = [];
  let isFull = true;
  const taker = new OrderTaker(
    {
      rotate: (token) => {
        if (isFull)
          throw Object.assign(new TypeError('ENOSPC: no space left on device'), { syscall: 'write' });
        stored.push(token);
      },
      offerConfig: async (version) => void offered.push(version),
      answer: async () => ({ error: null, latencyMs: null }),
      takeCommands: () => 0,
      settle: () => undefined,
    },
    openLog({ level: 'error', write: (line) => lines.push(line), now: Date.now }),
    () => undefined,
  );
  const orders = (version: number) => ({
    config: { version, config: {} },
    requests: [],
    commands: [],
    settled: [],
    now: 1,
    token: 'x'.repeat(43),
  });
  await taker.take(orders(1));
  await taker.take(orders(2));
  expect(offered).toEqual([1, 2]);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('ENOSPC');
  isFull = false;
  await taker.take(orders(3));
  expect(stored).toEqual(['x'.repeat(43)]);
});
