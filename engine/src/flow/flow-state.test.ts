import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleFlow } from '../sample/sample-flow.ts';
import { type Random, seededRandom } from '../sample/seeded-random.ts';
import { verifyFlow } from '../verify/verify-flow.ts';
import type { FlowProblem, FlowSolution } from './flow-problem.ts';
import type { FlowOrder } from './flow-quote.ts';
import { FlowState } from './flow-state.ts';
import { solveFlow } from './solve-flow.ts';

const ROOM = { orders: 30, lists: 5, arcs: 100 };
const seeds = fc.integer({ min: 1, max: 1_000_000 });

function network(seed: number, load = 0.9): FlowProblem {
  return sampleFlow({
    seed,
    orders: 60,
    sites: 20,
    days: 10,
    cities: 8,
    products: 5,
    maxCapabilities: 3,
    load,
  });
}

function someOrder(random: Random, problem: FlowProblem): FlowOrder {
  return {
    quantity: 1 + random.below(200),
    latestDay: random.below(problem.days),
    unservedCost: 3_000 + random.below(5_000),
    list: random.below(new Set(problem.arcList).size),
  };
}

const amountsOf = (state: FlowState, order: number): string => amountsIn(state.flow(), order);

function amountsIn({ pieceStart, pieceArc, pieceAmount, unserved }: FlowSolution, order: number): string {
  const from = pieceStart[order] ?? 0;
  const to = pieceStart[order + 1] ?? 0;
  return `${pieceArc.slice(from, to)} ${pieceAmount.slice(from, to)} ${unserved[order]}`;
}

describe('a network that lives on', () => {
  it('stays feasible, near a fresh solution and above its bound, when a third of it comes and goes', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = seededRandom(seed);
        const state = new FlowState(network(seed), { gapAim: 0.002 }, ROOM);
        const present = Array.from({ length: 60 }, (_, order) => order);
        for (let step = 0; step < 20; step++) {
          const kind = random.below(3);
          if (kind === 0) {
            const added = state.add(someOrder(random, state.problem));
            if (added) present.push(added.order);
          } else if (kind === 1) {
            const order = present.splice(random.below(present.length), 1)[0];
            if (order !== undefined) state.remove(order);
          } else {
            state.setCapacity(random.below(20), random.below(10), random.chance(0.3) ? 0 : random.below(40));
          }
        }
        const flow = state.flow();
        expect(verifyFlow(state.problem, flow)).toEqual([]);
        const fresh = solveFlow(trimmed(state.problem), { gapAim: 0 });
        expect(flow.bound).toBeLessThanOrEqual(fresh.cost);
        expect(flow.cost).toBeLessThanOrEqual(fresh.cost * 1.25);
      }),
      { numRuns: 40 },
    );
  });

  it('capacity that appears lowers prices again', () => {
    const state = new FlowState(network(7, 1.3), {}, ROOM);
    const before = state.prices();
    const site = state.problem.arcSite[0] ?? 0;
    const highest = before.reduce((best, price, at) => (price > (before[best] ?? 0) ? at : best), 0);
    expect(before[highest]).toBeGreaterThan(1_000);
    const cost = state.flow().cost;
    for (let other = 0; other < state.problem.siteCount; other++) state.setCapacity(other, 0, 10_000);
    expect(Math.max(...state.prices())).toBe(0);
    expect(state.flow().cost).toBeLessThan(cost);
    for (let other = 0; other < state.problem.siteCount; other++) state.setCapacity(other, 0, 0);
    expect(state.prices()[site * state.problem.days + 9]).toBeGreaterThanOrEqual(0);
    expect(Math.max(...state.prices())).toBeGreaterThan(1_000);
    expect(verifyFlow(state.problem, state.flow())).toEqual([]);
  });

  it('asking changes nothing, and the answer is what the order then gets', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = seededRandom(seed);
        const state = new FlowState(network(seed), {}, ROOM);
        for (const told of random.shuffled(60).slice(0, 10)) state.tell(told);
        const order = someOrder(random, state.problem);
        const before = state.flow();
        const free = state.quote(order);
        const quote = state.quoteDisplacing(order);
        expect(state.flow()).toEqual(before);
        const added = state.add(order);
        if (!added) return expect.fail('there was room');
        expect(added.quote).toEqual(quote);
        expect(state.flow().cost - before.cost).toBe(quote.addedCost);
        expect(verifyFlow(state.problem, state.flow())).toEqual([]);
        expect(free.moves).toEqual([]);
        expect(quote.addedCost).toBeLessThanOrEqual(free.addedCost);
        const concerned = new Set([added.order, ...quote.moves.map(({ order: other }) => other)]);
        for (let other = 0; other < 60; other++) {
          if (!concerned.has(other)) expect(amountsOf(state, other)).toBe(amountsIn(before, other));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('a quote from free hours fits beside everything that is there', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = seededRandom(seed);
        const state = new FlowState(network(seed, 0.5), {}, ROOM);
        const order = someOrder(random, state.problem);
        const { pieces, unserved, addedCost } = state.quote(order);
        const flow = state.flow();
        const { problem } = state;
        const added = {
          ...problem,
          quantity: problem.quantity.with(60, order.quantity),
          latestDay: problem.latestDay.with(60, order.latestDay),
          unservedCost: problem.unservedCost.with(60, order.unservedCost),
          arcList: problem.arcList.with(60, order.list),
        };
        const pieceArc = Int32Array.from([...flow.pieceArc, ...pieces.map(({ arc }) => arc)]);
        const together = {
          ...flow,
          pieceStart: flow.pieceStart.map((start, at) => (at > 60 ? pieceArc.length : start)),
          pieceArc,
          pieceAmount: Int32Array.from([...flow.pieceAmount, ...pieces.map(({ amount }) => amount)]),
          unserved: flow.unserved.with(60, unserved),
          cost: flow.cost + addedCost,
        };
        expect(verifyFlow(added, together).filter(({ code }) => code !== 'bound')).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it('what people were told stays where it is', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = seededRandom(seed);
        const state = new FlowState(network(seed), {}, ROOM);
        const told = random.shuffled(60).slice(0, 20);
        for (const order of told) state.tell(order);
        const before = told.map((order) => amountsOf(state, order));
        for (let i = 0; i < 15; i++) state.add(someOrder(random, state.problem));
        for (let order = 0; order < 60; order++) if (!told.includes(order)) state.remove(order);
        expect(told.map((order) => amountsOf(state, order))).toEqual(before);
        expect(verifyFlow(state.problem, state.flow())).toEqual([]);
        expect(state.prices().every((price) => Number.isFinite(price))).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('a new city brings its own list of arcs, until there is no more room', () => {
    const state = new FlowState(network(3), {}, { orders: 1, lists: 1, arcs: 4 });
    const list = state.addList([
      { site: 2, cost: 400, lead: 1 },
      { site: 1, cost: 300 },
    ]);
    if (list === undefined) return expect.fail('there was room');
    const order = { quantity: 5, latestDay: 9, unservedCost: 9_999, list };
    expect(state.quoteDisplacing(order).unserved).toBe(0);
    expect(state.add(order)).toBeDefined();
    expect(state.add(order)).toBeUndefined();
    expect(state.addList([{ site: 0, cost: 1 }])).toBeUndefined();
    expect(verifyFlow(state.problem, state.flow())).toEqual([]);
  });
});

/** Without the room for later orders. */
function trimmed(problem: FlowProblem): FlowProblem {
  const arcs = problem.arcStart.at(-1) ?? 0;
  const arcLead = problem.arcLead?.slice(0, arcs);
  return {
    ...problem,
    arcSite: problem.arcSite.slice(0, arcs),
    arcCost: problem.arcCost.slice(0, arcs),
    ...(arcLead ? { arcLead } : {}),
  };
}
