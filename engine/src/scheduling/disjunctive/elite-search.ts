import type { Random } from '../../sample/seeded-random.ts';
import { DisjunctiveGraph, type Selection } from './disjunctive-graph.ts';
import { dispatch } from './dispatch.ts';
import type { Effort } from './effort.ts';
import { Relinker } from './relink.ts';
import type { CompiledShop } from './shop.ts';
import { TabuSearch } from './tabu-search.ts';

/** Members of the pool: many enough to differ, few enough to be filled in the first second. */
const POOL = 15;
/** Moves without progress that end one tabu search; large shops need some per operation. */
const PATIENCE = 3_000;
const PATIENCE_PER_OPERATION = 4;
/** A new schedule this near to an equally long one of the pool is the same for our purposes. */
const NEAR = 10;
/** Descendants in a row that did not enter the pool: it has converged, and a new one is begun. */
const STALE = 100;
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
  random: Random,
  effort: Effort,
  start?: Pick<Selection, 'order' | 'choice'>,
): Selection {
  const search = new EliteSearch(shop, random, effort);
  return search.run(start ?? dispatch(shop));
}

class EliteSearch {
  private readonly shop: CompiledShop;
  private readonly random: Random;
  private readonly effort: Effort;
  private readonly graph: DisjunctiveGraph;
  private readonly tabu: TabuSearch;
  private readonly relinker: Relinker;
  private readonly patience: number;
  private pool: Selection[] = [];

  constructor(shop: CompiledShop, random: Random, effort: Effort) {
    this.shop = shop;
    this.random = random;
    this.effort = effort;
    this.graph = new DisjunctiveGraph(shop);
    this.tabu = new TabuSearch(this.graph, random, effort);
    this.relinker = new Relinker(this.graph, random);
    this.patience = Math.max(PATIENCE, PATIENCE_PER_OPERATION * shop.operations);
  }

  run(start: Pick<Selection, 'order' | 'choice'>): Selection {
    const { effort, graph } = this;
    graph.load(start);
    let best = this.tabu.improve(this.patience);
    this.pool = [best];
    let stale = 0;
    while (!effort.over) {
      const filling = this.pool.length < POOL;
      if (filling) graph.load(dispatch(this.shop, this.random));
      else this.descend();
      const found = this.tabu.improve(this.patience);
      if (found.makespan < best.makespan) best = found;
      if (filling) this.pool.push(found);
      else stale = this.admit(found) ? 0 : stale + 1;
      if (stale < STALE) continue;
      stale = 0;
      this.pool = [];
    }
    return best;
  }

  /** Leaves in the graph a point between two members drawn at random. */
  private descend(): void {
    const { pool, random } = this;
    const from = random.below(pool.length);
    const other = random.below(pool.length - 1);
    const guide = other < from ? other : other + 1;
    const share = NEAREST_SHARE + SHARE_SPREAD * random.next();
    this.relinker.walk(pool[from] as Selection, pool[guide] as Selection, share);
  }

  private admit(found: Selection): boolean {
    const { pool, relinker } = this;
    let worst = 0;
    pool.forEach(({ makespan }, index) => {
      if (makespan > (pool[worst] as Selection).makespan) worst = index;
    });
    if (found.makespan >= (pool[worst] as Selection).makespan) return false;
    const near = (member: Selection): boolean =>
      member.makespan === found.makespan && relinker.distance(member, found) < NEAR;
    if (pool.some(near)) return false;
    pool[worst] = found;
    return true;
  }
}
