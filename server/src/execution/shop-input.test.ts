import type { Interval } from '@millrace/engine';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Floor, FloorMachine, FloorOperation } from './floor.ts';
import { orderOfWork } from './order-of-work.ts';
import { refusePins } from './schedule-pins.ts';
import { toShop, WEIGHT_SCALE } from './shop-input.ts';
import { runShop } from './shop-work.ts';
import { orderOfToday } from './today-order.ts';
import type { OperationRow, ProductionOrderRow } from './view.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 2, 2);
const FENCE = NOW + HOUR;
const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** 08:00 to 16:00, every day of a year. */
const SHIFTS: readonly Interval[] = Array.from({ length: 365 }, (_, day) => ({
  startMs: NOW + day * DAY + 8 * HOUR,
  endMs: NOW + day * DAY + 16 * HOUR,
}));
const ALWAYS: readonly Interval[] = [{ startMs: NOW - DAY, endMs: NOW + 365 * DAY }];

const machine = (n: number, more: Partial<FloorMachine> = {}): FloorMachine => ({
  id: uuid(100 + n),
  code: `M-${n}`,
  name: `Machine ${n}`,
  workCenterId: uuid(50),
  windows: ALWAYS,
  blocked: [],
  held: [],
  itemId: undefined,
  ...more,
});
const order = (n: number, more: Partial<ProductionOrderRow> = {}): ProductionOrderRow => ({
  network_id: uuid(1),
  id: uuid(200 + n),
  production_no: `MO-${n}`,
  allocation_id: uuid(300 + n),
  line_id: uuid(400 + n),
  order_id: uuid(500 + n),
  order_no: `SO-${n}`,
  item_id: uuid(600),
  item_code: 'CUP',
  item_name: 'Cup',
  site_id: uuid(2),
  site_name: 'Works',
  work_center_id: uuid(50),
  factory_org_id: uuid(3),
  buyer_org_id: uuid(4),
  priority: 2,
  state: 'released',
  quantity: 100,
  good_quantity: 0,
  scrap_quantity: 0,
  told_quantity: 0,
  minimum_shipment: 1,
  planned_start: NOW + 2 * HOUR,
  planned_finish: NOW + 10 * HOUR,
  projected_finish: NOW + 10 * HOUR,
  promised_finish: NOW + 10 * HOUR,
  slip_told: null,
  line_told_finish: NOW + 10 * HOUR,
  transit_ms: 0,
  requested_at: NOW + 20 * HOUR,
  released_at: NOW,
  started_at: null,
  completed_at: null,
  ...more,
});
interface Wish extends Partial<OperationRow> {
  readonly runMs?: number;
  readonly setUpMs?: number;
  readonly on?: readonly number[];
}
const work = (
  n: number,
  ofOrder: number,
  { runMs = 4 * HOUR, setUpMs = HOUR, on = [1], ...more }: Wish = {},
) =>
  ({
    row: {
      network_id: uuid(1),
      id: uuid(700 + n),
      production_order_id: uuid(200 + ofOrder),
      machine_id: uuid(100 + (on[0] ?? 1)),
      machine_code: `M-${on[0]}`,
      factory_org_id: uuid(3),
      buyer_org_id: uuid(4),
      site_id: uuid(2),
      item_id: uuid(600),
      item_code: 'CUP',
      step_index: 0,
      state: 'queued',
      quantity: 100,
      counted: 0,
      manual_good: 0,
      scrap_quantity: 0,
      good_quantity: 0,
      running_s: 0,
      rated_pieces: 0,
      rated_running_s: 0,
      planned_start: NOW + 2 * HOUR,
      planned_end: NOW + 7 * HOUR,
      started_at: null,
      finished_at: null,
      set_up_minutes: 60,
      rate_per_hour: 25,
      ...more,
    },
    remaining: 100,
    setUpMs,
    alternatives: on.map((id) => ({ machineId: uuid(100 + id), runMs, ratePerHour: 25 })),
  }) satisfies FloorOperation;
const floor = (more: Partial<Floor>): Floor => ({
  networkId: uuid(1),
  siteId: uuid(2),
  siteName: 'Works',
  factoryOrganisationId: uuid(3),
  zone: 'UTC',
  nowMs: NOW,
  fenceMs: FENCE,
  machines: [machine(1), machine(2)],
  orders: [order(1)],
  operations: [work(1, 1)],
  ...more,
});
const hours = (at: number): number => (at - NOW) / HOUR;

describe('the order of today', () => {
  test('starts nothing before its plan, sets up first, and pauses outside the shift', () => {
    const [placed] = orderOfToday(
      floor({ machines: [machine(1, { windows: SHIFTS })], operations: [work(1, 1, { runMs: 9 * HOUR })] }),
    );
    expect([hours(placed?.from ?? 0), hours(placed?.runFrom ?? 0), hours(placed?.to ?? 0)]).toEqual([
      8, 9, 34,
    ]);
  });

  test('goes on with what runs, and needs no set-up for the same item after it', () => {
    const operations = [
      work(1, 1, { state: 'running', runMs: 3 * HOUR, planned_start: NOW - 5 * HOUR }),
      work(2, 1, { planned_start: NOW + HOUR }),
      work(3, 1, { planned_start: NOW + 2 * HOUR, item_id: uuid(601) }),
    ];
    const placed = orderOfToday(floor({ operations }));
    expect(placed.map(({ from, runFrom, to }) => [from, runFrom, to].map(hours))).toEqual([
      [0, 0, 3],
      [3, 3, 7],
      [7, 8, 12],
    ]);
  });

  test('waits behind work that somebody else was promised, and for the step before', () => {
    const held = [{ startMs: NOW + 6 * HOUR, endMs: NOW + 9 * HOUR }];
    const operations = [work(1, 1, { on: [1] }), work(2, 1, { on: [2], step_index: 1, planned_start: NOW })];
    const placed = orderOfToday(floor({ machines: [machine(1, { held }), machine(2)], operations }));
    expect(placed.map(({ from, to }) => [hours(from), hours(to)])).toEqual([
      [9, 14],
      [14, 19],
    ]);
  });
});

describe('the input of the shop scheduler', () => {
  test('shares the weight of an order among parts that run side by side', () => {
    const operations = [work(1, 1), work(2, 1, { on: [2] }), work(3, 2)];
    const shop = toShop(floor({ orders: [order(1), order(2, { priority: 0 })], operations }), [], []);
    expect(shop.jobs.map(({ id, weight, dueMs }) => [id, weight / WEIGHT_SCALE, hours(dueMs)])).toEqual([
      [uuid(701), 2, 10],
      [uuid(702), 2, 10],
      [uuid(202), 16, 10],
    ]);
  });

  test('keeps the steps of an order in their order, and waits for all parts of the step before', () => {
    const chain = toShop(floor({ operations: [work(2, 1, { step_index: 1 }), work(1, 1)] }), [], []);
    expect(chain.jobs.map(({ operations }) => operations.map(({ id }) => id))).toEqual([
      [uuid(701), uuid(702)],
    ]);
    const parts = [work(1, 1), work(2, 1, { on: [2] }), work(3, 1, { step_index: 1 })];
    const split = toShop(floor({ operations: parts }), [], []);
    expect(split.jobs.at(-1)?.afterJobIds).toEqual([uuid(701), uuid(702)]);
  });

  test('leaves what starts before the fence where people expect it', () => {
    const operations = [
      work(1, 1, { on: [1, 2], planned_start: NOW + 30 * MINUTE }),
      work(2, 1, { on: [1, 2] }),
    ];
    const here = floor({ operations });
    const today = orderOfToday(here);
    const { result } = runShop({ shop: toShop(here, today, []), rounds: 100 }, () => undefined);
    if (result.kind === 'refusal') throw new TypeError(JSON.stringify(result.problems));
    const [first] = result.operations;
    expect([first?.machineId, hours(first?.setUpStartMs ?? 0), hours(first?.startMs ?? 0)]).toEqual([
      uuid(101),
      0.5,
      1.5,
    ]);
    expect(result.slippedOperationIds).toEqual([]);
  });

  test('lets running work run over its time, into what the machine was promised for next', () => {
    const held = [{ startMs: NOW + 2 * HOUR, endMs: NOW + 40 * HOUR }];
    const here = floor({
      machines: [machine(1, { held }), machine(2)],
      operations: [work(1, 1, { state: 'running', runMs: 3 * HOUR }), work(2, 1, { on: [1, 2] })],
    });
    const { result, violations } = runShop(
      { shop: toShop(here, orderOfToday(here), []), rounds: 100 },
      () => undefined,
    );
    if (result.kind === 'refusal') throw new TypeError(JSON.stringify(result.problems));
    expect(violations).toEqual([]);
    expect(hours(result.operations[0]?.endMs ?? 0)).toBe(3);
    expect(result.operations[1]?.machineId).toBe(uuid(102));
  });

  test('never lets two operations share a machine, whatever the floor looks like', {
    timeout: 60_000,
  }, () => {
    const piece = fc.record({
      of: fc.integer({ min: 1, max: 4 }),
      on: fc.constantFrom([1], [2], [1, 2], [2, 1]),
      runMs: fc.integer({ min: 1, max: 20 }).map((n) => n * HOUR),
      item: fc.integer({ min: 600, max: 602 }),
      start: fc.integer({ min: -20, max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 10 }), fc.boolean(), (pieces, isRunning) => {
        const operations = pieces.map(({ of, on, runMs, item, start }, n) =>
          work(n, of, {
            on: n === 0 && isRunning ? [on[0] ?? 1] : on,
            runMs,
            item_id: uuid(item),
            planned_start: NOW + start * HOUR,
            state: n === 0 && isRunning ? 'running' : 'queued',
          }),
        );
        const held = [{ startMs: NOW + 30 * HOUR, endMs: NOW + 33 * HOUR }];
        const here = floor({
          machines: [machine(1, { windows: SHIFTS }), machine(2, { held })],
          orders: [1, 2, 3, 4].map((n) => order(n, { promised_finish: NOW + (n - 2) * 10 * HOUR })),
          operations,
        });
        const today = orderOfToday(here);
        const { result, violations } = runShop(
          { shop: toShop(here, today, []), rounds: 200 },
          () => undefined,
        );
        expect(violations).toEqual([]);
        if (result.kind === 'refusal') throw new TypeError(JSON.stringify(result.problems));
        const proposed = result.operations.map((one) => ({
          operationId: one.operationId,
          machineId: one.machineId,
          from: one.setUpStartMs,
          runFrom: one.startMs,
          to: one.endMs,
        }));
        for (const placed of [today, proposed]) {
          for (const a of placed) {
            const overlapping = placed.filter(
              (b) => b !== a && b.machineId === a.machineId && b.from < a.to && a.from < b.to,
            );
            expect(overlapping).toEqual([]);
          }
        }
        expect(orderOfWork(here, proposed).orders).toHaveLength(4);
      }),
      { numRuns: 60 },
    );
  });
});

describe('pins', () => {
  const pin = (n: number, runFrom: number, on = 1) => ({
    operationId: uuid(700 + n),
    machineId: uuid(100 + on),
    runFrom: NOW + runFrom * HOUR,
  });
  const here = floor({
    machines: [
      machine(1, { windows: SHIFTS, blocked: [{ startMs: NOW + 34 * HOUR, endMs: NOW + 36 * HOUR }] }),
      machine(2, { held: [{ startMs: NOW + 20 * HOUR, endMs: NOW + 22 * HOUR }] }),
    ],
    operations: [
      work(1, 1, { on: [1, 2] }),
      work(2, 1, { on: [1, 2] }),
      work(3, 1, { on: [1], item_id: uuid(601) }),
      work(4, 1, { on: [2], state: 'running' }),
    ],
  });

  test('that fit are none of our business', () => {
    expect(refusePins(here, orderOfToday(here), [pin(1, 9), pin(2, 13, 1)])).toBeUndefined();
  });

  test.each([
    ['over each other', [pin(1, 9), pin(2, 12)], 'pins-overlap'],
    ['without time to set up between them', [pin(1, 9), pin(3, 13)], 'pins-overlap'],
    ['outside the shift', [pin(1, 17)], 'pin-closed'],
    ['in a block', [pin(1, 35)], 'pin-closed'],
    ['over other work', [pin(1, 19, 2)], 'pin-held'],
    ['before the fence', [pin(1, 0.5, 2)], 'pin-too-early'],
    ['on a machine that cannot do it', [pin(3, 9, 2)], 'pin-machine'],
    ['while the machine is busy with what runs', [pin(1, 2, 2)], 'pin-busy'],
    ['of what runs already', [pin(4, 9, 2)], 'pin-running'],
    ['of work that is not there', [pin(9, 9)], 'pin-unknown'],
    ['of the same work twice', [pin(1, 9), pin(1, 9)], 'pin-twice'],
  ])('%s are refused by name', (_, pins, code) => {
    const refusal = refusePins(here, orderOfToday(here), pins);
    expect(refusal?.code).toBe(code);
    expect(refusal?.fields?.[0]?.pointer).toMatch(/^\/body\/pins\/\d+\//);
  });
});
