import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EdgeConfig } from '@millrace/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LossyProxy, openLossyProxy } from '../../test/far-side/lossy-proxy.ts';
import { type AgentPlant, type AgentProcess, openAgentPlant, until } from '../../test/setup/agent-plant.ts';

/** A minute passes in a second, from ten in the morning, so that no midnight lies in between. */
const SPEED = 60;
const FROM = Date.UTC(2026, 2, 2, 10);
const began = Date.now();
const now = (): number => FROM + (Date.now() - began) * SPEED;
const MINUTE_MS = 60_000;

/** The agent on a fast clock, otherwise as it is. */
const FAST = `
const [agentUrl, logUrl, data, server, code, began] = process.argv.slice(-6);
const { openAgent } = await import(agentUrl);
const { openLog, writeToStdout } = await import(logUrl);
const now = () => ${FROM} + (Date.now() - Number(began)) * ${SPEED};
const log = openLog({ level: 'info', write: writeToStdout, now: Date.now });
const agent = await openAgent({
  server, enrol: code, data, config: undefined, local: false, statusPort: 0, statusHost: '127.0.0.1',
  logLevel: 'info', log, now, tickMs: 50,
});
log.info('ready');
process.once('SIGTERM', async () => { await agent.close(); process.exit(0); });
`;

let plant: AgentPlant;
let proxy: LossyProxy;
let machine: NodeJS.Timeout | undefined;
beforeAll(async () => {
  plant = await openAgentPlant(now);
  const targetPort = Number(new URL(plant.platform.http).port);
  proxy = await openLossyProxy({ targetPort, seed: 1, faulty: 0, delayMs: 100 });
}, 120_000);
afterAll(async () => {
  clearInterval(machine);
  await proxy?.close();
  await plant?.close();
});

const config = (signals: string[] = []): EdgeConfig => ({
  v: 1,
  connections: [
    { code: 'plc', driver: 'modbus', settings: { host: '127.0.0.1', port: plant.plcPort, pollMs: 100 } },
  ],
  machines: [
    {
      machine: 'M-F1',
      timeZone: 'UTC',
      tags: [{ name: 'strokes', connection: 'plc', address: '1/holding/0', type: 'uint16' }],
      count: { from: 'counter', tag: 'strokes', modulus: 65_536 },
      rules: [{ code: 'near-its-end', tag: 'strokes', severity: 'info', kind: 'threshold', above: 65_520 }],
      signals,
    },
  ],
  buffer: { fsyncMs: 20 },
});

test('every piece a machine makes arrives once, though the agent is killed, the platform goes and the counter wraps', async () => {
  const { body } = await plant.desk('POST', `/gateways/${plant.gatewayId}/enrolment-code`);
  const urls = ['./agent.ts', './log/index.ts'].map((path) => new URL(path, import.meta.url).href);
  const data = join(plant.folder, 'data');
  const args = [...urls, data, `http://127.0.0.1:${proxy.port}`, body.code, String(began)];
  const script = join(plant.folder, 'fast-agent.mjs');
  writeFileSync(script, FAST);
  const start = (): AgentProcess => plant.run([script, ...args]);
  let agent = start();
  await agent.said('ready');
  plant.registers.writeUInt16BE(65_500, 0);
  await plant.configure(config());
  await plant.applied();
  await until(async () => {
    const { health } = (await plant.desk('GET', `/gateways/${plant.gatewayId}/health`)).body;
    return health?.connections[0]?.state === 'connected' && health.tags.length === 0;
  });

  let made = 0;
  machine = setInterval(() => plant.registers.writeUInt16BE((65_500 + ++made) % 65_536, 0), 10);
  await until(async () => made > 100);
  agent.kill('SIGKILL');
  await agent.ended;
  agent = start();
  await agent.said('ready');
  proxy.setDown(true);
  await agent.said('no word from the platform; collecting goes on');
  await plant.configure(config(['strokes']));
  const waited = made;
  await until(async () => made > waited + 150);
  agent.kill('SIGKILL');
  await agent.ended;
  agent = start();
  await agent.said('ready');
  proxy.setDown(false);
  const online = made;
  await until(async () => made > online + 50);
  clearInterval(machine);

  const records = `/machines/${plant.machineId}/records?from=${FROM}&to=${FROM + 40 * 3_600_000}`;
  const rows = await until(async () => {
    const { body: got } = await plant.desk('GET', records);
    return got.rows.at(-1)?.count >= made ? got.rows : undefined;
  });
  expect(rows.at(-1).count).toBe(made);
  const counts: number[] = rows.map(({ count }: { count: number }) => count);
  expect(counts.toSorted((a, b) => a - b)).toEqual(counts);
  const minutes: number[] = rows.map(({ minute }: { minute: number }) => minute);
  expect(new Set(minutes).size).toBe(minutes.length);
  expect(minutes.every((minute) => minute % MINUTE_MS === 0)).toBe(true);
  const ledger = (await plant.desk('GET', `/machines/${plant.machineId}/loss-ledger`)).body;
  expect(ledger).toMatchObject({ conflict: 0, rejected: 0, accepted: rows.length });
  expect(rows.at(-1).energyWh).toBeNull();
  const alarms = await until(async () => {
    const { body: got } = await plant.desk('GET', `/alarms?machineId=${plant.machineId}`);
    return got.rows.length >= 2 ? got.rows : undefined;
  });
  const told = alarms.map(({ rule, phase }: { rule: string; phase: string }) => `${rule} ${phase}`);
  expect(told.toSorted()).toEqual(['near-its-end cleared', 'near-its-end raised']);
  agent.kill('SIGTERM');
  expect(await agent.ended).toBe(0);
}, 90_000);
