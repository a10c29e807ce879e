import type { Random } from '../../sample/seeded-random.ts';
import { CriticalPath } from './critical-path.ts';
import type { DisjunctiveGraph, Selection } from './disjunctive-graph.ts';
import type { Effort } from './effort.ts';
import { MoveChoice } from './move-choice.ts';
import { Neighbourhood } from './neighbourhood.ts';
import { TabuMemory } from './tabu-memory.ts';

/** Shortest prohibition, without the parts for jobs per machine and for size, and the random part on top. */
const TENURE = 4;
const OPERATIONS_PER_TENURE = 500;
const TENURE_SPREAD = 6;

/** Tabu search on one graph (Glover 1989; for the job shop Taillard 1994, Nowicki and Smutnicki 1996). */
export class TabuSearch {
  private readonly graph: DisjunctiveGraph;
  private readonly random: Random;
  private readonly effort: Effort;
  private readonly path: CriticalPath;
  private readonly tabu = new TabuMemory();
  private readonly choice: MoveChoice;
  private readonly neighbourhood: Neighbourhood;
  private readonly tenure: number;

  constructor(graph: DisjunctiveGraph, prices: Float64Array, random: Random, effort: Effort) {
    this.graph = graph;
    this.random = random;
    this.effort = effort;
    this.path = new CriticalPath(graph, random);
    this.choice = new MoveChoice(random);
    this.neighbourhood = new Neighbourhood(graph, prices, this.path, this.tabu, this.choice);
    const { lastOfJobs, machines, operations } = graph.shop;
    this.tenure = TENURE + Math.round(lastOfJobs.length / machines + operations / OPERATIONS_PER_TENURE);
  }

  /** The best selection on the way from the graph's own, until `patience` moves brought nothing better. */
  improve(patience: number, pressure: number): Selection {
    this.neighbourhood.setPressure(pressure);
    const { graph, effort } = this;
    let best = graph.save();
    this.tabu.clear();
    effort.found(best.makespan);
    let last = effort.iterations + patience;
    while (effort.iterations < last && !effort.over) {
      if (!this.step(best.makespan)) return best;
      if (graph.makespan < best.makespan) {
        best = graph.save();
        effort.found(best.makespan);
        last = effort.iterations + patience;
      }
    }
    return best;
  }

  /** False when the path has no move at all: a machine or a job alone fills it, no neighbour can be shorter. */
  private step(aspiration: number): boolean {
    const { graph, effort, choice } = this;
    effort.spend();
    this.path.trace();
    choice.reset(aspiration);
    this.neighbourhood.scan(effort.iterations);
    if (!choice.settle()) return false;
    const { operation, choice: alternative, after } = choice;
    const until = effort.iterations + this.tenure + this.random.below(TENURE_SPREAD);
    this.tabu.remember(graph, operation, alternative, after, until);
    // Only operations of no duration can make a move cyclic that heads and tails allow; it is then
    // prohibited like one that was made, and the search goes on.
    graph.move(operation, alternative, after);
    return true;
  }
}
