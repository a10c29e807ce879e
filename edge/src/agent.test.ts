import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EdgeConfig } from '@millrace/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AgentPlant, type AgentProcess, openAgentPlant, until } from '../../test/setup/agent-plant.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

let plant: AgentPlant;
let registers: Buffer;
let running: AgentProcess | undefined;
beforeAll(async () => {
  plant = await openAgentPlant();
  ({ registers } = plant);
}, 120_000);
afterAll(() => plant?.close());

/** As a person would start it. */
const start = (...more: string[]): AgentProcess =>
  plant.run([MAIN, '--data', join(plant.folder, 'data'), '--status-port', '0', ...more]);
const health = async () => (await plant.desk('GET', `/gateways/${plant.gatewayId}/health`)).body;
const config = (more: Partial<EdgeConfig['machines'][number]> = {}): EdgeConfig => ({
  v: 1,
  connections: [
    { code: 'plc', driver: 'modbus', settings: { host: '127.0.0.1', port: plant.plcPort, pollMs: 100 } },
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
describe('an agent at its platform', () => {
  test('says in one sentence what is missing, and refuses a wrong code', async () => {
    const nobody = start();
    expect(await nobody.ended).toBe(77);
    expect(nobody.complaint()).toMatch(/not a gateway yet/);
    const wrong = start('--server', plant.platform.http, '--enrol', 'AAAA-BBBB-CCCC');
    expect(await wrong.ended).toBe(77);
    expect(wrong.complaint()).toMatch(/did not take the code/);
  });

  test('enrols with the code, takes its configuration online, and shows how its machines are', async () => {
    const { body } = await plant.desk('POST', `/gateways/${plant.gatewayId}/enrolment-code`);
    writeFileSync(join(plant.folder, 'code'), body.code);
    const agent = start('--server', plant.platform.http, '--enrol', body.code);
    running = agent;
    await agent.said('ready');
    expect(statSync(join(plant.folder, 'data', 'identity.json')).mode & 0o077).toBe(0);
    await plant.configure(config());
    await plant.applied();
    const online = await until(async () => {
      const said = await health();
      return said.health?.connections[0]?.state === 'connected' ? said : undefined;
    });
    expect(online).toMatchObject({ online: true, health: { configSource: 'platform', configVersion: 1 } });
  });

  test('answers a person who looks at a far side', async () => {
    registers.writeUInt16BE(77, 4);
    const asked = await plant.desk('POST', `/gateways/${plant.gatewayId}/requests`, {
      kind: 'read',
      driver: 'modbus',
      settings: { host: '127.0.0.1', port: plant.plcPort },
      addresses: [{ address: '1/holding/2', type: 'uint16' }],
    });
    expect(asked.status, JSON.stringify(asked.body)).toBe(202);
    const answered = await until(async () => {
      const { body } = await plant.desk('GET', `/gateways/${plant.gatewayId}/requests/${asked.body.id}`);
      return body.state === 'answered' ? body.answer : undefined;
    });
    expect(answered).toMatchObject({ error: null, values: [{ value: 77, quality: 'good' }] });
  });

  test('refuses what only it can know to be wrong, tells where, and goes on with the version before', async () => {
    await plant.configure(
      config({ tags: [{ name: 'strokes', connection: 'plc', address: 'DB1.DBW0' }], commands: [] }),
    );
    const faults = await until(async () => {
      const { body } = await plant.desk('GET', `/gateways/${plant.gatewayId}/config`);
      return body.faults.length > 0 ? body.faults : undefined;
    });
    expect(faults).toMatchObject([{ path: '/machines/0/tags/0/address', code: 'bad-address' }]);
    expect((await health()).health.configVersion).toBe(1);
    await plant.configure(config());
    await plant.applied();
  });

  const command = async (value: number) => {
    const body = {
      machineId: plant.machineId,
      command: 'set-speed',
      value,
      reason: 'a test',
      expiresInS: 60,
    };
    const asked = await plant.platform.ask('F1', 'POST', '/machine-commands', body);
    expect(asked.status, JSON.stringify(asked.body)).toBe(201);
    return until(async () => {
      const { body: now } = await plant.desk('GET', `/machine-commands/${asked.body.id}`);
      return now.outcome === null ? undefined : now;
    });
  };
  test('writes to a machine only when the box, the interlock and the platform allow it', async () => {
    const on = await plant.desk('PUT', `/machines/${plant.machineId}/command-switch`, { enabled: true });
    expect(on.status, JSON.stringify(on.body)).toBe(200);
    expect(await command(50)).toMatchObject({ state: 'refused', outcome: { refusal: 'not-allowed-here' } });
    writeFileSync(
      join(plant.folder, 'data', 'allow.yaml'),
      'allow: [{ machine: M-F1, commands: [set-speed] }]\n',
    );
    expect(await command(51)).toMatchObject({ state: 'executed', outcome: { readBack: 51 } });
    expect(registers.readUInt16BE(2)).toBe(51);
    registers.writeUInt16BE(1_000, 0);
    expect(await command(52)).toMatchObject({ state: 'refused', outcome: { refusal: 'interlock' } });
    expect(registers.readUInt16BE(2)).toBe(51);
    registers.writeUInt16BE(0, 0);
  });

  test('changes its token online without a word lost', async () => {
    const identity = () => JSON.parse(readFileSync(join(plant.folder, 'data', 'identity.json'), 'utf8'));
    const before = identity().token;
    expect((await plant.desk('POST', `/gateways/${plant.gatewayId}/rotation`)).status).toBe(202);
    const after = await until(async () => (identity().token === before ? undefined : identity().token));
    await plant.configure(config({ signals: ['speed'] }));
    await plant.applied();
    const response = await fetch(`${plant.platform.http}/api/v3/edge/exchange`, {
      method: 'POST',
      headers: { authorization: `Bearer ${before}`, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(response.status).toBe(401);
    expect(identity().token).toBe(after);
  });

  test('killed and started again runs its last good configuration, and lets nobody else into its folder', async () => {
    running?.kill('SIGKILL');
    const again = start(
      '--server',
      plant.platform.http,
      '--enrol',
      readFileSync(join(plant.folder, 'code'), 'utf8'),
    );
    await again.said('ready');
    expect(again.lines).toContainEqual(
      expect.objectContaining({ message: 'a configuration runs', source: 'platform' }),
    );
    const second = start();
    expect(await second.ended).toBe(75);
    again.kill('SIGTERM');
    expect(await again.ended).toBe(0);
    const path = join(plant.folder, 'data', 'identity.json');
    const whole = readFileSync(path, 'utf8');
    writeFileSync(path, whole.slice(0, -5));
    const damaged = start();
    expect(await damaged.ended).toBe(77);
    writeFileSync(path, whole);
    const stale = start('--server', plant.platform.http, '--enrol', 'AAAA-BBBB-CCCC');
    await stale.said('the code was not taken; the box goes on as the gateway it is');
    await stale.said('ready');
    stale.kill('SIGTERM');
    await stale.ended;
  });

  test('that is revoked says so and goes on collecting', async () => {
    const agent = start();
    await agent.said('the platform answers');
    expect((await plant.desk('DELETE', `/gateways/${plant.gatewayId}`)).status).toBe(200);
    const said = await agent.said('no word from the platform; collecting goes on');
    expect(said).toMatchObject({ state: 'refused', why: expect.stringContaining('revoked') });
    agent.kill('SIGTERM');
    expect(await agent.ended).toBe(0);
  });
});
