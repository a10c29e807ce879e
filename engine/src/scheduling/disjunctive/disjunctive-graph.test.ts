import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../../sample/seeded-random.ts';
import { DisjunctiveGraph } from './disjunctive-graph.ts';
import { dispatch } from './dispatch.ts';
import { Effort } from './effort.ts';
import { Relinker } from './relink.ts';
import { compileShop } from './shop.ts';
import { anyShop } from './testing/any-shop.ts';

/** Can `from` reach `to` along job chains and machine sequences? By plain search. */
function reaches(graph: DisjunctiveGraph, from: number, to: number): boolean {
  const n = graph.shop.operations;
  const seen = new Set<number>();
  const open = [from];
  for (let x = open.pop(); x !== undefined; x = open.pop()) {
    if (x === to) return true;
    if (x === n || seen.has(x)) continue;
    seen.add(x);
    open.push(graph.shop.jobNext[x] as number, graph.next[x] as number);
  }
  return false;
}

test('after any accepted move longest paths are what a full computation gives, and refused moves were cyclic', () => {
  fc.assert(
    fc.property(anyShop, fc.integer(), (shop, seed) => {
      const compiled = compileShop(shop);
      const n = compiled.operations;
      if (n === 0) return;
      const random = seededRandom(seed);
      const graph = new DisjunctiveGraph(compiled);
      const twin = new DisjunctiveGraph(compiled);
      graph.load(dispatch(compiled, { prices: new Float64Array(shop.machines), pressure: 0, random }));
      for (let i = 0; i < 40; i++) {
        const x = random.below(n);
        const from = compiled.choiceStart[x] as number;
        const choice = from + random.below((compiled.choiceStart[x + 1] as number) - from);
        const machine = compiled.choiceMachine[choice];
        const places = [n];
        for (let y = 0; y < n; y++) if (y !== x && graph.machine[y] === machine) places.push(y);
        const after = random.pick(places);
        const before = graph.save();
        if (graph.move(x, choice, after)) {
          twin.load(graph.save());
          expect(graph.makespan).toBe(twin.makespan);
          expect([...graph.forward.done]).toEqual([...twin.forward.done]);
          expect([...graph.forward.rest]).toEqual([...twin.forward.rest]);
          expect(graph.next.slice(0, n)).toEqual(twin.next.slice(0, n));
        } else {
          expect(graph.save()).toEqual(before);
          const next =
            after === n ? (graph.first[machine as number] as number) : (graph.next[after] as number);
          const cyclic =
            (after !== n && reaches(graph, compiled.jobNext[x] as number, after)) ||
            (next !== x && reaches(graph, next, compiled.jobPrevious[x] as number)) ||
            (next === x && reaches(graph, graph.next[x] as number, compiled.jobPrevious[x] as number));
          expect(cyclic).toBe(true);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('a walk of all steps arrives at the guide, and every walk ends in an acyclic selection', () => {
  fc.assert(
    fc.property(anyShop, fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (shop, seed, share) => {
      const compiled = compileShop(shop);
      const random = seededRandom(seed);
      const graph = new DisjunctiveGraph(compiled);
      const relinker = new Relinker(graph, random, new Effort(1, 0, 0, undefined));
      const [from, guide] = [0, 1].map(() => {
        graph.load(dispatch(compiled, { prices: new Float64Array(shop.machines), pressure: 0, random }));
        return graph.save();
      }) as [ReturnType<typeof graph.save>, ReturnType<typeof graph.save>];
      relinker.walk(from, guide, share);
      const between = graph.save();
      for (let x = 0; x < compiled.operations; x++) {
        const successor = compiled.jobNext[x] as number;
        if (successor < compiled.operations) {
          expect(between.order.indexOf(x)).toBeLessThan(between.order.indexOf(successor));
        }
      }
      // Machine changes can add pairs in the other order, so "all" is a bound and not a count.
      relinker.walk(from, guide, 1_000);
      expect(relinker.distance(graph.save(), guide)).toBe(0);
      expect(graph.makespan).toBe(guide.makespan);
    }),
    { numRuns: 200 },
  );
});
