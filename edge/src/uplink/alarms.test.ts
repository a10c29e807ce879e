import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EdgeAlarm } from '@millrace/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLossyProxy } from '../../../test/far-side/lossy-proxy.ts';
import { type GatewayHouse, openGatewayHouse } from '../../../test/setup/gateway-house.ts';
import { openStore } from '../store/index.ts';
import { startUplink } from './index.ts';

const AT = Date.now() - 3_600_000;
let gw: GatewayHouse;
let token: string;
beforeAll(async () => {
  gw = await openGatewayHouse();
  token = await gw.enrol();
});
afterAll(() => gw?.close());

const alarm = (number: number, more: Partial<EdgeAlarm> = {}): EdgeAlarm => ({
  id: `alarm-${number}`,
  machine: 'M-1',
  rule: 'hot',
  severity: 'warning',
  phase: number % 2 === 0 ? 'raised' : 'cleared',
  at: AT + number * 1_000,
  value: 81.5,
  limit: 80,
  ...more,
});

test('alarms reach the platform once each over a bad link, and one of a foreign machine is put aside', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-alarms-'));
  const store = await openStore({ folder, buffer: { fsyncMs: 10 }, now: Date.now });
  const proxy = await openLossyProxy({
    targetPort: Number(new URL(gw.http).port),
    seed: 7,
    faulty: 0.4,
    delayMs: 100,
  });
  const uplink = startUplink({
    store,
    server: `http://127.0.0.1:${proxy.port}`,
    token: () => token,
    now: Date.now,
    timeouts: { connectMs: 400, answerMs: 800, wholeMs: 1_500 },
    pauses: { firstMs: 5, longestMs: 60 },
  });
  try {
    for (let number = 0; number < 30; number++) {
      store.append({ kind: 'alarms', alarms: [alarm(number)] });
      if (number === 20) store.append({ kind: 'alarms', alarms: [alarm(99, { machine: 'M-9' })] });
      await store.flush();
    }
    await expect.poll(() => store.health().waiting, { timeout: 20_000 }).toBe(0);
  } finally {
    await uplink.close();
    await proxy.close();
    await store.close();
  }
  const { rows } = (await gw.ask('viewer', 'GET', '/alarms?limit=100')).body;
  expect(rows.map(({ id }: EdgeAlarm) => id)).toEqual(
    Array.from({ length: 30 }, (_, i) => `alarm-${29 - i}`),
  );
  expect(readFileSync(join(folder, 'quarantine.jsonl'), 'utf8')).toContain('unknown-machine');
  rmSync(folder, { recursive: true, force: true });
});
