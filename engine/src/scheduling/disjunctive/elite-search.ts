import type { Random } from '../../sample/seeded-random.ts';
import { DisjunctiveGraph, type Selection } from './disjunctive-graph.ts';
import { dispatch } from './dispatch.ts';
import type { Effort } from './effort.ts';
import { Relinker } from './relink.ts';
import type { CompiledShop } from './shop.ts';
import { TabuSearch } from './tabu-search.ts';

/** Members of the pool: many enough to differ, few enough to be filled in the first second. */
const POOL = 15;
/** Moves without progress that end one tabu search. */
const PATIENCE = 3_000;
/** A new schedule this near to an equally long one of the pool is the same for our purposes. */
const NEAR = 10;
/** Descendants in a row that did not enter the pool: it has converged, and a new one is begun. */
const STALE = 100;
/**
 * Pressures of machine prices on the search. Shops differ in which one is right, so that schedules carry theirs
 * and descendants inherit it, up to a mutation: what leads to better schedules spreads in the pool.
 */
const PRESSURES = [0, 1, 2, 4, 8] as const;
const MUTATION = 0.1;
/** Where on the way between two parents a descendant is taken. */
const NEAREST_SHARE = 0.3;
const SHARE_SPREAD = 0.4;

/**
 * Tabu search from points on the paths between good schedules (TS/PR: Peng, Lü and Cheng 2015; for the
 * flexible shop González, Vela and Varela 2015). Every member of the pool is a local optimum of the tabu
 * search; a descendant replaces the worst one when it is better and not a near copy of another.
 */
export function eliteSearch(
  shop: CompiledShop,
  prices: Float64Array,
  random: Random,
  effort: Effort,
  start?: Pick<Selection, 'order' | 'choice'>,
): Selection {
  return new EliteSearch(shop, prices, random, effort).run(start);
}

interface Member {
  readonly selection: Selection;
  readonly pressure: number;
}

class EliteSearch {
  private readonly shop: CompiledShop;
  private readonly random: Random;
  private readonly effort: Effort;
  private readonly graph: DisjunctiveGraph;
  private readonly tabu: TabuSearch;
  private readonly relinker: Relinker;
  private readonly prices: Float64Array;
  private pool: Member[] = [];

  constructor(shop: CompiledShop, prices: Float64Array, random: Random, effort: Effort) {
    this.shop = shop;
    this.random = random;
    this.effort = effort;
    this.graph = new DisjunctiveGraph(shop);
    this.tabu = new TabuSearch(this.graph, prices, random, effort);
    this.relinker = new Relinker(this.graph, random, effort);
    this.prices = prices;
  }

  run(given: Pick<Selection, 'order' | 'choice'> | undefined): Selection {
    const { effort, graph } = this;
    const first = this.start(given);
    graph.load(first.selection);
    let best = this.tabu.improve(PATIENCE, first.pressure);
    this.pool = [{ selection: best, pressure: first.pressure }];
    let stale = 0;
    while (!effort.over) {
      const filling = this.pool.length < POOL;
      const pressure = filling ? this.begin() : this.descend();
      const selection = this.tabu.improve(PATIENCE, pressure);
      if (selection.makespan < best.makespan) best = selection;
      if (filling) this.pool.push({ selection, pressure });
      else stale = this.admit({ selection, pressure }) ? 0 : stale + 1;
      if (stale < STALE) continue;
      stale = 0;
      this.pool = [];
    }
    return best;
  }

  /** The best schedule of the dispatch rule at any pressure, or the one that was given. */
  private start(given: Pick<Selection, 'order' | 'choice'> | undefined): Member {
    const { shop, prices, graph } = this;
    let best: Member | undefined;
    for (const pressure of shop.flexible ? PRESSURES : PRESSURES.slice(0, 1)) {
      graph.load(given ?? dispatch(shop, { prices, pressure }));
      if (!best || graph.makespan < best.selection.makespan) best = { selection: graph.save(), pressure };
      if (given) break;
    }
    return best ?? { selection: graph.save(), pressure: 0 };
  }

  /** Leaves a random active schedule in the graph; answers the pressure to improve it with. */
  private begin(): number {
    const { shop, prices, random } = this;
    const pressure = random.pick(PRESSURES);
    this.graph.load(dispatch(shop, { prices, pressure, random }));
    return pressure;
  }

  /** Leaves in the graph a point between two members drawn at random. */
  private descend(): number {
    const { pool, random } = this;
    const index = random.below(pool.length);
    const other = random.below(pool.length - 1);
    const from = pool[index] as Member;
    const guide = pool[other < index ? other : other + 1] as Member;
    this.relinker.walk(from.selection, guide.selection, NEAREST_SHARE + SHARE_SPREAD * random.next());
    if (random.chance(MUTATION)) return random.pick(PRESSURES);
    return (random.chance(0.5) ? from : guide).pressure;
  }

  private admit(found: Member): boolean {
    const { pool, relinker } = this;
    const { makespan } = found.selection;
    let worst = 0;
    pool.forEach(({ selection }, index) => {
      if (selection.makespan > (pool[worst] as Member).selection.makespan) worst = index;
    });
    if (makespan >= (pool[worst] as Member).selection.makespan) return false;
    const near = ({ selection }: Member): boolean =>
      selection.makespan === makespan && relinker.distance(selection, found.selection) < NEAR;
    if (pool.some(near)) return false;
    pool[worst] = found;
    return true;
  }
}
