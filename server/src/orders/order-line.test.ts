import { LINE_STATES, type LineState } from '@millrace/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRefusal } from '../kernel/index.ts';
import {
  applyDeltas,
  cancellable,
  isClosed,
  LINE_TRANSITIONS,
  type LineQuantities,
  lineState,
  nextLineState,
  orderState,
} from './order-line.ts';

const FRESH: LineQuantities = {
  quantity: 100,
  cancelledQuantity: 0,
  allocatedQuantity: 0,
  producedQuantity: 0,
  shippedQuantity: 0,
  receivedQuantity: 0,
  shortQuantity: 0,
  started: false,
  unplaceable: false,
};
const line = (more: Partial<LineQuantities>): LineQuantities => ({ ...FRESH, ...more });

describe('the state of a line', () => {
  test.each<[LineState, Partial<LineQuantities>]>([
    ['submitted', {}],
    ['unplaceable', { unplaceable: true }],
    ['partly-allocated', { allocatedQuantity: 40, unplaceable: true }],
    ['allocated', { allocatedQuantity: 100 }],
    ['in-production', { allocatedQuantity: 100, started: true }],
    ['produced', { allocatedQuantity: 100, started: true, producedQuantity: 101 }],
    ['shipped', { producedQuantity: 100, shippedQuantity: 100 }],
    ['received', { producedQuantity: 100, shippedQuantity: 100, receivedQuantity: 97, shortQuantity: 3 }],
    ['cancelled', { cancelledQuantity: 100 }],
    ['produced', { cancelledQuantity: 60, started: true, producedQuantity: 40 }],
  ])('is %s by its quantities', (state, more) => {
    expect(lineState(line(more))).toBe(state);
  });

  test('a closed line never moves again', () => {
    for (const state of LINE_STATES.filter(isClosed)) {
      expect(nextLineState(state, line({ allocatedQuantity: 50 }))).toBe(state);
      expect(applyDeltas(state, line({ producedQuantity: 100 }), { allocated: 1 })).toMatchObject({
        code: 'line-closed',
      });
      // The shop floor may still be counting.
      expect(
        isRefusal(applyDeltas(state, line({ allocatedQuantity: 5 }), { produced: 3, allocated: -5 })),
      ).toBe(false);
    }
  });

  test('an illegal transition is a refusal with both ends', () => {
    expect(nextLineState('shipped', FRESH)).toMatchObject({
      code: 'illegal-transition',
      values: { from: 'shipped', to: 'submitted' },
    });
  });

  test('every state can be reached from the beginning', () => {
    const reached = new Set<LineState>(['submitted']);
    for (const state of reached) for (const next of LINE_TRANSITIONS[state]) reached.add(next);
    expect([...reached].sort()).toEqual([...LINE_STATES].sort());
  });

  const delta = fc.integer({ min: -120, max: 120 });
  const deltas = fc.record(
    {
      allocated: delta,
      produced: delta,
      shipped: delta,
      received: delta,
      short: delta,
      started: fc.boolean(),
      unplaceable: fc.boolean(),
    },
    { requiredKeys: [] },
  );

  test('whatever is told, quantities stay in bounds, states follow the table and closed lines stay closed', () => {
    fc.assert(
      fc.property(fc.array(deltas, { maxLength: 30 }), (story) => {
        let [now, state]: [LineQuantities, LineState] = [FRESH, 'submitted'];
        for (const told of story) {
          const next = applyDeltas(state, now, told);
          if (isRefusal(next)) continue;
          const to = nextLineState(state, next);
          if (isRefusal(to)) continue;
          if (to !== state) expect(LINE_TRANSITIONS[state]).toContain(to);
          [now, state] = [next, to];
          expect(now.allocatedQuantity).toBeLessThanOrEqual(now.quantity);
          expect(now.receivedQuantity + now.shortQuantity).toBeLessThanOrEqual(now.shippedQuantity);
          expect(now.shippedQuantity).toBeLessThanOrEqual(now.producedQuantity);
          for (const value of Object.values(now)) expect(Number(value)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  test('only what is not made can be called off', () => {
    fc.assert(
      fc.property(fc.nat(150), fc.nat(100), (producedQuantity, cancelledQuantity) => {
        const off = cancellable(line({ producedQuantity, cancelledQuantity }));
        expect(off).toBe(Math.max(0, 100 - cancelledQuantity - producedQuantity));
      }),
    );
  });
});

describe('the state of an order', () => {
  test.each<[string, LineState[]]>([
    ['submitted', ['submitted', 'unplaceable']],
    ['in-progress', ['allocated', 'submitted']],
    ['in-progress', ['received', 'shipped']],
    ['closed', ['received', 'cancelled']],
    ['cancelled', ['cancelled', 'cancelled']],
  ])('is %s when its lines are %s', (state, lines) => {
    expect(orderState('submitted', lines)).toBe(state);
  });

  test('once taken up it does not go back, once closed it does not open', () => {
    expect(orderState('in-progress', ['submitted'])).toBe('in-progress');
    expect(orderState('closed', ['submitted'])).toBe('closed');
    expect(orderState('cancelled', ['received'])).toBe('cancelled');
  });
});
