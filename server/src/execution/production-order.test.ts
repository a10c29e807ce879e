import { PRODUCTION_STATES } from '@millrace/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRefusal } from '../kernel/index.ts';
import {
  finishedPieces,
  goodQuantity,
  moveOperation,
  moveProduction,
  type ProductionAct,
  progressIsNews,
  stepIsOpen,
} from './production-order.ts';

const acts: ProductionAct[] = ['start', 'complete', 'recall', 'cancel'];

describe('a production order', () => {
  test('that has ended never moves again', () => {
    for (const state of ['completed', 'recalled', 'cancelled'] as const) {
      for (const act of acts) expect(isRefusal(moveProduction(state, act))).toBe(true);
    }
  });

  test('moves only to states it knows', () => {
    for (const state of PRODUCTION_STATES) {
      for (const act of acts) {
        const next = moveProduction(state, act);
        if (!isRefusal(next)) expect(PRODUCTION_STATES).toContain(next);
      }
    }
  });

  test('refuses with the state in its code, so that a person knows why', () => {
    expect(moveOperation('withdrawn', 'start')).toMatchObject({ code: 'operation-withdrawn', status: 409 });
  });
});

describe('good pieces', () => {
  test('are the counted ones without scrap, and those reported by hand', () => {
    expect(goodQuantity({ counted: 100, manualGood: 0, scrap: 7 })).toBe(93);
    expect(goodQuantity({ counted: 0, manualGood: 40, scrap: 3 })).toBe(40);
  });

  test('are never negative and never fewer for a further piece', () => {
    const nat = fc.nat({ max: 1_000_000 });
    fc.assert(
      fc.property(nat, nat, nat, nat, (counted, manualGood, scrap, more) => {
        const good = goodQuantity({ counted, manualGood, scrap });
        expect(good).toBeGreaterThanOrEqual(0);
        expect(goodQuantity({ counted: counted + more, manualGood, scrap })).toBeGreaterThanOrEqual(good);
        expect(good).toBeLessThanOrEqual(counted + manualGood);
      }),
    );
  });

  test('of the last step only make finished pieces, and never more than ordered', () => {
    const steps = [
      { stepIndex: 0, goodQuantity: 50, quantity: 50, state: 'done' },
      { stepIndex: 1, goodQuantity: 20, quantity: 30, state: 'running' },
      { stepIndex: 1, goodQuantity: 25, quantity: 20, state: 'done' },
    ] as const;
    expect(finishedPieces(steps, 50)).toBe(45);
    expect(finishedPieces(steps, 40)).toBe(40);
    expect(finishedPieces([], 40)).toBe(0);
  });

  test('a later step waits for every operation of the earlier ones', () => {
    const first = { stepIndex: 0, goodQuantity: 0, quantity: 5 };
    expect(stepIsOpen([{ ...first, state: 'running' }], 1)).toBe(false);
    expect(stepIsOpen([{ ...first, state: 'done' }], 1)).toBe(true);
    expect(stepIsOpen([{ ...first, state: 'withdrawn' }], 1)).toBe(true);
    expect(stepIsOpen([{ ...first, state: 'queued' }], 0)).toBe(true);
  });
});

test('progress is told in steps, at the end, and whenever it went back', () => {
  expect(progressIsNews(0, 4, 100)).toBe(false);
  expect(progressIsNews(0, 5, 100)).toBe(true);
  expect(progressIsNews(97, 100, 100)).toBe(true);
  expect(progressIsNews(50, 49, 100)).toBe(true);
  expect(progressIsNews(50, 50, 100)).toBe(false);
});
