import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EdgeConfig, GatewayConfig, Machine, MachineCommand } from '@millrace/contract';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../setup/agent-plant.ts';
import { type Look, switchLook, type Visitor, visit } from './browser.ts';
import { cutOffTexts } from './cut-off.ts';
import { smallTargets } from './targets.ts';
import { openWorkshop, type Shopfloor, type Workshop } from './workshop.ts';

const LAPTOP: Look = { language: 'en', scheme: 'dark', size: 'laptop' };
const PHONE: Look = { language: 'zh-CN', scheme: 'light', size: 'phone' };
/** Between them both languages, both themes and all three sizes. */
const LOOKS: readonly Look[] = [
  LAPTOP,
  PHONE,
  { language: 'en', scheme: 'light', size: 'wall' },
  { language: 'zh-CN', scheme: 'dark', size: 'laptop' },
];
/** C8: any machine on the network in ten minutes. */
const ONBOARDING_GOAL_S = 600;
/** A click has its effect within this, also on a busy machine. */
const SOON_MS = 30_000;
/** A minute, and what a busy machine adds. */
const RECORD_MS = 120_000;

let shop: Workshop;
let visitors: Visitor[] = [];
let gatewayId = '';
let code = '';

beforeAll(async () => {
  shop = await openWorkshop();
});
afterAll(() => shop?.close());
afterEach(async () => {
  const complaints = visitors.flatMap((one) => one.complaints());
  await Promise.all(visitors.map((one) => one.close()));
  visitors = [];
  expect(complaints).toEqual([]);
});

async function enter(person: Shopfloor, look: Look): Promise<Visitor> {
  const visitor = await visit(shop.http, look);
  visitors.push(visitor);
  visitor.page.setDefaultTimeout(SOON_MS);
  await visitor.page.goto(await shop.linkOf(person));
  await visitor.page.locator('.page-body').waitFor();
  return visitor;
}

const button = (scope: Page | Locator, name: string | RegExp) => scope.getByRole('button', { name }).last();

/** The page as it stands in every look, reloaded: a draft must survive that too. */
async function look(visitor: Visitor, name: string, sign: string): Promise<void> {
  const { page } = visitor;
  for (const one of LOOKS) {
    await switchLook(page, one);
    await page.reload();
    await page.locator(sign).first().waitFor();
    const found = [...(await visitor.inspect(name, one)), ...(await cutOffTexts(page))];
    expect(found, `${name} ${one.size} ${one.language}`).toEqual([]);
    if (one.size === 'phone') expect(await smallTargets(page, '.wizard'), name).toEqual([]);
  }
  await switchLook(page, LAPTOP);
  await page.reload();
  await page.locator(sign).first().waitFor();
}

describe('the owner of a factory', () => {
  it('connects a machine, from the code on the screen to its first record', async () => {
    const visitor = await enter('owner', LAPTOP);
    const { page } = visitor;
    await page.goto('/gateways');
    const beganAt = performance.now();
    await button(page, 'Connect a machine').click();
    await page.getByLabel('Name').fill('Hall 2');
    await page.getByLabel('Code').fill('GW-2');
    await button(page, 'Create the gateway').click();
    await button(page, 'Show an enrolment code').click();
    code = (await page.getByTestId('enrolment-code').textContent()) ?? '';
    await page.getByText(`--enrol ${code}`).first().waitFor();
    shop.startAgent(code);
    await page.locator('.arrived').waitFor();
    await button(page, 'Next').click();

    await button(page, 'New machine').click();
    await page.getByLabel('Name').fill('Press 7');
    await page.getByLabel('Code').fill('PRESS-7');
    await button(page, 'Create the machine').click();

    await button(page, /Counter in a Modbus register/).click();
    await page.getByLabel('Address of the machine').fill('127.0.0.1');
    await page.getByRole('spinbutton', { name: 'Port' }).fill(String(shop.plant.plcPort));
    await button(page, 'Test the connection').click();
    await page.getByText(/Reached in/).waitFor();
    await button(page, 'Next').click();

    await page.locator('output.live-value').waitFor();
    await button(page, 'Next').click();
    await page.getByText(/[1-9]\d* pieces would be counted/).waitFor();
    await button(page, 'Next').click();
    await page.locator('.diff-added').first().waitFor();
    // Each line of the change stands below the one before.
    const [first, second] = await page.locator('.diff-added').all();
    expect((await second?.boundingBox())?.x).toBe((await first?.boundingBox())?.x);
    await button(page, 'Save and start').click();
    await page.getByText('Press 7 is live').waitFor({ timeout: RECORD_MS });
    const tookS = (performance.now() - beganAt) / 1_000;
    process.stdout.write(`C8 onboarding: ${tookS.toFixed(1)} s\n`);
    expect(tookS).toBeLessThan(ONBOARDING_GOAL_S);
    await page.locator('.table tbody tr').first().waitFor();
    await look(visitor, 'wizard-records', '.course');

    const { rows } = (await shop.plant.platform.ask('F1', 'GET', '/machines')).body as { rows: Machine[] };
    const machine = rows.find((one) => one.code === 'PRESS-7');
    gatewayId = machine?.gatewayId ?? '';
    const { body } = await shop.plant.desk('GET', `/gateways/${gatewayId}/config`);
    expect((body as GatewayConfig).config.machines[0]).toMatchObject({
      machine: 'PRESS-7',
      timeZone: 'UTC',
      count: { from: 'counter', tag: 'pieces', modulus: 4_294_967_296 },
    });
  });

  it('loses nothing on reload or on the way back, at any size', async () => {
    const visitor = await enter('owner', LAPTOP);
    const { page } = visitor;
    await page.goto('/gateways');
    await look(visitor, 'gateways', '.gateway-card');
    await page.goto(`/gateways/${gatewayId}`);
    await look(visitor, 'gateway-health', '.connection-list .pill-success');
    await button(page, 'Add a machine').click();
    await look(visitor, 'wizard-machine', '.choice');
    await button(page, /Loom F1/).click();
    await page.getByText('What kind of machine is it?').waitFor();
    await look(visitor, 'wizard-kind', '.choice');
    await button(page, 'Protocol').click();
    await button(page, /^Modbus TCP/).click();
    await page.getByText('Still to be entered: Address of the machine').waitFor();
    await page.getByLabel('Address of the machine').fill('127.0.0.1');
    await page.getByRole('spinbutton', { name: 'Port' }).fill('1');
    await button(page, 'Test the connection').click();
    await page.getByText('The gateway does not reach it').waitFor();
    await page.getByRole('spinbutton', { name: 'Port' }).fill(String(shop.plant.plcPort));
    await look(visitor, 'wizard-connection', '.form-grid input');
    expect(await page.getByRole('spinbutton', { name: 'Port' }).inputValue()).toBe(
      String(shop.plant.plcPort),
    );
    await button(page, 'Next').click();
    for (const [name, address] of [
      ['Strokes', '1/holding/0'],
      ['Mode', '1/holding/9'],
    ] as const) {
      await page.getByLabel('Name of a further value').fill(name);
      await page.locator('.tag-new').getByLabel('Address').fill(address);
      await button(page, 'Add the value').click();
    }
    await expect.poll(() => page.locator('output.live-value').count(), { timeout: SOON_MS }).toBe(2);
    await page.getByLabel('Type').first().selectOption('uint32');
    await page.getByLabel('Order of the bytes').waitFor();
    await look(visitor, 'wizard-values', 'output.live-value');
    await button(page, 'Next').click();
    await page.getByLabel('strokes is').selectOption('count');
    await page.getByLabel('mode is').selectOption('state');
    await page.locator('.sentence .pill').waitFor();
    await look(visitor, 'wizard-meaning', '.sentence');
    await page.goBack();
    await page.locator('output.live-value').first().waitFor();
    await page.goForward();
    expect(await page.getByLabel('mode is').inputValue()).toBe('state');
    await button(page, 'Next').click();
    await look(visitor, 'wizard-save', '.diff-added');
  });
});

describe('a configuration as text', () => {
  it('is refused at the line of its fault, saved, compared and rolled back', async () => {
    const visitor = await enter('owner', LAPTOP);
    const { page } = visitor;
    await page.goto(`/gateways/${gatewayId}?tab=configuration`);
    await button(page, 'Edit as text').click();
    const area = page.locator('textarea.code-area');
    const text = await area.inputValue();
    await area.fill(text.replace('timeZone: UTC', 'timeZone: Europe/Nowhere'));
    await button(page, 'Save as new version').click();
    await page.locator('.marked li').first().waitFor();
    expect(await page.locator('.marked li').first().textContent()).toMatch(/Line \d+.*timeZone/);
    // The refusal is the point; the browser reports every 4xx.
    visitor.complaints();
    await area.fill(text.replace('idleAfterS: 60', 'idleAfterS: 90'));
    await page.getByLabel('Note').fill('slower mould');
    await button(page, 'Save as new version').click();
    const row = page.locator('.connection-list > li', { hasText: 'slower mould' });
    await row.locator('.pill-success').waitFor();
    await button(row, 'Show the change').click();
    await page.locator('ix-modal .diff-removed', { hasText: 'idleAfterS: 60' }).waitFor();
    await button(page.locator('ix-modal-footer'), 'Close').click();
    await look(visitor, 'gateway-configuration', 'pre.code-area');
    const first = page.locator('.connection-list > li', { hasText: 'PRESS-7 set up' });
    await button(first, 'Roll back to it').click();
    await button(page.locator('ix-modal-footer'), 'Roll back to version 1').click();
    await page.locator('.pill-success', { hasText: 'runs since' }).nth(2).waitFor();
    const { body } = await shop.plant.desk('GET', `/gateways/${gatewayId}/config`);
    expect(body).toMatchObject({ version: 3, config: { machines: [{ state: { idleAfterS: 60 } }] } });
  });
});

describe('two persons', () => {
  it('have a dangerous command carried out once, and see the condition that refused the next', async () => {
    await addCommands();
    const owner = await enter('owner', LAPTOP);
    const tab = `/gateways/${gatewayId}?tab=commands`;
    await owner.page.goto(tab);
    await button(owner.page, 'Switch on …').click();
    await button(owner.page.locator('ix-modal-footer'), 'Let Press 7 take commands').click();
    await owner.page.getByText('Commands are on').waitFor();

    const planner = await enter('planner', LAPTOP);
    await planner.page.goto(tab);
    await send(planner.page, 'set-speed', '42');
    const asked = planner.page.locator('[data-command]').first();
    await asked.getByText('Waits for the second person').waitFor();

    const waiting = owner.page.locator('[data-command]').first();
    await button(waiting, 'Approve').click();
    await waiting.getByText('Executed').waitFor();
    await waiting.getByText('Read back from the machine: 42').waitFor();
    expect(shop.plant.registers.readUInt16BE(20)).toBe(42);

    await send(planner.page, 'start', '7');
    await planner.page.getByText(/A condition at the machine does not hold: .*guard closed/).waitFor();
    await look(owner, 'gateway-commands', '[data-command]');
    await owner.page.goto(`/gateways/${gatewayId}?tab=access`);
    await look(owner, 'gateway-access', '.connection-list');
    const { rows } = (await shop.plant.desk('GET', `/machine-commands?gatewayId=${gatewayId}`)).body as {
      rows: readonly MachineCommand[];
    };
    expect(rows.map(({ state }) => state)).toEqual(['refused', 'executed']);
  });
});

async function send(page: Page, command: string, value: string): Promise<void> {
  await button(page.locator('.connection-list > li', { hasText: command }).first(), 'Send …').click();
  const dialog = page.locator('ix-modal');
  await dialog.getByLabel('Value').fill(value);
  await dialog.getByLabel('Reason').fill('the batch needs it');
  await button(page.locator('ix-modal-footer'), /Ask the second person|Send start/).click();
  await dialog.waitFor({ state: 'detached' });
}

/** Written into the configuration, and allowed at the box. */
async function addCommands(): Promise<void> {
  const { body } = await shop.plant.desk('GET', `/gateways/${gatewayId}/config`);
  const { version, config } = body as GatewayConfig;
  const [machine] = config.machines;
  if (!machine) throw new TypeError('the machine of the wizard is gone');
  const connection = config.connections[0]?.code ?? '';
  const tag = { connection, type: 'uint16' as const };
  const write = { connection, kind: 'write' as const, type: 'uint16' as const };
  const next: EdgeConfig = {
    ...config,
    machines: [
      {
        ...machine,
        tags: [
          ...machine.tags,
          { ...tag, name: 'speed', address: '1/holding/10' },
          { ...tag, name: 'guard', address: '1/holding/11' },
        ],
        commands: [
          {
            ...write,
            code: 'set-speed',
            address: '1/holding/10',
            class: 'dangerous',
            minimum: 1,
            maximum: 60,
            interlocks: [],
            readBack: { tag: 'speed', withinMs: 10_000 },
          },
          {
            ...write,
            code: 'start',
            address: '1/holding/12',
            class: 'normal',
            interlocks: [{ name: 'guard closed', when: 'guard == 1' }],
          },
        ],
      },
    ],
  };
  const allow = 'allow: [{ machine: PRESS-7, commands: [set-speed, start] }]\n';
  writeFileSync(join(shop.boxFolder(code), 'allow.yaml'), allow);
  const put = await shop.plant.desk('PUT', `/gateways/${gatewayId}/config`, {
    basedOn: version,
    config: next,
  });
  expect(put.status, JSON.stringify(put.body)).toBe(200);
  await until(async () => {
    const now = await shop.plant.desk('GET', `/gateways/${gatewayId}/config`);
    return (now.body as GatewayConfig).appliedAt !== null;
  });
}
