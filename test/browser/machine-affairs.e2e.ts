import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchUnshed } from '../setup/fetch-unshed.ts';
import { HEALTH } from '../setup/gateway-house.ts';
import { type Look, type Visitor, visit } from './browser.ts';
import { openWorkshop, type Shopfloor, type Workshop } from './workshop.ts';

const ENGLISH: Look = { language: 'en', scheme: 'dark', size: 'laptop' };
const CHINESE: Look = { language: 'zh-CN', scheme: 'light', size: 'phone' };
/** A click has its effect within this, also on a busy machine. */
const SOON_MS = 30_000;

let shop: Workshop;
let token: string;
beforeAll(async () => {
  shop = await openWorkshop();
  const { plant } = shop;
  const { body } = await plant.desk('POST', `/gateways/${plant.gatewayId}/enrolment-code`, {});
  token = (await tell('/edge/enrolment', { code: body.code, agentVersion: '1.0.0', hostName: 'box' })).token;
  const rule = { code: 'hot', tag: 'speed', severity: 'critical', kind: 'threshold', above: 80 } as const;
  const speed = { connection: 'plc', address: '1/holding/1', type: 'uint16' } as const;
  await plant.configure({
    v: 1,
    connections: [{ code: 'plc', driver: 'modbus', settings: { host: '127.0.0.1', port: plant.plcPort } }],
    machines: [
      {
        machine: 'M-F1',
        timeZone: 'UTC',
        tags: [{ name: 'speed', ...speed, unit: 'r/min' }],
        rules: [rule],
        commands: [
          { code: 'set-speed', ...speed, kind: 'write', class: 'normal', maximum: 90, interlocks: [] },
        ],
      },
    ],
  });
  await exchange();
});
afterAll(() => shop?.close());

/** What the box says; an agent that is nothing but HTTP says the same each time. */
// biome-ignore lint/suspicious/noExplicitAny: answers have every shape
async function tell(path: string, body: object): Promise<any> {
  const response = await fetchUnshed(`${shop.http}/api/v3${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  });
  expect(response.status).toBeLessThan(300);
  return response.json();
}
const exchange = (more: object = {}) =>
  tell('/edge/exchange', {
    ...{ waitS: 0, seenVersion: 1, faults: [], answers: [], outcomes: [] },
    health: { ...HEALTH, configVersion: 1, configSource: 'platform' },
    ...more,
  });

async function enter(person: Shopfloor, look: Look): Promise<Visitor> {
  const visitor = await visit(shop.http, look);
  visitor.page.setDefaultTimeout(SOON_MS);
  await visitor.page.goto(await shop.linkOf(person));
  await visitor.page.locator('.page-body').waitFor();
  return visitor;
}

describe('what happens at a machine', () => {
  it('is an alarm in words and a command with its refusal, on its page, in both languages', async () => {
    const { machineId } = shop.plant;
    const alarm = { id: 'a1', machine: 'M-F1', rule: 'hot', severity: 'critical', phase: 'raised' };
    const found = {
      at: Date.now(),
      value: 81.5,
      limit: 80,
      basis: { kind: 'threshold', tag: 'speed', unit: 'r/min' },
    };
    await tell('/edge-alarms', { v: 1, alarms: [{ ...alarm, ...found }] });
    const asF1 = (method: 'POST', path: string, body: object) =>
      shop.plant.platform.ask('F1', method, path, body);
    expect(
      (await shop.plant.desk('PUT', `/machines/${machineId}/command-switch`, { enabled: true })).status,
    ).toBe(200);
    const wish = { machineId, command: 'set-speed', reason: 'warm up', expiresInS: 60 };
    const made = await asF1('POST', '/machine-commands', { ...wish, value: 50 });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    expect((await asF1('POST', '/machine-commands', { ...wish, value: 91 })).status).toBe(422);
    await exchange();
    const refused = { state: 'refused', refusal: 'interlock', detail: 'guard closed', readBack: null, at: 1 };
    await exchange({ outcomes: [{ id: made.body.id, outcome: refused }] });

    const english = await enter('owner', ENGLISH);
    await english.page.goto(`/machines/${machineId}`);
    await english.page.getByText('speed 81.5 r/min is above 80 r/min').waitFor();
    await english.page.getByText('A condition at the machine does not hold: guard closed').waitFor();
    expect(await english.inspect('machine-affairs', ENGLISH)).toEqual([]);
    await english.page.goto('/admin/audit');
    await english.page.getByText('M-F1 · set-speed = 91: The value must lie between 0 and 90.').waitFor();
    expect(await english.inspect('audit-refusal', ENGLISH)).toEqual([]);
    expect(english.complaints()).toEqual([]);
    await english.close();

    const chinese = await enter('planner', CHINESE);
    await chinese.page.goto(`/machines/${machineId}`);
    await chinese.page.getByText('speed 81.5 r/min，高于 80 r/min').waitFor();
    await chinese.page.getByText('机器上的一项条件不满足').waitFor();
    expect(await chinese.inspect('machine-affairs', CHINESE)).toEqual([]);
    await chinese.page.goto('/board');
    await chinese.page.getByText('speed 81.5 r/min，高于 80 r/min').first().waitFor();
    await chinese.page.getByText('set-speed = 50 · 已拒绝').first().waitFor();
    expect(chinese.complaints()).toEqual([]);
    await chinese.close();
  });
});
