import { type Random, seededRandom } from '../../sample/seeded-random.ts';
import type { Moves } from './moves.ts';
import { Neighbourhood } from './neighbourhood.ts';
import type { ShopObjective } from './shop-schedule.ts';
import type { ShopState } from './shop-state.ts';
import { compareObjectives, loadSolution, objectiveOf, type Solution, saveSolution } from './solution.ts';

/** A cycle cools from the first to the second share of the mean avoidable cost of a late job. */
const HOT = 0.3;
const COLD = 0.003;
/** Rounds of the first cycle by operation; each further one is longer, so that any budget is used well. */
const FIRST_CYCLE = 30;
const CYCLE_GROWTH = 1.6;
const ROUNDS_BETWEEN_LIST = 200;
const ROUNDS_BETWEEN_LOOKS = 256;
/** Or so many operations timed, whichever comes first: some milliseconds. */
const TIMED_BETWEEN_LOOKS = 20_000;

export interface Improved {
  readonly rounds: number;
  readonly objective: ShopObjective;
}

/**
 * Simulated annealing in cycles on the chains that make jobs late; the state ends as the best schedule found.
 * `look` sees the best so far every few milliseconds of work and may end it.
 */
export function improve(
  moves: Moves,
  state: ShopState,
  alone: Float64Array,
  rounds: number,
  look: (rounds: number, objective: ShopObjective) => boolean,
): Improved {
  return new Annealing(moves, state, alone).run(rounds, look);
}

class Annealing {
  private readonly moves: Moves;
  private readonly state: ShopState;
  private readonly random: Random;
  private readonly neighbourhood: Neighbourhood;
  private best: Solution;
  private bestObjective: ShopObjective;
  /** The state is better than `best` and not yet saved. */
  private isAhead = false;
  private temperature = 0;

  constructor(moves: Moves, state: ShopState, alone: Float64Array) {
    this.moves = moves;
    this.state = state;
    this.random = seededRandom(state.model.shop.seed);
    this.neighbourhood = new Neighbourhood(moves, state, alone, this.random);
    this.best = saveSolution(state);
    this.bestObjective = objectiveOf(state);
  }

  run(rounds: number, look: (rounds: number, objective: ShopObjective) => boolean): Improved {
    const { propagation } = this.moves;
    let cycle = Math.max(2_000, FIRST_CYCLE * this.state.model.operationCount);
    let cycleStart = 0;
    let round = 0;
    let lookedAt = 0;
    let lookedTimed = propagation.timed;
    for (; round < rounds; round++) {
      if (round - lookedAt >= ROUNDS_BETWEEN_LOOKS || propagation.timed - lookedTimed > TIMED_BETWEEN_LOOKS) {
        lookedAt = round;
        lookedTimed = propagation.timed;
        if (look(round, this.bestObjective)) break;
      }
      if (round - cycleStart >= cycle) {
        cycleStart = round;
        cycle = Math.round(cycle * CYCLE_GROWTH);
        this.returnToBest();
      }
      if ((round - cycleStart) % ROUNDS_BETWEEN_LIST === 0) {
        if (!this.neighbourhood.refresh()) break;
        const progress = (round - cycleStart) / Math.min(cycle, rounds - cycleStart);
        this.temperature = this.neighbourhood.meanAvoidable * HOT * (COLD / HOT) ** progress;
      }
      this.attempt();
    }
    this.returnToBest();
    return { rounds: round, objective: this.bestObjective };
  }

  private attempt(): void {
    const { state, moves } = this;
    const before = state.weightedTardiness;
    const allowance = -this.temperature * Math.log(1 - this.random.next());
    if (!this.neighbourhood.propose()) {
      moves.rollback();
      return;
    }
    const most = before + allowance;
    if (!moves.evaluate(most) || state.weightedTardiness > most) {
      moves.rollback();
      return;
    }
    if (state.weightedTardiness > before && this.isAhead) {
      // Better to keep the best than this one step.
      moves.rollback();
      this.save();
      return;
    }
    if (state.weightedTardiness < this.bestObjective.weightedTardiness) {
      this.isAhead = true;
      this.bestObjective = objectiveOf(state);
    } else if (state.weightedTardiness === this.bestObjective.weightedTardiness) {
      const objective = objectiveOf(state);
      if (compareObjectives(objective, this.bestObjective) < 0) {
        this.isAhead = true;
        this.bestObjective = objective;
      } else if (this.isAhead && compareObjectives(objective, this.bestObjective) > 0) {
        moves.rollback();
        this.save();
      }
    }
  }

  private save(): void {
    this.best = saveSolution(this.state);
    this.isAhead = false;
  }

  private returnToBest(): void {
    if (this.isAhead) this.save();
    else loadSolution(this.moves, this.state, this.best);
  }
}
