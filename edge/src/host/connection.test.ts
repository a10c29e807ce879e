import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import type { Driver, DriverContext, DriverKind } from '../driver/index.ts';
import { openConnection } from './connection.ts';
import { PACE } from './message.ts';

const TAG = { address: 'a', every: false };
/** Enough to be told from what a collector leaves for its next turn. */
const ATTEMPTS = 50;

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

/** A far side that lets the driver in and hangs up at once, for months. */
function flappingKind(opened: (driver: Driver) => void): DriverKind {
  const open = ({ lost }: DriverContext): Driver => {
    const driver: Driver = {
      connect: async () => undefined,
      subscribe: async () => void setImmediate(lost, 'hung up'),
      read: async () => [],
      close: async () => undefined,
    };
    opened(driver);
    return driver;
  };
  return { name: 'flapping', settings: {}, perWorker: 1, checkAddress: () => undefined, open };
}

function connectionTo(kind: DriverKind) {
  return openConnection(
    {
      kind,
      context: {
        settings: {},
        latency: () => undefined,
        skipped: () => undefined,
        now: Date.now,
        secret: () => '',
        folder: () => '',
      },
      pace: { ...PACE, waitFirstMs: 0, waitMaxMs: 0 },
      random: Math.random,
      filled: () => undefined,
      state: () => undefined,
      broken: expect.unreachable,
    },
    { generation: 0, tags: [TAG] },
  );
}

test('nothing stays in memory of the attempts before, however often the far side hangs up', async () => {
  const drivers: WeakRef<Driver>[] = [];
  const connection = connectionTo(flappingKind((driver) => drivers.push(new WeakRef(driver))));
  await vi.waitFor(() => expect(drivers.length).toBeGreaterThan(ATTEMPTS), { timeout: 10_000, interval: 20 });
  await vi.waitFor(
    () => {
      collectGarbage();
      const kept = drivers.slice(0, ATTEMPTS).filter((driver) => driver.deref() !== undefined);
      expect(kept.length).toBeLessThan(5);
    },
    { timeout: 5_000, interval: 20 },
  );
  await connection.close();
});
