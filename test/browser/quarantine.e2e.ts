import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MachineRecord } from '@millrace/contract';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { until } from '../setup/agent-plant.ts';
import { type Look, type Visitor, visit } from './browser.ts';
import { faintTexts } from './contrast.ts';
import { cutOffTexts } from './cut-off.ts';
import { smallTargets } from './targets.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const LAPTOP: Look = { language: 'en', scheme: 'dark', size: 'laptop' };
const PHONE: Look = { language: 'zh-CN', scheme: 'light', size: 'phone' };
/** A click has its effect within this, also on a busy machine. */
const SOON_MS = 30_000;
const MINUTE_MS = 60_000;
/** Records are taken when they are not too old. */
const FROM = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 3_600_000;

let shop: Workshop;
let file: string;
let visitors: Visitor[] = [];
beforeAll(async () => {
  shop = await openWorkshop();
  const path = `/gateways/${shop.plant.gatewayId}/enrolment-code`;
  const { code } = (await shop.plant.desk('POST', path, {})).body;
  file = join(shop.boxFolder(code), 'log', 'quarantine.jsonl');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, leftBehind());
  await shop.startAgent(code).said('the platform answers');
});
afterAll(() => shop?.close());
afterEach(async () => {
  const complaints = visitors.flatMap((one) => one.complaints());
  await Promise.all(visitors.map((one) => one.close()));
  visitors = [];
  expect(complaints).toEqual([]);
});

/** What an earlier run put aside: twenty minutes under a mistyped code, and five of a machine that nobody has. */
function leftBehind(): string {
  const rows = [...Array(25).keys()].map((number) => {
    const item: MachineRecord = {
      machine: number < 20 ? 'M-FI' : 'NOBODY',
      minute: FROM + number * MINUTE_MS,
      runningS: 60,
      count: number,
    };
    return JSON.stringify({ at: FROM, code: 'unknown-machine', message: 'There is no such machine.', item });
  });
  return `${rows.join('\n')}\n`;
}
function asideSince(at: number): readonly string[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  return lines.filter((line) => line !== '' && (JSON.parse(line) as { at: number }).at >= at);
}

async function enter(look: Look): Promise<Visitor> {
  const visitor = await visit(shop.http, look);
  visitors.push(visitor);
  visitor.page.setDefaultTimeout(SOON_MS);
  await visitor.page.goto(await shop.linkOf('planner'));
  await visitor.page.locator('.page-body').waitFor();
  await visitor.page.goto(`/gateways/${shop.plant.gatewayId}`);
  return visitor;
}
const quarantine = async (): Promise<readonly { machine: string; items: number }[]> => {
  const { body } = await shop.plant.desk('GET', `/gateways/${shop.plant.gatewayId}/health`);
  return body.health?.buffer.quarantine ?? [];
};
const accepted = async (): Promise<number> => {
  const path = `/machines/${shop.plant.machineId}/loss-ledger`;
  return (await shop.plant.desk('GET', path)).body.accepted;
};

it('records under a mistyped code are sent again as those of the right machine', async () => {
  const { page } = await enter(LAPTOP);
  const panel = page.getByRole('region', { name: 'Records that the platform refused' });
  const row = panel.getByRole('listitem').filter({ hasText: 'M-FI' });
  await row.getByText('No machine has this code').waitFor();
  await row.getByRole('button', { name: 'Send again' }).click();
  await page.getByText('Send the records of “M-FI” again?').waitFor();
  await page.locator('ix-select').click();
  await page.locator('.dropdown-item-text', { hasText: 'M-F1 ·' }).click();
  await page.getByRole('button', { name: 'Send 20 records again' }).click();
  await page.getByText('On their way again: 20 records.').waitFor();
  await row.waitFor({ state: 'detached' });
  expect(await quarantine()).toMatchObject([{ machine: 'NOBODY', items: 5 }]);
  await until(async () => (await accepted()) >= 20);
});

it('what is refused again lies there again, on a phone and in Chinese', async () => {
  const visitor = await enter(PHONE);
  const { page } = visitor;
  const panel = page.getByRole('region', { name: '被平台拒绝的记录' });
  const row = panel.getByRole('listitem').filter({ hasText: 'NOBODY' });
  await row.getByText('没有使用此编号的机器').waitFor();
  expect(
    [
      await visitor.inspect('quarantine', PHONE),
      await faintTexts(page),
      await cutOffTexts(page),
      await smallTargets(page, '.page-body'),
    ].flat(),
  ).toEqual([]);
  await row.getByRole('button', { name: '重新上传' }).click();
  await page.getByText('重新上传“NOBODY”的记录？').waitFor();
  await page.getByRole('button', { name: '重新上传 5 条记录' }).click();
  await page.getByText('已重新上传 5 条记录。').waitFor();
  // Put aside anew, not the ones that lay there before.
  await until(async () => asideSince(FROM + 1).length === 5);
  await row.waitFor();
});
