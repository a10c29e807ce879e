import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EdgeConfig } from '@millrace/contract';
import modbus from 'jsmodbus';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRunningPlatform, type RunningPlatform } from '../../test/setup/running-platform.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
/** Half a minute, for a machine that is busy with other tests. */
const TRIES = 600;
const TRY_MS = 50;

let platform: RunningPlatform;
let plc: Server;
let registers: Buffer;
let folder: string;
let gatewayId: string;
let agents: ChildProcess[];

beforeAll(async () => {
  platform = await openRunningPlatform();
  Object.defineProperty(platform.clock, 'ms', { get: Date.now });
  folder = mkdtempSync(join(tmpdir(), 'millrace-agent-'));
  agents = [];
  registers = Buffer.alloc(64);
  plc = createServer();
  // A Modbus server that is not ours.
  new modbus.server.TCP(plc, { holding: registers });
  const { promise, resolve } = Promise.withResolvers<void>();
  plc.listen(0, '127.0.0.1', resolve);
  await promise;
  const made = await desk('POST', '/gateways', {
    code: 'GW-1',
    name: 'Hall 1',
    organisationId: platform.organisations.F1,
  });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  gatewayId = made.body.gateway.id;
  const assigned = await platform.ask('F1', 'PATCH', `/machines/${platform.places.F1.machineId}`, {
    gatewayId,
  });
  expect(assigned.status, JSON.stringify(assigned.body)).toBe(200);
}, 120_000);
afterAll(async () => {
  for (const agent of agents) agent.kill('SIGKILL');
  plc?.close();
  await platform?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As the operator's administrator. */
async function desk(method: string, path: string, body?: object) {
  const response = await fetch(`${platform.http}/api/v3${path}`, {
    method,
    headers: { ...platform.headers('OP'), ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

interface Line {
  readonly message: string;
  readonly statusPort?: number;
}
/** Starts the agent as a person would, and reads its log. */
function start(...more: string[]) {
  const args = [MAIN, '--data', join(folder, 'data'), '--status-port', '0', ...more];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  agents.push(child);
  const lines: Line[] = [];
  let rest = '';
  let complaint = '';
  child.stdout.on('data', (chunk) => {
    const parts = `${rest}${chunk}`.split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((line) => JSON.parse(line)));
  });
  child.stderr.on('data', (chunk) => (complaint += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    lines,
    ended,
    complaint: () => complaint,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    said: (message: string) => until(async () => lines.find((line) => line.message === message)),
  };
}

async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, TRY_MS));
  }
  throw new TypeError('it never came');
}

const port = (): number => (plc.address() as { port: number }).port;
const config = (more: Partial<EdgeConfig['machines'][number]> = {}): EdgeConfig => ({
  v: 1,
  connections: [
    { code: 'plc', driver: 'modbus', settings: { host: '127.0.0.1', port: port(), pollMs: 100 } },
  ],
  machines: [
    {
      machine: 'M-F1',
      timeZone: 'UTC',
      tags: [
        { name: 'strokes', connection: 'plc', address: '1/holding/0', type: 'uint16' },
        { name: 'speed', connection: 'plc', address: '1/holding/1', type: 'uint16' },
      ],
      count: { from: 'counter', tag: 'strokes' },
      commands: [
        {
          code: 'set-speed',
          connection: 'plc',
          address: '1/holding/1',
          kind: 'write',
          type: 'uint16',
          class: 'normal',
          maximum: 100,
          interlocks: [{ name: 'few strokes', when: 'strokes < 1000' }],
          readBack: { tag: 'speed', withinMs: 2_000 },
        },
      ],
      ...more,
    },
  ],
});
let version: number | null = null;
async function put(next: EdgeConfig): Promise<void> {
  const { status, body } = await desk('PUT', `/gateways/${gatewayId}/config`, {
    config: next,
    basedOn: version,
  });
  expect(status, JSON.stringify(body)).toBe(200);
  version = body.version;
}
const applied = () =>
  until(async () => (await desk('GET', `/gateways/${gatewayId}/config`)).body.appliedAt !== null);
const health = async () => (await desk('GET', `/gateways/${gatewayId}/health`)).body;

describe('an agent at its platform', () => {
  test('says in one sentence what is missing, and refuses a wrong code', async () => {
    const nobody = start();
    expect(await nobody.ended).toBe(77);
    expect(nobody.complaint()).toMatch(/not a gateway yet/);
    const wrong = start('--server', platform.http, '--enrol', 'AAAA-BBBB-CCCC');
    expect(await wrong.ended).toBe(77);
    expect(wrong.complaint()).toMatch(/did not take the code/);
  });

  test('enrols with the code, takes its configuration online, and shows how its machines are', async () => {
    const { body } = await desk('POST', `/gateways/${gatewayId}/enrolment-code`);
    writeFileSync(join(folder, 'code'), body.code);
    const agent = start('--server', platform.http, '--enrol', body.code);
    await agent.said('ready');
    expect(statSync(join(folder, 'data', 'identity.json')).mode & 0o077).toBe(0);
    await put(config());
    await applied();
    const online = await until(async () => {
      const said = await health();
      return said.health?.connections[0]?.state === 'connected' ? said : undefined;
    });
    expect(online).toMatchObject({ online: true, health: { configSource: 'platform', configVersion: 1 } });
  });

  test('answers a person who looks at a far side', async () => {
    registers.writeUInt16BE(77, 4);
    const asked = await desk('POST', `/gateways/${gatewayId}/requests`, {
      kind: 'read',
      driver: 'modbus',
      settings: { host: '127.0.0.1', port: port() },
      addresses: [{ address: '1/holding/2', type: 'uint16' }],
    });
    expect(asked.status, JSON.stringify(asked.body)).toBe(202);
    const answered = await until(async () => {
      const { body } = await desk('GET', `/gateways/${gatewayId}/requests/${asked.body.id}`);
      return body.state === 'answered' ? body.answer : undefined;
    });
    expect(answered).toMatchObject({ error: null, values: [{ value: 77, quality: 'good' }] });
  });

  test('refuses what only it can know to be wrong, tells where, and goes on with the version before', async () => {
    await put(config({ tags: [{ name: 'strokes', connection: 'plc', address: 'DB1.DBW0' }], commands: [] }));
    const faults = await until(async () => {
      const { body } = await desk('GET', `/gateways/${gatewayId}/config`);
      return body.faults.length > 0 ? body.faults : undefined;
    });
    expect(faults).toMatchObject([{ path: '/machines/0/tags/0/address', code: 'bad-address' }]);
    expect((await health()).health.configVersion).toBe(1);
    await put(config());
    await applied();
  });

  const command = async (value: number) => {
    const body = {
      machineId: platform.places.F1.machineId,
      command: 'set-speed',
      value,
      reason: 'a test',
      expiresInS: 60,
    };
    const asked = await platform.ask('F1', 'POST', '/machine-commands', body);
    expect(asked.status, JSON.stringify(asked.body)).toBe(201);
    return until(async () => {
      const { body: now } = await desk('GET', `/machine-commands/${asked.body.id}`);
      return now.outcome === null ? undefined : now;
    });
  };
  test('writes to a machine only when the box, the interlock and the platform allow it', async () => {
    const { machineId } = platform.places.F1;
    const on = await desk('PUT', `/machines/${machineId}/command-switch`, { enabled: true });
    expect(on.status, JSON.stringify(on.body)).toBe(200);
    expect(await command(50)).toMatchObject({ state: 'refused', outcome: { refusal: 'not-allowed-here' } });
    writeFileSync(join(folder, 'data', 'allow.yaml'), 'allow: [{ machine: M-F1, commands: [set-speed] }]\n');
    expect(await command(51)).toMatchObject({ state: 'executed', outcome: { readBack: 51 } });
    expect(registers.readUInt16BE(2)).toBe(51);
    registers.writeUInt16BE(1_000, 0);
    expect(await command(52)).toMatchObject({ state: 'refused', outcome: { refusal: 'interlock' } });
    expect(registers.readUInt16BE(2)).toBe(51);
    registers.writeUInt16BE(0, 0);
  });

  test('changes its token online without a word lost', async () => {
    const identity = () => JSON.parse(readFileSync(join(folder, 'data', 'identity.json'), 'utf8'));
    const before = identity().token;
    expect((await desk('POST', `/gateways/${gatewayId}/rotation`)).status).toBe(202);
    const after = await until(async () => (identity().token === before ? undefined : identity().token));
    await put(config({ signals: ['speed'] }));
    await applied();
    const response = await fetch(`${platform.http}/api/v3/edge/exchange`, {
      method: 'POST',
      headers: { authorization: `Bearer ${before}`, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(response.status).toBe(401);
    expect(identity().token).toBe(after);
  });

  test('killed and started again runs its last good configuration, and lets nobody else into its folder', async () => {
    agents.at(-1)?.kill('SIGKILL');
    const again = start('--server', platform.http, '--enrol', readFileSync(join(folder, 'code'), 'utf8'));
    await again.said('ready');
    expect(again.lines).toContainEqual(
      expect.objectContaining({ message: 'a configuration runs', source: 'platform' }),
    );
    const second = start();
    expect(await second.ended).toBe(75);
    again.kill('SIGTERM');
    expect(await again.ended).toBe(0);
  });

  test('that is revoked says so and goes on collecting', async () => {
    const agent = start();
    await agent.said('the platform answers');
    expect((await desk('DELETE', `/gateways/${gatewayId}`)).status).toBe(200);
    const said = await agent.said('no word from the platform; collecting goes on');
    expect(said).toMatchObject({ state: 'refused', why: expect.stringContaining('revoked') });
    agent.kill('SIGTERM');
    expect(await agent.ended).toBe(0);
  });
});
