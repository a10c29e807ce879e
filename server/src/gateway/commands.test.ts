import type { CommandOutcome, EdgeOrders, MachineCommand } from '@millrace/contract';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CONFIG,
  type GatewayHouse,
  openGatewayHouse,
  ordersOf,
  type Person,
  running,
} from '../../../test/setup/gateway-house.ts';

let gw: GatewayHouse;
let token: string;
beforeAll(async () => {
  gw = await openGatewayHouse();
  token = await gw.enrol();
  const body = { config: CONFIG, basedOn: null };
  expect((await gw.ask('owner', 'PUT', `/gateways/${gw.gatewayId}/config`, body)).status).toBe(200);
});
afterAll(() => gw?.close());

const speed = (more: object = {}) => ({
  machineId: gw.machineId,
  command: 'set-speed',
  value: 120,
  reason: 'warm up',
  expiresInS: 60,
  ...more,
});
const request = (body: object, who: Person = 'planner') => gw.ask(who, 'POST', '/machine-commands', body);
const step = (id: string, what: 'approval' | 'withdrawal', who: Person = 'owner') =>
  gw.ask(who, 'POST', `/machine-commands/${id}/${what}`);
const one = async (id: string): Promise<MachineCommand> =>
  (await gw.ask('viewer', 'GET', `/machine-commands/${id}`)).body;
const turn = (enabled: boolean, who: Person = 'owner') =>
  gw.ask(who, 'PUT', `/machines/${gw.machineId}/command-switch`, { enabled });
const orders = async (more: object = {}): Promise<EdgeOrders> =>
  ordersOf(await gw.exchange(token, { ...running(1), ...more }));
const outcome = (state: CommandOutcome['state'], more: Partial<CommandOutcome> = {}): CommandOutcome => ({
  state,
  refusal: null,
  detail: null,
  readBack: null,
  at: 1_700_000_000_000,
  ...more,
});
const made = async (body: object = speed(), who: Person = 'planner'): Promise<string> => {
  const answer = await request(body, who);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.id;
};
const audited = async (id: string): Promise<string[]> => {
  const { body } = await gw.ask('admin', 'GET', '/audit?action=command.&limit=500');
  return body.rows
    .filter(({ subject }: { subject: string }) => subject === `machine-command/${id}`)
    .map(({ action }: { action: string }) => action)
    .reverse();
};

describe('a machine', () => {
  test('takes no command until an owner switched them on, and the agent runs them', async () => {
    const { body } = await gw.ask('viewer', 'GET', `/machines/${gw.machineId}/command-switch`);
    expect(body).toEqual({ machineId: gw.machineId, enabled: false, changedBy: null, changedAt: null });
    expect((await request(speed())).body.code).toBe('commands-disabled');
    expect((await turn(true, 'planner')).status).toBe(403);
    expect((await turn(true, 'rival')).status).toBe(404);
    expect((await turn(true)).body).toMatchObject({ enabled: true, changedBy: 'owner@f1.example' });
    // The configuration is written, but the agent has not said that it runs it.
    expect((await request(speed())).body.code).toBe('command-not-configured');
    await orders();
    const id = await made();
    await orders();
    await orders({ outcomes: [{ id, outcome: outcome('executed') }] });
  });

  test('refuses by name what is not so: command, value, role, factory', async () => {
    expect((await request(speed({ command: 'explode' }))).body.code).toBe('command-not-configured');
    expect((await request(speed({ value: true }))).body.code).toBe('command-value-type');
    expect((await request(speed({ value: undefined }))).body.code).toBe('command-value-type');
    expect((await request(speed({ value: 12.5 }))).body.code).toBe('command-value-type');
    expect((await request(speed({ value: 201 }))).body).toMatchObject({
      code: 'command-value-range',
      values: { minimum: 10, maximum: 200 },
    });
    expect((await request(speed({ expiresInS: 1 }))).status).toBe(400);
    expect((await request(speed({ machineId: gw.gatewayId }))).status).toBe(404);
    expect((await request(speed(), 'viewer')).body.code).toBe('forbidden');
    expect((await request(speed(), 'admin')).body.code).toBe('forbidden');
    expect((await request(speed(), 'rival')).status).toBe(404);
  });

  test('has a bounded number of open commands, and switched off they are taken back', async () => {
    await gw.exchange(token, running(1));
    const answers = [];
    for (let no = 0; no < 20; no++) answers.push(await request(speed()));
    expect(answers.at(-1)?.body).toMatchObject({ code: 'too-many-commands', values: { most: 16 } });
    const ids = answers.flatMap(({ body }) => (body.state === 'queued' ? [body.id] : []));
    expect(ids.length).toBeGreaterThan(10);
    expect((await turn(false)).body.enabled).toBe(false);
    for (const id of ids) expect((await one(id)).state).toBe('withdrawn');
    expect((await orders()).commands).toEqual([]);
    await turn(true);
  });
});

describe('a command', () => {
  test('is handed out, executed, answered once, and settled', async () => {
    const id = await made();
    const { commands } = await orders();
    expect(commands).toEqual([
      { id, machine: 'M-1', command: 'set-speed', value: 120, expiresAt: expect.any(Number) },
    ]);
    expect((await one(id)).state).toBe('delivered');
    const told = [{ id, outcome: outcome('executed', { readBack: 120 }) }];
    expect((await orders({ outcomes: told })).settled).toEqual([id]);
    // Its word that it is stored may get lost: said again, the first outcome stays.
    const again = [{ id, outcome: outcome('failed', { detail: 'late' }) }];
    expect((await orders({ outcomes: again })).settled).toEqual([id]);
    expect(await one(id)).toMatchObject({ state: 'executed', outcome: { state: 'executed', readBack: 120 } });
    expect((await orders()).commands).toEqual([]);
    expect(await audited(id)).toEqual(['command.request', 'command.deliver', 'command.outcome']);
  });

  test('that the box refuses says which condition did not hold', async () => {
    const id = await made();
    await orders();
    const refused = outcome('refused', { refusal: 'interlock', detail: 'guard closed' });
    await orders({ outcomes: [{ id, outcome: refused }] });
    expect(await one(id)).toMatchObject({
      state: 'refused',
      outcome: { refusal: 'interlock', detail: 'guard closed' },
    });
  });

  test('may come back with any text a machine has', async () => {
    const id = await made();
    await orders();
    await orders({
      outcomes: [{ id, outcome: outcome('failed', { detail: 'E\0 \ud83d', readBack: '\ud83d' }) }],
    });
    expect((await one(id)).outcome?.detail).toMatch(/^E. .$/);
  });

  test('is handed out again until the agent answers, and never more often than every few seconds', async () => {
    const id = await made();
    const told = async (): Promise<boolean> => (await orders()).commands.some((it) => it.id === id);
    expect([await told(), await told()]).toEqual([true, false]);
    gw.house.ahead += 3_100;
    expect([await told(), await told()]).toEqual([true, false]);
    await orders({ outcomes: [{ id, outcome: outcome('executed') }] });
    gw.house.ahead += 3_100;
    expect(await told()).toBe(false);
    expect((await audited(id)).filter((action) => action === 'command.deliver')).toHaveLength(1);
  });

  test('that may be lost on the way is not told again once the machine is switched off or moved', async () => {
    const told = async (): Promise<number> => (await orders()).commands.length;
    const id = await made();
    expect(await told()).toBe(1);
    await turn(false);
    gw.house.ahead += 3_100;
    expect(await told()).toBe(0);
    await turn(true);
    expect(await told()).toBe(1);
    const other = await gw.addGateway('GW-moved');
    const move = (gatewayId: string) => gw.ask('owner', 'PATCH', `/machines/${gw.machineId}`, { gatewayId });
    expect((await move(other)).status).toBe(200);
    gw.house.ahead += 3_100;
    expect(await told()).toBe(0);
    expect((await one(id)).state).toBe('delivered');
    await move(gw.gatewayId);
    await orders({ outcomes: [{ id, outcome: outcome('executed') }] });
  });

  test('is forgotten after more than a year, when it is settled', async () => {
    const id = await made(speed({ requestKey: 'long ago' }));
    await step(id, 'withdrawal');
    // As the owner of the tables: nobody waits that long.
    const owner = new pg.Client({ connectionString: gw.house.adminUrl });
    await owner.connect();
    await owner.query(`UPDATE machine_command SET requested_at = now() - interval '401 days' WHERE id = $1`, [
      id,
    ]);
    await owner.end();
    await gw.gateways.tick();
    expect((await gw.ask('viewer', 'GET', `/machine-commands/${id}`)).status).toBe(404);
    expect(await audited(id)).toEqual(['command.request', 'command.withdraw']);
  });

  test('wakes the agent that waits', async () => {
    const line = orders({ waitS: 20 });
    const id = await made();
    expect((await line).commands.map((it) => it.id)).toEqual([id]);
    await orders({ outcomes: [{ id, outcome: outcome('executed') }] });
  });

  test('asked twice with the same key is one command', async () => {
    const keyed = speed({ requestKey: 'click-1' });
    const answers = await Promise.all(Array.from({ length: 5 }, () => request(keyed)));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect((await request({ ...keyed, value: 50 })).body.code).toBe('request-key-reused');
    const [first] = answers;
    expect((await orders()).commands.map(({ id }) => id)).toEqual([first?.body.id]);
    await orders({ outcomes: [{ id: first?.body.id, outcome: outcome('executed') }] });
  });

  test('can be withdrawn until it is handed out', async () => {
    const id = await made();
    expect((await step(id, 'withdrawal', 'rival')).status).toBe(404);
    expect((await step(id, 'withdrawal')).body.state).toBe('withdrawn');
    expect((await orders()).commands).toEqual([]);
    const late = await made();
    await orders();
    expect((await step(late, 'withdrawal')).body).toMatchObject({
      code: 'command-too-late',
      values: { state: 'delivered' },
    });
    await orders({ outcomes: [{ id: late, outcome: outcome('executed') }] });
  });

  test('withdrawn and handed out at the same moment is one of the two, never both', async () => {
    for (let round = 0; round < 8; round++) {
      const id = await made();
      const [withdrawn, handed] = await Promise.all([step(id, 'withdrawal'), orders()]);
      const wasHanded = handed.commands.some((it) => it.id === id);
      expect(withdrawn.status === 200).toBe(!wasHanded);
      expect((await one(id)).state).toBe(wasHanded ? 'delivered' : 'withdrawn');
      if (wasHanded) await orders({ outcomes: [{ id, outcome: outcome('executed') }] });
    }
  });

  test('runs out unheard as expired; handed out and unanswered as unknown, until the agent comes back', async () => {
    const unheard = await made(speed({ expiresInS: 5 }));
    gw.house.ahead += 5_001;
    expect((await orders()).commands).toEqual([]);
    await gw.gateways.tick();
    expect((await one(unheard)).state).toBe('expired');

    const lost = await made(speed({ expiresInS: 5 }));
    await orders();
    gw.house.ahead += 5_001;
    await gw.gateways.tick();
    expect((await one(lost)).state).toBe('delivered');
    gw.house.ahead += 120_000;
    await gw.gateways.tick();
    expect(await one(lost)).toMatchObject({ state: 'unknown', outcome: null });
    await orders({ outcomes: [{ id: lost, outcome: outcome('executed') }] });
    expect((await one(lost)).state).toBe('executed');
    expect(await audited(lost)).toEqual([
      'command.request',
      'command.deliver',
      'command.expire',
      'command.outcome',
    ]);
    // Somebody lies: an outcome of what was never handed out changes nothing.
    await orders({ outcomes: [{ id: unheard, outcome: outcome('executed') }] });
    expect((await one(unheard)).state).toBe('expired');
  });

  test('of another gateway is neither handed out nor settled by this one', async () => {
    const other = await gw.enrol(await gw.addGateway('GW-2'));
    const id = await made();
    expect(ordersOf(await gw.exchange(other)).commands).toEqual([]);
    await gw.exchange(other, { outcomes: [{ id, outcome: outcome('executed') }] });
    expect((await one(id)).state).toBe('queued');
    await step(id, 'withdrawal');
  });

  test('is listed by machine and state, for the factory and the operator', async () => {
    const rows = async (query: string, who: Person = 'viewer'): Promise<MachineCommand[]> =>
      (await gw.ask(who, 'GET', `/machine-commands?${query}`)).body.rows;
    const executed = await rows(`machineId=${gw.machineId}&state=executed&limit=500`);
    expect(executed.length).toBeGreaterThan(3);
    expect(executed.every(({ state }) => state === 'executed')).toBe(true);
    expect((await rows('limit=500', 'admin')).length).toBeGreaterThan(executed.length);
    expect(await rows('', 'rival')).toEqual([]);
    const page = await gw.ask('viewer', 'GET', '/machine-commands?limit=2');
    const next = await rows(`limit=2&cursor=${page.body.nextCursor}`);
    expect(next.map(({ id }) => id)).not.toContain(page.body.rows[1].id);
    const foreign = await gw.ask('rival', 'GET', `/machine-commands/${executed[0]?.id}`);
    expect(foreign.status).toBe(404);
  });
});

describe('a dangerous command', () => {
  const start = (more: object = {}) => speed({ command: 'start', value: true, ...more });

  test('waits until another person of the factory approves it', async () => {
    const id = await made(start());
    expect((await one(id)).state).toBe('awaiting-approval');
    expect((await orders()).commands).toEqual([]);
    expect((await step(id, 'approval', 'planner')).body.code).toBe('same-person');
    expect((await step(id, 'approval', 'viewer')).body.code).toBe('forbidden');
    expect((await step(id, 'approval', 'admin')).body.code).toBe('forbidden');
    expect((await step(id, 'approval', 'rival')).status).toBe(404);
    expect((await step(id, 'approval')).body).toMatchObject({
      state: 'queued',
      requestedBy: 'planner@f1.example',
      approvedBy: 'owner@f1.example',
    });
    expect((await orders()).commands.map((it) => it.id)).toEqual([id]);
    await orders({ outcomes: [{ id, outcome: outcome('executed') }] });
    expect(await audited(id)).toEqual([
      'command.request',
      'command.refuse',
      'command.approve',
      'command.deliver',
      'command.outcome',
    ]);
  });

  test('approved many times at once is approved once', async () => {
    const id = await made(start());
    const answers = await Promise.all(Array.from({ length: 5 }, () => step(id, 'approval')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
    expect((await audited(id)).filter((action) => action === 'command.approve')).toHaveLength(1);
    await step(id, 'withdrawal');
  });

  test('cannot be approved when its time is over, or the machine was switched off', async () => {
    const id = await made(start({ expiresInS: 5 }));
    gw.house.ahead += 5_001;
    expect((await step(id, 'approval')).body).toMatchObject({
      code: 'command-too-late',
      values: { state: 'expired' },
    });
    const second = await made(start());
    await turn(false);
    expect((await step(second, 'approval')).body.code).toBe('command-too-late');
    await turn(true);
  });

  test('is asked for and approved by people, not by programs that stand in for one', async () => {
    const keyOf = { name: 'mes', scopes: ['production', 'read'], organisationId: gw.factoryId };
    const { body } = await gw.ask('admin', 'POST', '/api-keys', keyOf);
    const byKey = await gw.post(body.secret, '/machine-commands', start());
    expect(byKey).toMatchObject({ status: 403, body: { code: 'person-needed' } });
    expect(await gw.post(body.secret, '/machine-commands', speed())).toMatchObject({ status: 201 });
    const id = await made(start());
    expect((await gw.post(body.secret, `/machine-commands/${id}/approval`, {})).body.code).toBe('forbidden');
  });
});
