import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Look, type Visitor, visit } from './browser.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const CHINESE: Look = { language: 'zh-CN', scheme: 'light', size: 'laptop' };
/** A click has its effect within this, also on a busy machine. */
const SOON_MS = 30_000;
/** What a browser says by itself of an answer that is a refusal. */
const REFUSED = /^(4\d\d http|console: Failed to load resource: .* status of 4\d\d)/;

let shop: Workshop;
let visitor: Visitor;
let page: Page;

beforeAll(async () => {
  shop = await openWorkshop();
  visitor = await visit(shop.http, CHINESE);
  page = visitor.page;
  page.setDefaultTimeout(SOON_MS);
  await page.goto(await shop.linkOf('owner'));
  await page.locator('.page-body').waitFor();
});
afterEach(() => {
  expect(visitor.complaints().filter((complaint) => !REFUSED.test(complaint))).toEqual([]);
});
afterAll(async () => {
  await visitor?.close();
  await shop?.close();
});

const button = (scope: Page | Locator, name: string | RegExp) => scope.getByRole('button', { name }).last();

/** The entries of a list of faults, once it is there; none of them in English. */
async function faults(name: string, entries: Locator): Promise<readonly string[]> {
  await entries.first().waitFor();
  await entries.first().scrollIntoViewIfNeeded();
  expect(await visitor.inspect(name, CHINESE)).toEqual([]);
  return (await entries.allTextContents()).map((text) => text.trim().replaceAll(/\s+/g, ' '));
}

describe('in Chinese', () => {
  it('a refused form names the field and what is wrong with it', async () => {
    await page.goto('/gateways/new');
    await page.getByLabel('名称').fill('二号车间');
    await page.getByLabel('编码').fill('GW-1');
    await button(page, '创建网关').click();
    expect(await faults('refused-form', page.locator('.refusal li'))).toEqual(['编码 已被使用']);
    await page.getByLabel('编码').fill('?');
    await button(page, '创建网关').click();
    await page.locator('.refusal li', { hasText: '以字母或数字开头' }).waitFor();
    expect(await faults('refused-code', page.locator('.refusal li'))).toEqual([
      '编码 以字母或数字开头，可含字母、数字、空格和 . _ / # + -',
    ]);
  });

  it('a refused file tells row by row what is wrong', async () => {
    await page.goto('/admin/import');
    await button(page, '机器').click();
    const rows = [
      'work_center,code,name,count_modulus',
      'NOWHERE,M-9,Lathe 9,65536',
      ',M-10,=cmd(),1',
      'NOWHERE,M-9,Lathe 9,many',
    ];
    const file = { name: 'machines.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\n')) };
    await page.getByLabel('选择 CSV 文件').setInputFiles(file);
    expect(await faults('refused-import', page.locator('tbody tr'))).toEqual([
      '2work_center“NOWHERE”尚未登记',
      '3work_center不能为空',
      '3name不能以 = + - @ 开头',
      '3count_modulus应为 2 到 4294967296 之间的整数',
      '4count_modulus应为 2 到 4294967296 之间的整数',
    ]);
  });

  it('a file in the encoding of a Chinese spreadsheet is not read as something else', async () => {
    await page.goto('/admin/import');
    await button(page, '物料').click();
    // “编码,名称” as GBK.
    const gbk = Buffer.from([0xb1, 0xe0, 0xc2, 0xeb, 0x2c, 0xc3, 0xfb, 0xb3, 0xc6]);
    const file = { name: '物料.csv', mimeType: 'text/csv', buffer: gbk };
    await page.getByLabel('选择 CSV 文件').setInputFiles(file);
    await page.getByText('物料.csv 不是 UTF-8 编码').waitFor();
    expect(await visitor.inspect('not-utf8', CHINESE)).toEqual([]);
    expect(await page.locator('tbody tr').count()).toBe(0);
  });

  it('a configuration that the platform refuses tells at which line, and so does a text that is no YAML', async () => {
    await page.goto(`/gateways/${shop.plant.gatewayId}?tab=configuration`);
    await button(page, '编辑文本').click();
    const area = page.locator('textarea.code-area');
    const text = [
      'v: 1',
      'connections:',
      '  - code: plc',
      '    driver: modbus',
      '    settings: { host: 127.0.0.1, port: 99999, strange: 1 }',
      'machines:',
      '  - machine: NOBODY',
      '    timeZone: Asia/Shanghai',
      '    tags:',
      '      - { name: parts, connection: plcc, address: 1/holding/0 }',
      '    count: { tag: count, from: counter }',
    ];
    await area.fill(text.join('\n'));
    await button(page, '保存为新版本').click();
    expect(await faults('refused-config', page.locator('.marked li'))).toEqual([
      '第 5 行 /connections/0/settings/strange 此处没有这一项',
      '第 5 行 /connections/0/settings/port 不能大于 65535',
      '第 7 行 /machines/0/machine 本组织没有编码为“NOBODY”的在用机器',
      '第 10 行 /machines/0/tags/0/connection 没有连接“plcc”',
      '第 11 行 /machines/0/count/tag 这台机器没有点位“count”',
    ]);
    await area.fill('v: 1\nconnections:\n  - code: plc\n   driver: modbus');
    expect(await faults('refused-yaml', page.locator('.marked li'))).toEqual([
      '第 4 行 缺少符号：引号、括号、逗号、冒号、冒号后的空格或列表项的 -（Sequence item without - indicator）',
    ]);
  });
});
