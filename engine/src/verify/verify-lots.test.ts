import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LotPlan } from '../lots/lot-problem.ts';
import { solveLots } from '../lots/solve-lots.ts';
import { sampleLots } from '../sample/sample-lots.ts';
import { verifyLots } from './verify-lots.ts';

const problem = sampleLots({
  seed: 4,
  orders: 40,
  sites: 15,
  days: 12,
  cities: 6,
  products: 2,
  maxCapabilities: 3,
  load: 0.9,
  minPieceShare: 0.1,
  maxPieces: 4,
  wholeOnly: 0.3,
});
const good = solveLots(problem, { seed: 1, rounds: 2_000, boundRounds: 20 });

function changed(change: (plan: LotPlan) => Partial<LotPlan>): string[] {
  const copy: LotPlan = {
    pieceStart: good.pieceStart.slice(),
    pieceArc: good.pieceArc.slice(),
    pieceAmount: good.pieceAmount.slice(),
    unserved: good.unserved.slice(),
    cost: good.cost,
  };
  const plan = { ...copy, ...change(copy) };
  return verifyLots(problem, plan).map(({ code }) => code);
}

function orderOf(piece: number): number {
  return good.pieceStart.findIndex((start) => start > piece) - 1;
}

describe('the verifier of lots', () => {
  it('finds nothing in a good plan that has pieces', () => {
    expect(good.pieceArc.length).toBeGreaterThan(20);
    expect(verifyLots(problem, good)).toEqual([]);
  });

  it('sees every single hour that is added, taken away or moved to another order', () => {
    fc.assert(
      fc.property(fc.nat(good.pieceArc.length - 1), fc.integer({ min: -3, max: 3 }), (piece, hours) => {
        fc.pre(hours !== 0);
        const codes = changed((plan) => {
          plan.pieceAmount[piece] = (plan.pieceAmount[piece] ?? 0) + hours;
          return {};
        });
        expect(codes).toContain('quantity');
        const order = orderOf(piece);
        const hidden = changed((plan) => {
          plan.pieceAmount[piece] = (plan.pieceAmount[piece] ?? 0) + hours;
          plan.unserved[order] = (plan.unserved[order] ?? 0) - hours;
          return {};
        });
        expect(hidden).toContain('cost');
      }),
    );
  });

  it('sees a piece at a site that cannot make it, or twice at one', () => {
    fc.assert(
      fc.property(fc.nat(good.pieceArc.length - 1), fc.nat(problem.flow.arcSite.length - 1), (piece, arc) => {
        const list = problem.flow.arcList[orderOf(piece)] ?? 0;
        const from = problem.flow.arcStart[list] ?? 0;
        const end = problem.flow.arcStart[list + 1] ?? 0;
        const codes = changed((plan) => {
          plan.pieceArc[piece] = arc;
          return {};
        });
        if (arc < from || arc >= end) expect(codes).toContain('not-capable');
        else if (arc !== good.pieceArc[piece]) expect(codes.length).toBeGreaterThan(0);
      }),
    );
    const split = Array.from(good.pieceArc, (_, piece) => piece).find(
      (piece) => orderOf(piece) === orderOf(piece + 1),
    );
    const codes = changed((plan) => {
      plan.pieceArc[split ?? 0] = plan.pieceArc[(split ?? 0) + 1] ?? 0;
      return {};
    });
    expect(codes).toContain('twice');
  });

  it('sees pieces that are too small, too many or only part of a whole order', () => {
    const small = { ...problem, minPiece: problem.flow.quantity };
    expect(new Set(verifyLots(small, good).map(({ code }) => code))).toEqual(new Set(['minimum-lot']));
    const few = { ...problem, maxPieces: problem.maxPieces.map(() => 1) };
    expect(new Set(verifyLots(few, good).map(({ code }) => code))).toEqual(new Set(['pieces']));
    const whole = { ...problem, wholeOnly: Uint8Array.from(problem.flow.arcSite, () => 1) };
    expect(new Set(verifyLots(whole, good).map(({ code }) => code))).toEqual(new Set(['whole-order']));
  });

  it('sees work that is more than the days have, or after its day', () => {
    const { flow } = problem;
    const less = {
      ...problem,
      flow: { ...flow, capacity: flow.capacity.map((hours) => Math.floor(hours / 2)) },
    };
    expect(verifyLots(less, good).map(({ code }) => code)).toContain('capacity');
    const early = { ...problem, flow: { ...flow, latestDay: flow.latestDay.map((day) => Math.min(day, 1)) } };
    expect(verifyLots(early, good).map(({ code }) => code)).toContain('capacity');
    const far = { ...problem, flow: { ...flow, arcLead: Int8Array.from(flow.arcSite, () => 50) } };
    expect(new Set(verifyLots(far, good).map(({ code }) => code))).toContain('late');
  });

  it('sees a plan of another shape and a cost that is not true', () => {
    expect(changed(({ cost }) => ({ cost: cost - 1 }))).toEqual(['cost']);
    expect(changed(({ unserved }) => ({ unserved: unserved.slice(1) }))).toEqual(['shape']);
    expect(changed(({ pieceArc }) => ({ pieceArc: pieceArc.slice(1) }))).toEqual(['shape']);
  });
});
