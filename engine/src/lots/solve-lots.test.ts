import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnapshotFault } from '../fault.ts';
import { sampleLots } from '../sample/sample-lots.ts';
import { seededRandom } from '../sample/seeded-random.ts';
import { verifyLots } from '../verify/verify-lots.ts';
import { constructGreedily } from './construct-lots.ts';
import { LotDraft } from './lot-draft.ts';
import type { LotProblem } from './lot-problem.ts';
import { OrderBound } from './order-bound.ts';
import { SiteBound } from './site-bound.ts';
import { type LotProgress, solveLots } from './solve-lots.ts';

const SMALL = { seed: 1, rounds: 500, boundRounds: 40 } as const;

function network(seed: number, orders: number, sites: number): LotProblem {
  return sampleLots({
    seed,
    orders,
    sites,
    days: 10,
    cities: 5,
    products: 2,
    maxCapabilities: 3,
    load: 0.9,
    minPieceShare: 0.05,
    maxPieces: 4,
    wholeOnly: 0.2,
  });
}

const sampled = fc
  .record({
    seed: fc.nat(10_000),
    orders: fc.integer({ min: 1, max: 30 }),
    sites: fc.integer({ min: 1, max: 12 }),
  })
  .map(({ seed, orders, sites }) => network(seed, orders, sites));

/** All of it by hand: orders of a few hours at three sites and two days, with leads and opening costs. */
const tiny = fc
  .record({
    orders: fc.array(
      fc.record({
        quantity: fc.integer({ min: 1, max: 4 }),
        day: fc.integer({ min: 0, max: 1 }),
        unserved: fc.integer({ min: 10, max: 60 }),
        minimum: fc.integer({ min: 1, max: 3 }),
        most: fc.integer({ min: 1, max: 3 }),
        piece: fc.integer({ min: 0, max: 30 }),
        list: fc.integer({ min: 0, max: 1 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    capacity: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 6 }),
    cost: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 6, maxLength: 6 }),
    lead: fc.array(fc.integer({ min: -1, max: 1 }), { minLength: 6, maxLength: 6 }),
    open: fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 6, maxLength: 6 }),
    whole: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 6, maxLength: 6 }),
  })
  .map(({ orders, capacity, cost, lead, open, whole }): LotProblem => {
    const column = (pick: (order: (typeof orders)[number]) => number): Int32Array =>
      Int32Array.from(orders, pick);
    const sorted = [cost.slice(0, 3), cost.slice(3)].flatMap((list) => list.sort((a, b) => a - b));
    return {
      flow: {
        siteCount: 3,
        days: 2,
        capacity: Int32Array.from(capacity),
        quantity: column(({ quantity }) => quantity),
        latestDay: column(({ day }) => day),
        unservedCost: column(({ unserved }) => unserved),
        arcList: column(({ list }) => list),
        arcStart: Int32Array.of(0, 3, 6),
        arcSite: Int32Array.of(0, 1, 2, 2, 0, 1),
        arcCost: Int32Array.from(sorted),
        arcLead: Int8Array.from(lead),
      },
      minPiece: column(({ minimum, quantity }) => Math.min(minimum, quantity)),
      maxPieces: column(({ most }) => most),
      pieceCost: column(({ piece }) => piece),
      arcOpenCost: Int32Array.from(open),
      wholeOnly: Uint8Array.from(whole),
    };
  });

/** The cheapest of all plans, by trying every amount on every arc and letting the verifier judge the capacity. */
function bruteForce(problem: LotProblem): number {
  const { flow } = problem;
  let best = Number.POSITIVE_INFINITY;
  const pieceStart = [0];
  const arcs: number[] = [];
  const amounts: number[] = [];
  const unserved: number[] = [];
  const judge = (cost: number): void => {
    if (cost >= best) return;
    const plan = {
      pieceStart: Int32Array.from(pieceStart),
      pieceArc: Int32Array.from(arcs),
      pieceAmount: Int32Array.from(amounts),
      unserved: Int32Array.from(unserved),
      cost,
    };
    if (verifyLots(problem, plan).length === 0) best = cost;
  };
  const tryOrder = (order: number, cost: number): void => {
    if (order === flow.quantity.length) {
      judge(cost);
      return;
    }
    const list = flow.arcList[order] ?? 0;
    const tryArc = (arc: number, left: number, sum: number): void => {
      if (arc === flow.arcStart[list + 1]) {
        pieceStart.push(arcs.length);
        unserved.push(left);
        tryOrder(order + 1, sum + left * (flow.unservedCost[order] ?? 0));
        pieceStart.pop();
        unserved.pop();
        return;
      }
      tryArc(arc + 1, left, sum);
      for (let x = 1; x <= left; x++) {
        arcs.push(arc);
        amounts.push(x);
        const fixed = (problem.pieceCost[order] ?? 0) + (problem.arcOpenCost?.[arc] ?? 0);
        tryArc(arc + 1, left - x, sum + x * (flow.arcCost[arc] ?? 0) + fixed);
        arcs.pop();
        amounts.pop();
      }
    };
    tryArc(flow.arcStart[list] ?? 0, flow.quantity[order] ?? 0, cost);
  };
  tryOrder(0, 0);
  return best;
}

describe('lots', () => {
  it('always pass the verifier, cost no more than the first plan and no less than the bound', () => {
    fc.assert(
      fc.property(sampled, (problem) => {
        const solution = solveLots(problem, SMALL);
        expect(verifyLots(problem, solution)).toEqual([]);
        expect(solution.cost).toBeLessThanOrEqual(constructGreedily(problem).cost);
        expect(solution.bound).toBeLessThanOrEqual(solution.cost + 1e-6);
        expect(solution.gap).toBeLessThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });

  it('of tiny problems are feasible and never dearer than the bound allows', () => {
    let best = 0;
    let tried = 0;
    fc.assert(
      fc.property(tiny, (problem) => {
        const truth = bruteForce(problem);
        const solution = solveLots(problem, SMALL);
        expect(verifyLots(problem, solution)).toEqual([]);
        expect(solution.cost).toBeGreaterThanOrEqual(truth);
        expect(solution.bound).toBeLessThanOrEqual(truth + 1e-3);
        tried++;
        if (solution.cost === truth) best++;
      }),
      { numRuns: 150, seed: 42 },
    );
    expect(best / tried).toBeGreaterThan(0.95);
  });

  it('have bounds that hold at any prices', () => {
    fc.assert(
      fc.property(tiny, fc.nat(1_000), (problem, seed) => {
        const random = seededRandom(seed);
        const truth = bruteForce(problem);
        for (const concave of [new OrderBound(problem), new SiteBound(problem)]) {
          const prices = Float64Array.from({ length: concave.size }, () => random.next() * 60);
          concave.project(prices);
          expect(concave.evaluate(prices, new Float64Array(concave.size))).toBeLessThanOrEqual(truth + 1e-3);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('are the same for the same seed, to the byte', () => {
    const problem = network(7, 40, 15);
    const once = JSON.stringify(solveLots(problem, { seed: 3, rounds: 3_000, boundRounds: 50 }));
    const again = JSON.stringify(solveLots(problem, { seed: 3, rounds: 3_000, boundRounds: 50 }));
    expect(again).toBe(once);
  });

  it('can be stopped in every phase and are feasible then', () => {
    const problem = network(9, 60, 20);
    for (const phase of ['prices', 'improve', 'bound']) {
      const stop = (progress: LotProgress): 'stop' | undefined =>
        progress.phase === phase ? 'stop' : undefined;
      const solution = solveLots(problem, { seed: 1, rounds: 20_000, boundRounds: 20, onProgress: stop });
      expect(solution.finished).toBe(false);
      expect(verifyLots(problem, solution)).toEqual([]);
      expect(solution.bound).toBeLessThanOrEqual(solution.cost);
    }
  });

  it('leave a draft as it was when an order is taken out and put back', () => {
    const problem = network(11, 30, 10);
    const draft = constructGreedily(problem);
    const before = draft.room.room.slice();
    const { cost } = draft;
    const plan = draft.toPlan();
    for (let order = 0; order < 30; order++) draft.remove(order);
    expect(draft.room.room).toEqual(new LotDraft(problem).room.room);
    for (let order = 0; order < 30; order++) {
      for (let piece = plan.pieceStart[order] ?? 0; piece < (plan.pieceStart[order + 1] ?? 0); piece++) {
        draft.add(order, plan.pieceArc[piece] ?? 0, plan.pieceAmount[piece] ?? 0);
      }
    }
    expect(draft.room.room).toEqual(before);
    expect(draft.cost).toBe(cost);
  });

  it('of a problem that contradicts itself are refused with its faults', () => {
    const problem = network(1, 5, 3);
    const wrong = { ...problem, minPiece: problem.minPiece.map(() => 1_000_000) };
    expect(() => solveLots(wrong, SMALL)).toThrow(SnapshotFault);
    expect(() => solveLots(wrong, SMALL)).toThrow(/no piece can be 1000000/);
  });

  it('of no orders at all cost nothing', () => {
    const problem = network(1, 5, 3);
    const none = new Int32Array(0);
    const flow = { ...problem.flow, quantity: none, latestDay: none, unservedCost: none, arcList: none };
    const empty = { ...problem, flow, minPiece: none, maxPieces: none, pieceCost: none };
    expect(solveLots(empty, SMALL)).toMatchObject({ cost: 0, bound: 0, gap: 0 });
  });
});
