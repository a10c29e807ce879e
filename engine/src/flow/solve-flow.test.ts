import fc from 'fast-check';
import highsModule, { type Highs } from 'highs';
import { beforeAll, describe, expect, it } from 'vitest';
import { sampleFlow } from '../sample/sample-flow.ts';
import { type Random, seededRandom } from '../sample/seeded-random.ts';
import { verifyFlow } from '../verify/verify-flow.ts';
import { checkFlowProblem } from './check-flow-problem.ts';
import type { ExtraSlot, FlowProblem, FlowSolution } from './flow-problem.ts';
import { solveFlow } from './solve-flow.ts';

const seeds = fc.integer({ min: 1, max: 1_000_000 });
/** The package's types describe its CommonJS build; what is imported here is its ECMAScript build, a function. */
const loadHighs = highsModule as unknown as () => Promise<Highs>;

/** Everything the model knows, in small: shared lists, lateness, far sites, overtime, closed days. */
function randomProblem(
  random: Random,
  orders = 1 + random.below(12),
  sites = 1 + random.below(6),
): FlowProblem {
  const days = 1 + random.below(5);
  const lists = Array.from({ length: 1 + random.below(orders) }, () =>
    Array.from({ length: random.below(2 * sites + 1) }, () => ({
      site: random.below(sites),
      cost: random.below(40),
      lead: random.below(4) - 2,
    })).sort((a, b) => a.cost - b.cost),
  );
  const arcs = lists.flat();
  const arcStart = Int32Array.from([0, ...lists.map((_, k) => lists.slice(0, k + 1).flat().length)]);
  const each = (draw: () => number): Int32Array => Int32Array.from({ length: orders }, draw);
  const extraSlots = Array.from(
    { length: random.below(4) },
    (): ExtraSlot => ({
      site: random.below(sites),
      day: random.below(days),
      capacity: 1 + random.below(10),
      cost: 1 + random.below(20),
    }),
  );
  return {
    siteCount: sites,
    days,
    capacity: Int32Array.from({ length: sites * days }, () => (random.chance(0.3) ? 0 : random.below(15))),
    quantity: each(() => 1 + random.below(25)),
    latestDay: each(() => random.below(days)),
    unservedCost: each(() => 20 + random.below(60)),
    arcList: each(() => random.below(lists.length)),
    arcStart,
    arcSite: Int32Array.from(arcs, ({ site }) => site),
    arcCost: Int32Array.from(arcs, ({ cost }) => cost),
    arcLead: Int8Array.from(arcs, ({ lead }) => lead),
    extraSlots,
  };
}

/** The optimum by linear programming: the model written out arc by arc and slot by slot. */
function optimum(highs: Highs, problem: FlowProblem): number {
  const { siteCount, days } = problem;
  const objective: string[] = [];
  const rows: string[] = [];
  const into = new Map<string, string[]>();
  const add = (key: string, name: string): void => void into.set(key, [...(into.get(key) ?? []), name]);
  for (const [order, quantity] of problem.quantity.entries()) {
    const list = problem.arcList[order] ?? 0;
    const names = [`u${order}`];
    objective.push(`${problem.unservedCost[order]} u${order}`);
    for (let arc = problem.arcStart[list] ?? 0; arc < (problem.arcStart[list + 1] ?? 0); arc++) {
      const day = Math.min((problem.latestDay[order] ?? 0) - (problem.arcLead?.[arc] ?? 0), days - 1);
      if (day < 0) continue;
      const name = `x${order}_${arc}`;
      names.push(name);
      objective.push(`${problem.arcCost[arc]} ${name}`);
      add(`${problem.arcSite[arc]}_${day}`, name);
    }
    rows.push(`${names.join(' + ')} = ${quantity}`);
  }
  const bounds: string[] = [];
  for (let site = 0; site < siteCount; site++) {
    const used: string[] = [];
    const slots: string[] = [];
    for (let day = 0; day < days; day++) {
      slots.push(`s${site}_${day}`);
      bounds.push(`0 <= s${site}_${day} <= ${problem.capacity[site * days + day]}`);
      for (const [i, slot] of (problem.extraSlots ?? []).entries()) {
        if (slot.site !== site || slot.day !== day) continue;
        slots.push(`e${i}`);
        bounds.push(`0 <= e${i} <= ${slot.capacity}`);
        objective.push(`${slot.cost} e${i}`);
      }
      used.push(...(into.get(`${site}_${day}`) ?? []));
      if (used.length > 0) rows.push(`${used.join(' + ')} - ${slots.join(' - ')} <= 0`);
    }
  }
  const lines = ['Minimize', ` obj: ${objective.join(' + ')}`, 'Subject To'];
  const text = [...lines, ...rows.map((row, i) => ` r${i}: ${row}`), 'Bounds', ...bounds, 'End'].join('\n');
  const solved = highs.solve(text, { output_flag: false });
  if (solved.Status !== 'Optimal') expect.fail(`HiGHS says ${solved.Status}`);
  return Math.round(solved.ObjectiveValue);
}

/** Orders, lists and the arcs of equal cost in another order. */
function shuffledProblem(problem: FlowProblem, random: Random): FlowProblem {
  const order = random.shuffled(problem.quantity.length);
  const pick = (values: Int32Array): Int32Array => Int32Array.from(order, (from) => values[from] ?? 0);
  return {
    ...problem,
    quantity: pick(problem.quantity),
    latestDay: pick(problem.latestDay),
    unservedCost: pick(problem.unservedCost),
    arcList: pick(problem.arcList),
    extraSlots: [...(problem.extraSlots ?? [])].reverse(),
  };
}

const middle = sampleFlow({
  seed: 5,
  orders: 300,
  sites: 120,
  days: 30,
  cities: 40,
  products: 20,
  maxCapabilities: 5,
  load: 0.8,
});

describe('network flow', () => {
  let highs: Highs;
  beforeAll(async () => {
    highs = await loadHighs();
  });

  it('is the optimum that linear programming finds, and proves it', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const problem = randomProblem(seededRandom(seed));
        const solution = solveFlow(problem, { gapAim: 0 });
        expect(verifyFlow(problem, solution)).toEqual([]);
        expect(solution.cost).toBe(optimum(highs, problem));
        expect(solution.gap).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('is always feasible and never below its bound, also when the budget ends it early', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 60_000 }), (seed, maxBids) => {
        const problem = sampleFlow({
          seed,
          orders: 120,
          sites: 40,
          days: 12,
          cities: 10,
          products: 6,
          maxCapabilities: 3,
          load: 1.1,
        });
        const solution = solveFlow(problem, { gapAim: 0, maxBids });
        expect(verifyFlow(problem, solution)).toEqual([]);
        expect(solution.bound).toBeLessThanOrEqual(solution.cost);
      }),
      { numRuns: 25 },
    );
  });

  it('ends within the gap it was asked for', () => {
    const solution = solveFlow(middle, { gapAim: 0.001 });
    expect(verifyFlow(middle, solution)).toEqual([]);
    expect(solution.gap).toBeLessThanOrEqual(0.001);
    expect(solution.finished).toBe(true);
  });

  it('costs the same in whatever order the input comes', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = seededRandom(seed);
        const problem = randomProblem(random, 20, 6);
        const other = shuffledProblem(problem, random);
        expect(solveFlow(other, { gapAim: 0 }).cost).toBe(solveFlow(problem, { gapAim: 0 }).cost);
      }),
      { numRuns: 50 },
    );
  });

  it('is the same, byte for byte, each time', () => {
    expect(solveFlow(middle)).toEqual(solveFlow(middle));
  });

  it('stops when told, with the best flow so far', () => {
    let calls = 0;
    const solution = solveFlow(middle, { gapAim: 0, onProgress: () => (++calls === 3 ? 'stop' : undefined) });
    expect(calls).toBe(3);
    expect(solution.finished).toBe(false);
    expect(verifyFlow(middle, solution)).toEqual([]);
  });

  it('says what makes a problem meaningless', () => {
    const arcCost = middle.arcCost.slice().reverse();
    expect(checkFlowProblem(middle)).toEqual([]);
    expect(checkFlowProblem({ ...middle, arcCost })).toEqual([expect.stringContaining('not sorted')]);
    expect(checkFlowProblem({ ...middle, days: 0 })).not.toEqual([]);
    expect(() => solveFlow({ ...middle, latestDay: middle.latestDay.map(() => 99) })).toThrow('latest day');
  });

  it('changed by hand, does not pass the verifier', () => {
    const solution = solveFlow(middle);
    const codes = (changed: Partial<FlowSolution>): Set<string> =>
      new Set(verifyFlow(middle, { ...solution, ...changed }).map(({ code }) => code));
    fc.assert(
      fc.property(fc.nat(solution.pieceArc.length - 1), (piece) => {
        const pieceAmount = solution.pieceAmount.with(piece, (solution.pieceAmount[piece] ?? 0) + 1_000);
        expect(codes({ pieceAmount })).toContain('quantity');
        expect(codes({ pieceAmount })).toContain('overbooked');
        expect(codes({ pieceArc: solution.pieceArc.with(piece, middle.arcSite.length) })).toContain(
          'foreign-arc',
        );
      }),
      { numRuns: 20 },
    );
    expect(codes({ unserved: solution.unserved.with(0, -1) })).toContain('bad-amount');
    expect(codes({ cost: solution.cost - 1 })).toContain('cost');
    expect(codes({ bound: solution.cost })).toContain('bound');
    expect(codes({ prices: solution.prices.map((price) => price + 500) })).toContain('bound');
    expect(codes({ prices: solution.prices.with(0, -1) })).toContain('price');
    expect(codes({ pieceStart: new Int32Array(1) })).toEqual(new Set(['wrong-shape']));
  });
});
