import type { CommandOutcome } from '@millrace/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CONFIG,
  type GatewayHouse,
  openGatewayHouse,
  type Person,
  running,
} from '../../../test/setup/gateway-house.ts';
import { PLATFORM } from '../kernel/index.ts';

let gw: GatewayHouse;
let token: string;
beforeAll(async () => {
  gw = await openGatewayHouse();
  token = await gw.enrol();
  const body = { config: CONFIG, basedOn: null };
  expect((await gw.ask('owner', 'PUT', `/gateways/${gw.gatewayId}/config`, body)).status).toBe(200);
  await gw.exchange(token, running(1));
  await turn(true);
});
afterAll(() => gw?.close());

const turn = (enabled: boolean) =>
  gw.ask('owner', 'PUT', `/machines/${gw.machineId}/command-switch`, { enabled });
const request = (more: object = {}, who: Person = 'planner') =>
  gw.ask(who, 'POST', '/machine-commands', {
    machineId: gw.machineId,
    command: 'set-speed',
    value: 120,
    reason: 'warm up',
    expiresInS: 60,
    ...more,
  });
const made = async (more: object = {}): Promise<string> => {
  const { status, body } = await request(more);
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id;
};
const step = (id: string, what: 'approval' | 'withdrawal', who: Person) =>
  gw.ask(who, 'POST', `/machine-commands/${id}/${what}`);
const settle = async (id: string, outcome: Partial<CommandOutcome>): Promise<void> => {
  await gw.exchange(token, running(1));
  const said = { state: 'executed', refusal: null, detail: null, readBack: null, at: 1_700_000_000_000 };
  const outcomes = [{ id, outcome: { ...said, ...outcome } as CommandOutcome }];
  expect((await gw.exchange(token, { ...running(1), outcomes })).body.settled).toEqual([id]);
};

interface News {
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
}
const newsOfCommand = (id: string): Promise<News[]> =>
  gw.house.kernel.db.transaction(PLATFORM, (tx) =>
    tx.rows<News>(`SELECT kind, payload FROM outbox_event WHERE payload->>'commandId' = $1 ORDER BY id`, [
      id,
    ]),
  );
const kindsOf = async (id: string): Promise<string[]> => (await newsOfCommand(id)).map(({ kind }) => kind);

interface Entry {
  readonly action: string;
  readonly actor: string;
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
}
const refusals = async (prefix = 'command.refuse'): Promise<Entry[]> =>
  (await gw.ask('admin', 'GET', `/audit?limit=500&action=${prefix}`)).body.rows.reverse();

describe('what becomes of a command is news', () => {
  test('from the wish over the approval to what the machine shows', async () => {
    const id = await made({ command: 'start', value: true });
    expect((await step(id, 'approval', 'owner')).status).toBe(200);
    await settle(id, { readBack: true });
    expect(await newsOfCommand(id)).toMatchObject([
      {
        kind: 'machine-command-requested',
        payload: { command: 'start', value: true, class: 'dangerous', requestedBy: 'planner@f1.example' },
      },
      { kind: 'machine-command-approved', payload: { approvedBy: 'owner@f1.example' } },
      { kind: 'machine-command-executed', payload: { machineId: gw.machineId, readBack: true } },
    ]);
  });

  test('also when the box refuses it, and then with the condition that did not hold', async () => {
    const id = await made();
    await settle(id, { state: 'refused', refusal: 'interlock', detail: 'guard closed' });
    expect((await newsOfCommand(id)).at(-1)).toMatchObject({
      kind: 'machine-command-failed',
      payload: { outcome: 'refused', refusal: 'interlock', detail: 'guard closed', value: 120 },
    });
  });

  test('also when it was taken back, switched off, or ran out; and told late it is told once more', async () => {
    const withdrawn = await made();
    await step(withdrawn, 'withdrawal', 'planner');
    const off = await made();
    await turn(false);
    await turn(true);
    const late = await made();
    await gw.exchange(token, running(1));
    const unheard = await made({ command: 'start', value: true });
    gw.house.ahead += 200_000;
    await gw.gateways.tick();
    const lapsed = ['machine-command-requested', 'machine-command-lapsed'];
    expect(await kindsOf(withdrawn)).toEqual(lapsed);
    expect(await kindsOf(off)).toEqual(lapsed);
    expect((await newsOfCommand(unheard)).at(-1)?.payload.outcome).toBe('expired');
    expect((await newsOfCommand(late)).at(-1)?.payload.outcome).toBe('unknown');
    await settle(late, {});
    expect((await kindsOf(late)).slice(1)).toEqual(['machine-command-failed', 'machine-command-executed']);
  });
});

describe('a refused command', () => {
  test('stands in the audit with who wanted what of which machine and why not', async () => {
    expect((await request({ value: 201 })).body.code).toBe('command-value-range');
    expect((await request({ command: 'explode' })).body.code).toBe('command-not-configured');
    const id = await made({ command: 'start', value: true });
    expect((await step(id, 'approval', 'planner')).body.code).toBe('same-person');
    await turn(false);
    expect((await request()).body.code).toBe('commands-disabled');
    await turn(true);
    const entries = await refusals();
    expect(entries.map(({ detail }) => detail.refusal)).toEqual([
      'command-value-range',
      'command-not-configured',
      'same-person',
      'commands-disabled',
    ]);
    expect(entries[0]).toMatchObject({
      action: 'command.refuse',
      actor: 'planner@f1.example',
      subject: `machine/${gw.machineId}`,
      detail: {
        step: 'request',
        machine: 'M-1',
        command: 'set-speed',
        value: 201,
        reason: 'warm up',
        values: { minimum: 10, maximum: 200 },
      },
    });
    expect(entries[2]).toMatchObject({ subject: `machine-command/${id}`, detail: { step: 'approve' } });
    expect((await gw.ask('admin', 'GET', '/audit/verification')).body.intact).toBe(true);
  });

  test('in a loop is one entry an hour and a number, whatever is varied', async () => {
    const before = (await refusals()).length;
    for (let no = 0; no < 60; no++) {
      expect((await request({ command: `x-${no % 30}` }, 'owner')).body.code).toBe('command-not-configured');
    }
    expect((await refusals()).length - before).toBe(20);
    gw.house.ahead += 3_600_001;
    await gw.gateways.tick();
    const again = await refusals('command.refuse-again');
    expect(again).toMatchObject([
      { actor: 'owner@f1.example', detail: { refusals: { 'command-not-configured': 40 } } },
    ]);
    await request({ command: 'x-1' }, 'owner');
    expect((await refusals()).length - before).toBe(22);
    await gw.gateways.tick();
    expect(await refusals('command.refuse-again')).toHaveLength(1);
  });

  test('of a machine of somebody else is nobody’s entry', async () => {
    const before = (await refusals()).length;
    expect((await request({}, 'rival')).status).toBe(404);
    expect((await refusals()).length).toBe(before);
  });

  test('quotes what was to be written only at its beginning', async () => {
    gw.house.ahead += 3_600_001;
    await request({ value: 'x'.repeat(4_000) });
    expect((await refusals()).at(-1)?.detail.value).toBe('x'.repeat(200));
  });
});
