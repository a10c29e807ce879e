import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Look, switchLook, type Visitor, visit } from './browser.ts';
import { openTown, type Person, type Town } from './town.ts';

/** Four looks that between them have both languages, both themes and all three sizes. */
const OPERATOR_LOOKS: readonly Look[] = [
  { language: 'zh-CN', scheme: 'dark', size: 'laptop' },
  { language: 'en', scheme: 'light', size: 'phone' },
  { language: 'en', scheme: 'dark', size: 'wall' },
  { language: 'zh-CN', scheme: 'light', size: 'phone' },
];

/** Factories and buyers come by phone and by laptop. */
const MEMBER_LOOKS: readonly Look[] = OPERATOR_LOOKS.slice(0, 2);

/** Path and something that stands on the page only when its data came: a CSS selector or `text=`. */
type Stop = readonly [path: string, sign: string];

let town: Town;

beforeAll(async () => {
  town = await openTown();
});
afterAll(() => town?.world.close());

async function stopsOf(person: Person): Promise<readonly Stop[]> {
  const order: Stop = [`/orders/${town.firstOrder.id}`, `text=${town.firstOrder.orderNo}`];
  const account: Stop = ['/account', 'ix-input'];
  if (person === 'buyer') {
    return [
      ['/orders', '.order-table tbody tr'],
      order,
      ['/orders/new', '.new-order ix-select'],
      ['/shipments', '.shipment, .empty-note'],
      ['/admin/users', '.table >> text=purchaser@browser.example'],
      account,
    ];
  }
  const machines = await town.world.operator.get<{
    rows: readonly { machineId: string; machineCode: string }[];
  }>('/machine-states');
  const machine = machines.rows.find(({ machineCode }) => machineCode === 'FAR-1');
  const shared: readonly Stop[] = [
    ['/machines', '.ag-row .pill'],
    [`/machines/${machine?.machineId}`, '.kpi-formula strong'],
    ['/orders', '.order-table tbody tr, .empty-note'],
    ['/shipments', '.shipment, .empty-note'],
    ['/factory', '.today-tile strong'],
    ['/factory/offers', '.offer, .empty-note'],
    ['/factory/production', '.offer, .empty-note'],
    ['/factory/capacity', '.calendar-day'],
    ['/factory/schedule', '.plan-gantt canvas, .empty-note'],
    ['/admin/users', '.table >> text=owner@browser.example'],
    ['/gateways', 'text=FAR-GW'],
    ['/admin/keys', '.table tbody tr, .empty-note'],
    ['/admin/import', '.steps li'],
    ['/admin/audit', '.table tbody tr'],
    account,
  ];
  if (person === 'factory') return shared;
  const runs = await town.world.operator.get<{ rows: readonly { id: string }[] }>('/match-runs');
  return [
    ['/board', '.board .kpi-value'],
    ['/matching', '.gantt canvas'],
    [`/matching/${runs.rows[0]?.id}`, '.run-proof'],
    order,
    ['/orders/new', '.new-order ix-select'],
    ['/admin/organisations', 'text=FAR company'],
    ...shared,
  ];
}

async function walk(visitor: Visitor, person: Person, look: Look): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [path, sign] of await stopsOf(person)) {
    await visitor.page.goto(path);
    const seen = await visitor.page
      .locator(sign)
      .first()
      .waitFor({ timeout: 15_000 })
      .then(() => true)
      .catch(() => false);
    await visitor.page.evaluate(() => document.fonts.ready);
    const flaws = await visitor.inspect(`${person}${path.replaceAll('/', '-').slice(0, 26)}`, look);
    const where = `${person} ${path} ${look.language} ${look.scheme} ${look.size}`;
    if (!seen) found.push(`${where}: never showed ${sign}`);
    for (const flaw of [...flaws, ...visitor.complaints()]) found.push(`${where}: ${flaw}`);
  }
  return found;
}

describe.each(['operator', 'factory', 'buyer'] as const)('the pages of the %s', (person) => {
  it('show what is, in both languages and themes and at all three sizes, without a complaint', async () => {
    const looks = person === 'operator' ? OPERATOR_LOOKS : MEMBER_LOOKS;
    const visitor = await visit(town.http, { language: 'zh-CN', scheme: 'dark', size: 'laptop' });
    try {
      await visitor.page.goto(await town.linkOf(person));
      await visitor.page.locator('.page-body').waitFor();
      const found: string[] = [...visitor.complaints()];
      for (const look of looks) {
        await switchLook(visitor.page, look);
        found.push(...(await walk(visitor, person, look)));
      }
      expect(found).toEqual([]);
    } finally {
      await visitor.close();
    }
  });
});
