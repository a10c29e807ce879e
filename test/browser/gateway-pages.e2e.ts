import { readFileSync } from 'node:fs';
import type { EdgeConfig, EdgeMachine, GatewayConfig } from '@millrace/contract';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FarSide, farSide, scratchFolder } from '../../edge/src/drivers/opc-ua/far-side/far-side.ts';
import { type AgentProcess, until } from '../setup/agent-plant.ts';
import { type Look, SIZES, switchLook, type Visitor, visit } from './browser.ts';
import { faintTexts } from './contrast.ts';
import { cutOffTexts } from './cut-off.ts';
import { tabTo } from './keyboard.ts';
import { smallTargets } from './targets.ts';
import { openWorkshop, type Shopfloor, type Workshop } from './workshop.ts';

const LAPTOP: Look = { language: 'en', scheme: 'dark', size: 'laptop' };
const PHONE: Look = { language: 'zh-CN', scheme: 'light', size: 'phone' };
/** A click has its effect within this, also on a busy machine. */
const SOON_MS = 30_000;
/** A minute, and what a busy machine adds. */
const RECORD_MS = 120_000;
/** The agent's longest pause before it tries a far side again is a minute, give or take a fifth. */
const BACK_MS = 72_000 + SOON_MS;
const LOOK_MS = 2_000;
const HOUR_MS = 3_600_000;
const SOON = { timeout: SOON_MS } as const;

let shop: Workshop;
let folder: Awaited<ReturnType<typeof scratchFolder>>;
let mill: FarSide;
let agent: AgentProcess;
let visitors: Visitor[] = [];

beforeAll(async () => {
  folder = await scratchFolder();
  [shop, mill] = await Promise.all([openWorkshop(), farSide(folder.path, { machines: true })]);
  await tellMill('Executing', 77);
  agent = shop.startAgent(await codeOf());
  await agent.said('the platform answers');
});
afterAll(async () => {
  await shop?.close();
  await mill?.kill();
  await folder?.remove();
});
afterEach(async () => {
  const complaints = visitors.flatMap((one) => one.complaints());
  await Promise.all(visitors.map((one) => one.close()));
  visitors = [];
  expect(complaints).toEqual([]);
});

async function enter(person: Shopfloor, look: Look = LAPTOP): Promise<Visitor> {
  const visitor = await visit(shop.http, look);
  visitors.push(visitor);
  visitor.page.setDefaultTimeout(SOON_MS);
  await visitor.page.goto(await shop.linkOf(person));
  await visitor.page.locator('.page-body').waitFor();
  return visitor;
}

const button = (scope: Page | Locator, name: string | RegExp) => scope.getByRole('button', { name }).last();
const tab = (name: string) => `/gateways/${shop.plant.gatewayId}?tab=${name}`;

async function codeOf(): Promise<string> {
  const { body } = await shop.plant.desk('POST', `/gateways/${shop.plant.gatewayId}/enrolment-code`, {});
  return body.code;
}

async function newest(): Promise<GatewayConfig> {
  return (await shop.plant.desk('GET', `/gateways/${shop.plant.gatewayId}/config`)).body;
}

/** What the machine's server says of it. */
async function tellMill(state: 'Executing' | 'NotExecuting', parts: number): Promise<void> {
  const blocks = ['Mill', 'MachineryBuildingBlocks'];
  const text = (value: string) => ({ type: 'LocalizedText', value: { text: value } }) as const;
  await mill.tell({ path: [...blocks, 'MachineryItemState', 'CurrentState'], to: text(state) });
  await mill.tell({ path: [...blocks, 'MachineryOperationMode', 'CurrentState'], to: text('Processing') });
  const count = ['Mill', 'Production', 'Statistics', 'PartsProducedInLifetime'];
  await mill.tell({ path: count, to: { type: 'UInt32', value: parts } });
}

/** Both themes, both languages, a table and a phone: nothing untranslated, too wide, too faint or too small. */
const LOOKS: readonly Look[] = [
  PHONE,
  { ...LAPTOP, scheme: 'light' },
  { ...PHONE, language: 'en', scheme: 'dark' },
  LAPTOP,
];

async function look(visitor: Visitor, name: string, sign: string, looks = LOOKS): Promise<void> {
  for (const one of looks) {
    await switchLook(visitor.page, one);
    await visitor.page.reload();
    await visitor.page.locator(sign).first().waitFor();
    await judge(visitor, name, one);
  }
}

/** The page as it stands, for what a reload would lose. */
async function judge(visitor: Visitor, name: string, one: Look): Promise<void> {
  const { page } = visitor;
  const found = [await visitor.inspect(name, one), await faintTexts(page), await cutOffTexts(page)].flat();
  if (one.size === 'phone') {
    found.push(...(await smallTargets(page, '.page-header')), ...(await smallTargets(page, '.page-body')));
  }
  expect(found, `${name} ${one.size} ${one.language} ${one.scheme}`).toEqual([]);
}

describe('a machine of the Machinery model', () => {
  it('is reached by keyboard alone, and its state and count are taken out of the tree', async () => {
    const visitor = await enter('owner');
    const { page } = visitor;
    await page.goto('/gateways');
    const press = async (name: string | RegExp) => {
      await tabTo(page, name);
      await page.keyboard.press('Enter');
    };
    await page.locator('.gateway-card').first().waitFor();
    await press('Connect a machine');
    await page.locator('.choice').first().waitFor();
    await press(/^Hall 1/);
    await page.locator('.arrived').waitFor();
    await press('Next');
    await page.locator('.choice').first().waitFor();
    await press(/^Loom F1/);
    await page.getByText('What kind of machine is it?').waitFor();
    await press(/^CNC machine with OPC UA/);
    await page.locator('.form-grid input').first().waitFor();
    await tabTo(page, /^Endpoint/);
    await page.keyboard.press('Control+A');
    await page.keyboard.type(mill.endpoint);
    await press('Test the connection');
    await page.getByText(/Reached in/).waitFor();
    await button(page, 'Look what is there').click();
    await page.locator('.choice[aria-pressed=true]').waitFor();
    await page.setViewportSize(SIZES.phone);
    // The menu beside the page gives way a moment later.
    await page.waitForFunction(
      () => document.querySelector('.page-body')?.getBoundingClientRect().left === 0,
    );
    await judge(visitor, 'wizard-offers', { ...LAPTOP, size: 'phone' });
    await page.setViewportSize(SIZES.laptop);
    await press('Next');
    await page.getByRole('button', { name: 'Open Mill' }).waitFor();
    await press('Open Mill');
    await page.locator('.browse-take').first().waitFor();
    await press(/^State.*Take$/);
    await press(/^Count.*Take$/);
    await page.locator('output.live-value', { hasText: 'running' }).waitFor();
    await page.locator('output.live-value', { hasText: '77' }).waitFor();
    await button(page, 'Next').click();
    await page.locator('.sentence .pill', { hasText: 'Running' }).waitFor();
    await tellMill('Executing', 80);
    await page.getByText('3 pieces would be counted').waitFor();
    await button(page, 'Next').click();
    await page.locator('.diff-added').first().waitFor();
    await button(page, 'Save and start').click();
    await page.locator('.course-done', { hasText: 'The agent runs it' }).waitFor();
    expect((await newest()).config.machines[0]).toMatchObject({
      count: { from: 'counter', tag: 'parts' },
      state: { from: 'signal', tag: 'state' },
      tags: [{ address: expect.stringMatching(/\/state$/) }, { address: expect.stringMatching(/\/count$/) }],
    });
  });
});

describe('a file', () => {
  it('is made of a machine, refused with line and path when it is wrong, and makes the next machine', async () => {
    const { page } = await enter('planner');
    await page.goto(tab('configuration'));
    const template = await download(page, 'Export as template');
    await page.goto('/gateways/new');
    await button(page, /^Hall 1/).click();
    await button(page, 'Next').click();
    await button(page, 'New machine').click();
    await page.getByLabel('Name').fill('Mill 2');
    await page.getByLabel('Code').fill('MILL-2');
    await button(page, 'Create the machine').click();
    await page.getByText('What kind of machine is it?').waitFor();
    await give(
      page,
      'Open a template file',
      'wrong.yaml',
      template.text.replace('from: counter', 'from: abacus'),
    );
    const fault = page.locator('.marked li');
    await fault.getByText('/machine/count/from').waitFor();
    const line = template.text.split('\n').findIndex((one) => one.includes('from: counter')) + 1;
    expect(await fault.textContent()).toBe(
      `Line ${line} /machine/count/from must be one of "counter", "pulse"`,
    );
    await give(page, 'Open a template file', template.name, template.text);
    await expect
      .poll(() => page.getByRole('textbox', { name: /^Endpoint/ }).inputValue(), SOON)
      .toBe(mill.endpoint);
    await button(page, 'Next').click();
    await page.locator('output.live-value', { hasText: 'running' }).waitFor();
  });

  it('takes a whole configuration from one day to another', async () => {
    const { page } = await enter('planner');
    await page.goto(tab('configuration'));
    const { text } = await download(page, 'Save as file');
    await give(page, 'Open a file', 'config.yaml', text.replace('maxPerS: 10', 'maxPerS: 12'));
    await page.locator('.diff-added', { hasText: 'maxPerS: 12' }).waitFor();
    await button(page, 'Save as new version').click();
    await page.locator('pre.code-area', { hasText: 'maxPerS: 12' }).waitFor();
    await page.locator('.connection-list .pill-success').nth(1).waitFor();
  });
});

describe('a configuration that only the agent can judge', () => {
  it('is refused at its line, and the one before runs on', async () => {
    const visitor = await enter('owner');
    const { page } = visitor;
    await page.goto(tab('configuration'));
    await button(page, 'Edit as text').click();
    const area = page.locator('textarea.code-area');
    const text = await area.inputValue();
    const rules =
      'from: rules\n      rules:\n        - { when: "parts >", state: running }\n      otherwise: idle';
    await area.fill(text.replace('from: signal\n      tag: state', rules));
    await button(page, 'Save as new version').click();
    const wrong = page.locator('.code-wrong');
    await wrong.waitFor();
    expect(await wrong.textContent()).toContain('when: parts >');
    await look(visitor, 'gateway-refused', '.code-wrong');
    await page.goto(tab('health'));
    await page.getByText(/refused version 3 of the configuration and runs the one before/).waitFor();
    await page.locator('.facts', { hasText: 'Version 2' }).waitFor();
    await page.getByRole('link', { name: 'See what it refused' }).click();
    await button(page.locator('.connection-list > li', { hasText: 'Version 2' }), 'Roll back to it').click();
    await button(page.locator('ix-modal-footer'), 'Roll back to version 2').click();
    await page.locator('.connection-list > li', { hasText: 'Version 4' }).locator('.pill-success').waitFor();
  });
});

describe('the records of the machine', () => {
  it('are there, with the state and the count of the model', async () => {
    const path = `/machines/${shop.plant.machineId}/records`;
    const stored = async () => {
      const now = Date.now();
      return (await shop.plant.desk('GET', `${path}?from=${now - HOUR_MS}&to=${now + HOUR_MS}`)).body.rows;
    };
    // It executes: the end of the minute is all that is waited for.
    await expect
      .poll(async () => JSON.stringify(await stored()), { timeout: RECORD_MS, interval: LOOK_MS })
      .toContain('"running"');
    const { page } = await enter('planner');
    await page.goto(`/machines/${shop.plant.machineId}`);
    await button(page, 'Show raw records').click();
    await page.locator('.table tbody tr', { hasText: 'Running' }).first().waitFor();
  });
});

describe('what goes wrong', () => {
  it('is an alarm of a rule, seen first on the page and counted in the list', async () => {
    const [machine] = (await newest()).config.machines;
    const rule = {
      code: 'many-parts',
      tag: 'parts',
      severity: 'critical',
      kind: 'threshold',
      above: 1_000,
    } as const;
    await write({ rules: [rule] });
    await tellMill('Executing', 1_001);
    expect(machine?.rules).toBeUndefined();
    const { page } = await enter('planner');
    await page.goto(tab('health'));
    await page.locator('.connection-list > li', { hasText: 'many-parts' }).getByText('Critical').waitFor();
    await page.getByText('Alarms that stand: 1').waitFor();
    await page.goto('/gateways');
    const alarms = page.locator('.gateway-card .facts > div', { hasText: 'Standing alarms' });
    await alarms.locator('.late', { hasText: '1' }).waitFor();
    await page.goBack();
    await tellMill('Executing', 999);
    await page.getByText('None stands').waitFor();
  });

  it('is a machine that is not reached, in words, and is over when it is back', async () => {
    const visitor = await enter('planner', PHONE);
    const { page } = visitor;
    await page.goto(tab('health'));
    await page.getByText('一切正常').waitFor();
    const { port } = mill;
    await mill.kill();
    await page
      .locator('.trouble')
      .getByText(/（OPC UA）自 .* 起无法连接/)
      .waitFor();
    await page
      .locator('.trouble')
      .getByText(/那里没有程序在监听/)
      .waitFor();
    await look(visitor, 'gateway-trouble', '.trouble .pill', [PHONE]);
    mill = await farSide(folder.path, { machines: true, port });
    await tellMill('NotExecuting', 900);
    await page.getByText('一切正常').waitFor({ timeout: BACK_MS });
  });

  it('is a session that ended midway: after the door the wizard stands where it stood', async () => {
    const visitor = await enter('planner');
    const { page } = visitor;
    await page.goto('/gateways/new');
    await button(page, /^Hall 1/).click();
    await button(page, 'Next').click();
    await page.locator('.choice').first().waitFor();
    await page.context().clearCookies();
    await button(page, /^Mill 2/).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    // Being turned away is the point; the browser reports every 4xx.
    visitor.complaints();
    await page.getByLabel('E-mail').fill('planner@workshop.example');
    await page.getByLabel('Password').fill('long enough for planner');
    await button(page, 'Enter').click();
    await page.getByText('Which machine?').waitFor();
    expect(new URL(page.url()).pathname).toBe('/gateways/new');
  });
});

describe('an answer that does not come', () => {
  it('is told with what is safe, and asked for again', async () => {
    const visitor = await enter('planner');
    const { page } = visitor;
    await page.route('**/api/v3/gateway-summaries*', (route) => route.abort());
    await page.goto('/gateways');
    await page
      .locator('.failure')
      .getByText(/Nothing that was saved is lost/)
      .waitFor();
    visitor.complaints();
    await page.unroute('**/api/v3/gateway-summaries*');
    await button(page, 'Try again').click();
    await page.locator('.gateway-card').first().waitFor();
  });
});

describe('the credential of a box', () => {
  it('is changed while the agent is at work', async () => {
    const { page } = await enter('owner');
    await page.goto(tab('access'));
    await button(page, 'New credential').click();
    await button(page.locator('ix-modal-footer'), 'Rotate the credential of Hall 1').click();
    await agent.said('the platform gave a new token; it is stored and used from now on');
    // It takes the next configuration with it.
    await write({ rules: [] });
    await page.locator('.gateway-now .pill-success').waitFor();
  });

  it('is given to another box, refused to the first, and taken back for good', async () => {
    const visitor = await enter('owner');
    const { page } = visitor;
    await page.goto(tab('access'));
    await button(page, 'Show an enrolment code').click();
    const code = (await page.getByTestId('enrolment-code').textContent()) ?? '';
    const other = shop.startAgent(code);
    await other.said('the platform answers');
    expect(await agent.said('no word from the platform; collecting goes on')).toMatchObject({
      state: 'refused',
    });
    await button(page, 'Revoke').click();
    await page.locator('ix-modal').getByText('Its machines get no new records').waitFor();
    await button(page.locator('ix-modal-footer'), 'Revoke Hall 1').click();
    await page.getByText('This gateway was revoked').waitFor();
    // It may have asked for the health once more before it knew.
    visitor.complaints();
    expect(await other.said('no word from the platform; collecting goes on')).toMatchObject({
      state: 'refused',
    });
    await look(visitor, 'gateway-revoked', '.panel');
  });
});

type Made = Readonly<{ name: string; text: string }>;

async function download(page: Page, name: string): Promise<Made> {
  const [file] = await Promise.all([page.waitForEvent('download'), button(page, name).click()]);
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') };
}

async function give(page: Page, label: string, name: string, text: string): Promise<void> {
  const file = { name, mimeType: 'application/yaml', buffer: Buffer.from(text) };
  await page.getByLabel(label).setInputFiles(file);
}

/** The next version, with the machine changed, and the agent running it. */
async function write(patch: Partial<EdgeMachine>): Promise<void> {
  const { version, config } = await newest();
  const next: EdgeConfig = { ...config, machines: config.machines.map((one) => ({ ...one, ...patch })) };
  const path = `/gateways/${shop.plant.gatewayId}/config`;
  const put = await shop.plant.desk('PUT', path, { basedOn: version, config: next });
  expect(put.status, JSON.stringify(put.body)).toBe(200);
  await until(async () => (await newest()).appliedAt !== null);
}
