import type { OrderOfWork, SiteSchedule } from '@millrace/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gaps, orderChanges, sharedPrefix, workGantt } from './schedule-rows.ts';

const HOUR = 3_600_000;
const order = (promised: number, planned = promised) => ({
  productionOrderId: 'o',
  productionNo: 'MO-1',
  orderNo: 'SO-1',
  itemCode: 'CUP',
  itemName: 'Cup',
  priority: 2,
  weight: 4,
  quantity: 10,
  goodQuantity: 0,
  promisedFinish: promised * HOUR,
  plannedFinish: planned * HOUR,
});
const plan = (finish: number): OrderOfWork => ({
  operations: [{ operationId: 'w', machineId: 'm', from: HOUR, runFrom: 2 * HOUR, to: finish * HOUR }],
  orders: [{ productionOrderId: 'o', finish: finish * HOUR, lateMs: 0 }],
  figures: { weightedTardiness: 0, lateOrders: 0, setUps: 1, setUpMs: HOUR, finish: finish * HOUR },
});
const site = (promised: number, planned?: number): SiteSchedule => ({
  siteId: 's',
  at: 0,
  zone: 'UTC',
  machines: [
    {
      id: 'm',
      code: 'M-1',
      name: 'Loom',
      workCenterId: 'c',
      windows: [{ from: 0, to: 8 * HOUR }],
      blocked: [],
      held: [{ from: HOUR, to: 2 * HOUR }],
    },
  ],
  orders: [order(promised, planned)],
  work: [
    {
      operationId: 'w',
      productionOrderId: 'o',
      stepIndex: 0,
      state: 'queued',
      remaining: 10,
      machineIds: ['m'],
    },
  ],
  today: plan(5),
});

describe('the order of work as bars', () => {
  it('has a lane for each machine, with its closed time behind the work', () => {
    const { rows, bars, closed } = workGantt(site(6), plan(5), new Map());
    expect(rows.map(({ label }) => label)).toEqual(['M-1']);
    expect(bars).toMatchObject([{ row: 0, machineCode: 'M-1', pinned: false, runFrom: 2 * HOUR }]);
    expect(closed.map(({ kind }) => kind)).toEqual(['closed', 'held']);
  });

  it('leaves out of the names what all machines share', () => {
    const cut = (...codes: string[]) => codes.map((code) => code.slice(sharedPrefix(codes)));
    expect(cut('F001-LIQUID-01', 'F001-TABLET-02')).toEqual(['LIQUID-01', 'TABLET-02']);
    expect(cut('M-F1', 'M-F1-2')).toEqual(['F1', 'F1-2']);
    expect(cut('LOOM 1')).toEqual(['LOOM 1']);
  });

  it('finds every instant either in a shift or in a gap', () => {
    const pieces = fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 20 })), { maxLength: 10 });
    fc.assert(
      fc.property(pieces, (lengths) => {
        let at = 0;
        const spans = lengths.map(([pause, length]) => {
          const from = at + pause;
          at = from + length;
          return { from, to: at };
        });
        const free = gaps(spans, 0, 200);
        for (let instant = 0; instant < 200; instant++) {
          const isIn = (one: { from: number; to: number }) => one.from <= instant && instant < one.to;
          expect(Number(spans.some(isIn)) + free.filter(isIn).length).toBe(1);
        }
      }),
    );
  });
});

describe('what a proposal changes', () => {
  it('breaks a promise only when the order ends later than promised and than people know', () => {
    const change = (promised: number, planned: number, finish: number) =>
      orderChanges(site(promised, planned), plan(5), plan(finish))[0]?.breaksPromise;
    expect(change(6, 6, 7)).toBe(true);
    expect(change(6, 8, 7)).toBe(false);
    expect(change(8, 6, 7)).toBe(false);
  });
});
