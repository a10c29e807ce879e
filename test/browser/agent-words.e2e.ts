import type { EdgeConfig } from '@millrace/contract';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../setup/agent-plant.ts';
import { type Look, type Visitor, visit } from './browser.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const CHINESE: Look = { language: 'zh-CN', scheme: 'light', size: 'laptop' };
/** A click has its effect within this, also on a busy machine. */
const SOON_MS = 30_000;
/** The discard service: nothing listens there, and nobody is given that port by chance. */
const NOBODY = { host: '127.0.0.1', port: 9, rack: 0, slot: 1 };

let shop: Workshop;
let visitor: Visitor;
let page: Page;

beforeAll(async () => {
  shop = await openWorkshop();
  const { plant } = shop;
  await plant.configure(configOf('running'));
  const made = await plant.desk('POST', `/gateways/${plant.gatewayId}/enrolment-code`, {});
  await shop.startAgent(made.body.code).said('the platform answers');
  await plant.applied();
  visitor = await visit(shop.http, CHINESE);
  page = visitor.page;
  page.setDefaultTimeout(SOON_MS);
  await page.goto(await shop.linkOf('owner'));
  await page.locator('.page-body').waitFor();
});
afterEach(() => {
  expect(visitor.complaints()).toEqual([]);
});
afterAll(async () => {
  await visitor?.close();
  await shop?.close();
});

/** A controller that answers, one that is not there, and a register that does not exist. */
function configOf(running: string): EdgeConfig {
  const tag = { connection: 'PLC', type: 'uint16' } as const;
  return {
    v: 1,
    connections: [
      { code: 'PLC', driver: 'modbus', settings: { host: '127.0.0.1', port: shop.plant.plcPort } },
      { code: 'PRESS', driver: 's7', settings: NOBODY },
    ],
    machines: [
      {
        machine: 'M-F1',
        timeZone: 'UTC',
        tags: [
          { ...tag, name: 'running', address: '1/holding/0' },
          { ...tag, name: 'missing', address: '1/holding/9000' },
          { name: 'pressure', connection: 'PRESS', address: 'DB1.DBW2' },
        ],
        state: { from: 'rules', rules: [{ when: `${running} > 0`, state: 'running' }], otherwise: 'idle' },
        commands: [
          {
            ...tag,
            code: 'set-speed',
            address: '1/holding/4',
            kind: 'write',
            class: 'normal',
            interlocks: [],
          },
        ],
      },
    ],
  };
}

const button = (scope: Page | Locator, name: string | RegExp) => scope.getByRole('button', { name }).last();
const tab = (name: string) => `/gateways/${shop.plant.gatewayId}?tab=${name}`;

async function sees(place: string, words: string | RegExp, name: string): Promise<void> {
  const said = page.locator(place).getByText(words).first();
  await said.waitFor();
  await said.scrollIntoViewIfNeeded();
  expect(await visitor.inspect(name, CHINESE)).toEqual([]);
}

describe('in Chinese', () => {
  it('a connection says why it is not reached, and a value why it is not good', async () => {
    await page.goto(tab('health'));
    await sees('.trouble', '127.0.0.1:9 拒绝连接：该端口没有程序在监听', 'words-connection');
    await sees('.table', /应答了 \d+ 字节，应为 \d+ 字节/, 'words-value');
  });

  it('a refused command says which file on the box refused it', async () => {
    const { plant } = shop;
    const enabled = await plant.desk('PUT', `/machines/${plant.machineId}/command-switch`, { enabled: true });
    expect(enabled.status).toBe(200);
    const wish = { machineId: plant.machineId, command: 'set-speed', value: 5, reason: '试运行' };
    const asked = await plant.platform.ask('F1', 'POST', '/machine-commands', { ...wish, expiresInS: 60 });
    expect(asked.status, JSON.stringify(asked.body)).toBe(201);
    await page.goto(tab('commands'));
    await sees('.connection-list', /网关上没有 allow\.yaml：不允许任何命令/, 'words-command');
  });

  it('a configuration that the agent refuses says what is wrong with it', async () => {
    await shop.plant.configure(configOf('rnning'));
    const path = `/gateways/${shop.plant.gatewayId}/config`;
    await until(async () => (await shop.plant.desk('GET', path)).body.faults.length > 0);
    await page.goto(tab('configuration'));
    await sees('.marked', '没有点位“rnning”（第 1 个字符）', 'words-config');
  });

  it('a connection that is tried in the wizard says what is wrong with it', async () => {
    await page.goto('/gateways/new');
    await button(page, /^Hall 1/).click();
    await button(page, '下一步').click();
    await button(page, /^Loom F1/).click();
    await button(page, '协议').click();
    await button(page, /^Modbus TCP/).click();
    await page.getByLabel('机器地址').fill('127.0.0.1');
    await page.getByRole('spinbutton', { name: '端口' }).fill('9');
    await button(page, '测试连接').click();
    await sees('.refusal', '127.0.0.1:9 拒绝连接：该端口没有程序在监听', 'words-test');
  });
});
