import type { Allocation } from '@millrace/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { siteGantt } from './gantt-rows.ts';

const allocation = (siteId: string, startAt: number, length: number): Allocation => ({
  id: `${siteId}-${startAt}-${length}`,
  lineId: '',
  orderId: '',
  orderNo: 'SO-1',
  lineNo: 1,
  itemId: '',
  itemCode: '',
  itemName: '',
  siteId,
  siteName: siteId,
  workCenterId: '',
  factoryOrganisationId: '',
  quantity: 1,
  state: 'accepted',
  lock: 'none',
  origin: 'auto',
  priority: 2,
  startAt,
  finishAt: startAt + length,
  arriveAt: startAt + length,
  requestedAt: startAt + length,
  hoursLate: 0,
  costMinor: 0,
  currency: 'USD',
  offerExpiresAt: null,
  runId: '',
  subLots: [],
});

describe('the Gantt of the plan', () => {
  it('never draws two bars over each other, and each in a row of its own site', () => {
    const piece = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(1_000), fc.integer({ min: 1, max: 200 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const { rows, bars } = siteGantt(
          pieces.map(([site, from, length]) => allocation(site, from, length)),
        );
        expect(bars).toHaveLength(pieces.length);
        for (const bar of bars) {
          expect(rows[bar.row]?.siteId).toBe(bar.allocation.siteId);
          const overlapping = bars.filter(
            (other) => other !== bar && other.row === bar.row && other.from < bar.to && bar.from < other.to,
          );
          expect(overlapping).toEqual([]);
        }
      }),
    );
  });

  it('leaves out what was declined, expired or taken back', () => {
    const declined = { ...allocation('a', 0, 10), state: 'declined' as const };
    expect(siteGantt([declined]).bars).toEqual([]);
  });
});
