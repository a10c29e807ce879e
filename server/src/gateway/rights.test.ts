import type { MachineCommand } from '@millrace/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CONFIG,
  type GatewayHouse,
  openGatewayHouse,
  ordersOf,
  running,
} from '../../../test/setup/gateway-house.ts';
import { peopleOf } from '../../../test/setup/house.ts';

let gw: GatewayHouse;
let token: string;
beforeAll(async () => {
  gw = await openGatewayHouse();
  token = await gw.enrol();
  const body = { config: CONFIG, basedOn: null };
  expect((await gw.ask('owner', 'PUT', `/gateways/${gw.gatewayId}/config`, body)).status).toBe(200);
  await gw.exchange(token, running(1));
  await gw.ask('owner', 'PUT', `/machines/${gw.machineId}/command-switch`, { enabled: true });
});
afterAll(() => gw?.close());

const wish = (more: object) => ({ machineId: gw.machineId, reason: 'why not', expiresInS: 600, ...more });
const start = () => wish({ command: 'start', value: true });
const speed = () => wish({ command: 'set-speed', value: 20 });
const made = async (body: object): Promise<string> => {
  const answer = await gw.ask('planner', 'POST', '/machine-commands', body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.id;
};
const stateOf = async (id: string): Promise<MachineCommand['state']> =>
  (await gw.ask('viewer', 'GET', `/machine-commands/${id}`)).body.state;
const told = async (): Promise<string[]> =>
  ordersOf(await gw.exchange(token, running(1))).commands.map(({ id }) => id);

async function makePlanner(role: 'planner' | 'viewer'): Promise<void> {
  const { body } = await gw.ask('owner', 'GET', '/users');
  const { id } = body.rows.find(({ email }: { email: string }) => email === 'planner@f1.example');
  expect((await gw.ask('owner', 'PATCH', `/users/${id}`, { role })).status).toBe(200);
}

describe('a right that is taken away', () => {
  test('ends what was asked for with it, before the approval and after it', async () => {
    const [approved, open, normal] = [await made(start()), await made(start()), await made(speed())];
    const approve = (id: string) => gw.ask('owner', 'POST', `/machine-commands/${id}/approval`);
    expect((await approve(approved)).body.state).toBe('queued');
    await makePlanner('viewer');
    expect((await approve(open)).body).toMatchObject({ status: 409, code: 'asker-may-no-more' });
    expect(await told()).toEqual([]);
    expect([await stateOf(approved), await stateOf(normal)]).toEqual(['queued', 'queued']);
    await makePlanner('planner');
    expect((await approve(open)).body.state).toBe('queued');
    expect(new Set(await told())).toEqual(new Set([approved, open, normal]));
  });

  test('ends what a program asked for when its key is revoked', async () => {
    const key = (await gw.ask('owner', 'POST', '/api-keys', { name: 'mes', scopes: ['production'] })).body;
    const { ask } = peopleOf(() => gw.house);
    const asked = await ask('POST', '/machine-commands', { bearer: key.secret, body: speed() });
    expect(asked).toMatchObject({ status: 201, body: { state: 'queued', requestedBy: 'mes' } });
    await gw.ask('owner', 'DELETE', `/api-keys/${key.apiKey.id}`);
    expect(await told()).not.toContain(asked.body.id);
    expect((await gw.ask('owner', 'POST', `/machine-commands/${asked.body.id}/withdrawal`)).status).toBe(200);
  });
});

describe('at the same time', () => {
  test('of many approvals one counts, and a command that is withdrawn is told to nobody', async () => {
    const id = await made(start());
    const step = (what: 'approval' | 'withdrawal') =>
      gw.ask(what === 'approval' ? 'owner' : 'planner', 'POST', `/machine-commands/${id}/${what}`);
    const all = await Promise.all([step('approval'), step('approval'), step('approval')]);
    expect(all.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
    const [withdrawn, orders] = await Promise.all([step('withdrawal'), told()]);
    expect(withdrawn.status === 200).toBe(!orders.includes(id));
    expect(await stateOf(id)).toBe(withdrawn.status === 200 ? 'withdrawn' : 'delivered');
  });

  test('of two results of a command the first counts, and none of another gateway', async () => {
    const id = await made(speed());
    expect(await told()).toContain(id);
    const outcome = (state: 'executed' | 'failed') => ({
      outcomes: [{ id, outcome: { state, refusal: null, detail: null, readBack: null, at: 1 } }],
    });
    const other = await gw.enrol(await gw.addGateway('GW-2'));
    expect((await gw.exchange(other, outcome('executed'))).status).toBe(200);
    expect(await stateOf(id)).toBe('delivered');
    const both = (['executed', 'failed'] as const).map((state) =>
      gw.exchange(token, { ...running(1), ...outcome(state) }),
    );
    for (const { status } of await Promise.all(both)) expect(status).toBe(200);
    const { body } = await gw.ask('admin', 'GET', '/audit?action=command.outcome&limit=500');
    const entries = body.rows.filter(
      ({ subject }: { subject: string }) => subject === `machine-command/${id}`,
    );
    expect(entries).toHaveLength(1);
    expect(entries[0].detail.state).toBe(await stateOf(id));
  });
});

test('a configuration is stored as it was written, or refused', async () => {
  const connections = [{ code: 'plc', driver: 'modbus', settings: { host: 'plc\0' } }];
  const body = { config: { ...CONFIG, connections }, basedOn: 1 };
  const answer = await gw.ask('owner', 'PUT', `/gateways/${gw.gatewayId}/config`, body);
  expect(answer.body).toMatchObject({ status: 400, code: 'bad-characters' });
});

test('no question is put to an agent without standing in the audit', async () => {
  const audited = async (): Promise<number> => {
    const { body } = await gw.ask('admin', 'GET', '/audit?action=gateway.ask&limit=500');
    return body.rows.length;
  };
  const ask = (host: string) => {
    const request = { kind: 'test', driver: 'npm:some-driver', settings: { host } };
    return gw.ask('planner', 'POST', `/gateways/${gw.gatewayId}/requests`, request);
  };
  await gw.exchange(token, running(1));
  const before = await audited();
  // The entry cannot be written: the question is not put either, also when it is tried again.
  for (const _ of [1, 2]) expect((await ask('plc\ud800')).body.code).toBe('bad-characters');
  for (const _ of [1, 2]) expect((await ask('plc')).status).toBe(202);
  expect((await audited()) - before).toBe(1);
});

test('a reason may hold what looks like the escape of a character', async () => {
  const id = await made({ ...speed(), reason: 'C:\\u0000' });
  const { body } = await gw.ask('admin', 'GET', '/audit?action=command.request&limit=1');
  expect(body.rows[0]).toMatchObject({ subject: `machine-command/${id}`, detail: { reason: 'C:\\u0000' } });
});

test('texts of a command are no longer than machines take, and are not read back longer', async () => {
  const tooLong = wish({ command: 'set-speed', value: 'x'.repeat(4_097) });
  expect((await gw.ask('planner', 'POST', '/machine-commands', tooLong)).body.code).toBe('invalid-request');
  const id = await made(speed());
  await told();
  const outcome = {
    state: 'executed',
    refusal: null,
    detail: null,
    readBack: 'y'.repeat(9_000),
    at: 1,
  } as const;
  await gw.exchange(token, { ...running(1), outcomes: [{ id, outcome }] });
  const { body } = await gw.ask('viewer', 'GET', `/machine-commands/${id}`);
  expect(body.outcome.readBack).toBe(`${'y'.repeat(4_096)}…`);
});

test('nothing is asked of a machine whose gateway was revoked', async () => {
  await gw.ask('owner', 'DELETE', `/gateways/${gw.gatewayId}`);
  const asked = await gw.ask('planner', 'POST', '/machine-commands', speed());
  expect(asked.body).toMatchObject({ status: 409, code: 'machine-without-gateway' });
});
