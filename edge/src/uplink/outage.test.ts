import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LossyProxy, openLossyProxy } from '../../../test/far-side/lossy-proxy.ts';
import { type IngestPlant, openIngestPlant } from '../../../test/setup/ingest-plant.ts';

const MINUTE = 60_000;
const MACHINES = 100;
const OUTAGE_MINUTES = 1_440;
const LIVE_MINUTES = 4;
/** [issue 4, E1] */
const KILLS = 10;
/** [issue 4, E1] */
const LIVE_DELAY_MS_MAX = 5_000;
const FROM = Date.UTC(2026, 2, 1, 3, 0);
const END = FROM + (OUTAGE_MINUTES + LIVE_MINUTES) * MINUTE;

let plant: IngestPlant;
let proxy: LossyProxy;
const folder = mkdtempSync(join(tmpdir(), 'millrace-outage-'));
const children = new Set<ChildProcess>();

beforeAll(async () => {
  plant = await openIngestPlant({ gateways: 1, machinesPerGateway: MACHINES }, END);
  await plant.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = plant.app.server.address() as AddressInfo;
  proxy = await openLossyProxy({ targetPort: port, seed: 1, faulty: 0, delayMs: 0 });
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await proxy?.close();
  await plant?.close();
  rmSync(folder, { recursive: true, force: true });
});

const url = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
/**
 * The agent without its drivers: every minute of every machine goes into the log together with how far it has counted. By
 * itself as fast as the disk takes it up to a minute, afterwards one for each line that it reads.
 */
const AGENT = `
import { createInterface } from 'node:readline';
import { openStore } from ${url('../store/index.ts')};
import { REAL_DISK } from ${url('../store/disk.ts')};
import { startUplink } from ${url('./index.ts')};
const { folder, server, token, codes, to, fullFor, replayPerS } = JSON.parse(process.argv[1]);
let refusals = fullFor;
const disk = { ...REAL_DISK, write: async (...args) => {
  if (refusals-- > 0) throw Object.assign(new TypeError('ENOSPC'), { code: 'ENOSPC' });
  await REAL_DISK.write(...args);
} };
const store = await openStore({ folder, disk, buffer: { fsyncMs: 10, replayPerS }, now: Date.now });
startUplink({ store, server, token: () => token, now: Date.now, replayPerS, pauses: { firstMs: 20, longestMs: 200 } });
const count = (machine, minute) => (minute + 1) * (machine % 7 + 1);
let minute = store.checkpoint().minute ?? -1;
const step = () => {
  minute++;
  const records = codes.map((code, machine) => ({ machine: code, minute: ${FROM} + minute * ${MINUTE}, runningS: 60, count: count(machine, minute) }));
  store.append({ kind: 'records', records }, { minute });
};
while (minute < to) {
  step();
  if (minute % 16 === 0) { await store.durable(); console.log('minute ' + minute); }
}
await store.durable();
console.log('minute ' + minute);
for await (const line of createInterface({ input: process.stdin })) { step(); console.log('live ' + minute); }
`;

interface Agent {
  /** Next line it says; rejects when it is dead. */
  line(): Promise<string>;
  next(): void;
  kill(): Promise<void>;
}
function startAgent(to: number, fullFor: number): Agent {
  const settings = {
    folder,
    server: `http://127.0.0.1:${proxy.port}`,
    token: plant.plant.gatewayToken(0),
    codes: Array.from({ length: MACHINES }, (_, machine) => plant.plant.machineCode(0, machine)),
    to,
    fullFor,
    replayPerS: 100_000,
  };
  const child = spawn(process.execPath, ['--input-type=module', '-e', AGENT, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.add(child);
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    line: async () => {
      const { value, done } = await lines.next();
      if (done) throw new TypeError('the agent has died by itself');
      return value;
    },
    next: () => void child.stdin.write('\n'),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
      children.delete(child);
    },
  };
}
const newestMinute = async (): Promise<number> => {
  const { rows } = await plant.owner.query('SELECT max(minute) AS newest FROM record_batch');
  return (Number(rows[0]?.newest ?? FROM) - FROM) / MINUTE;
};

test(`after a day without the platform, ${KILLS} kills and a full disk, every record of ${MACHINES} machines is there exactly once, and live data does not wait`, async () => {
  proxy.setDown(true);
  for (let kill = 0; kill < KILLS; kill++) {
    const agent = startAgent(OUTAGE_MINUTES - 1, kill === 1 ? 1 : 0);
    for (let words = 0; words < 2 + (kill % 7); words++) await agent.line();
    await agent.kill();
  }
  const agent = startAgent(OUTAGE_MINUTES - 1, 0);
  while ((await agent.line()) !== `minute ${OUTAGE_MINUTES - 1}`);
  expect(await newestMinute()).toBe(0);

  proxy.setDown(false);
  let slowestMs = 0;
  for (let live = 0; live < LIVE_MINUTES; live++) {
    const from = performance.now();
    agent.next();
    await agent.line();
    await expect.poll(newestMinute, { timeout: 20_000, interval: 20 }).toBe(OUTAGE_MINUTES + live);
    slowestMs = Math.max(slowestMs, performance.now() - from);
  }
  expect(slowestMs).toBeLessThan(LIVE_DELAY_MS_MAX);

  const records = async (): Promise<number> => {
    const { rows } = await plant.owner.query(
      'SELECT coalesce(sum(cardinality(array_remove(cumulative, NULL))), 0) AS records FROM record_batch',
    );
    return Number(rows[0]?.records);
  };
  const all = (OUTAGE_MINUTES + LIVE_MINUTES) * MACHINES;
  await expect.poll(records, { timeout: 25_000, interval: 100 }).toBe(all);
  for (const machine of [0, 1, 42, MACHINES - 1]) {
    const machineId = plant.plant.machineId(0, machine);
    const { book, raw } = await plant.kernel.db.transaction({ kind: 'platform' }, async (tx) => ({
      book: await plant.ingest.lossLedger(tx, plant.plant.orgId, machineId),
      raw: await plant.ingest.rawRecords(tx, plant.plant.orgId, machineId, FROM, END),
    }));
    expect(book).toMatchObject({
      accepted: OUTAGE_MINUTES + LIVE_MINUTES,
      conflict: 0,
      rejected: 0,
      gapMinutes: 0,
    });
    expect(raw.map(({ count }) => count)).toEqual(raw.map((_, minute) => (minute + 1) * ((machine % 7) + 1)));
  }
  await agent.kill();
}, 90_000);
