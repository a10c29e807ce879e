import { type Random, seededRandom } from '../../sample/seeded-random.ts';
import type { Moves } from './moves.ts';
import { Neighbourhood } from './neighbourhood.ts';
import type { ShopObjective } from './shop-schedule.ts';
import type { ShopState } from './shop-state.ts';
import { compareObjectives, loadSolution, objectiveOf, type Solution, saveSolution } from './solution.ts';

/** How a cycle searches: it cools between shares of the mean avoidable cost of a late job. */
interface Climate {
  readonly hot: number;
  readonly cold: number;
  /** Part of a loss foreseen by the slopes at which timing is given up; 0 = never before the loss is there. */
  readonly foresight: number;
}

/** First nearly downhill and quick to give up, for what a large shop can win in its first seconds. */
const FIRST_CLIMATE: Climate = { hot: 0.01, cold: 0.003, foresight: 1 };
/** Then hot enough to leave where that ended, and patient with moves that lose before they win. */
const LATER_CLIMATE: Climate = { hot: 1, cold: 0.005, foresight: 0.1 };
/** Rounds of the first cycle by operation; each further one is longer, so that any budget is used well. */
const FIRST_CYCLE = 8;
const LEAST_CYCLE = 2_000;
const CYCLE_GROWTH = 1.6;
const ROUNDS_BETWEEN_SLOPES = 200;
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
  private climate = FIRST_CLIMATE;

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
    let cycle = Math.max(LEAST_CYCLE, FIRST_CYCLE * this.state.model.operationCount);
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
        this.climate = LATER_CLIMATE;
        this.returnToBest();
      }
      if ((round - cycleStart) % ROUNDS_BETWEEN_SLOPES === 0) {
        this.cool((round - cycleStart) / Math.min(cycle, rounds - cycleStart));
      }
      this.attempt();
    }
    this.returnToBest();
    return { rounds: round, objective: this.bestObjective };
  }

  private cool(progress: number): void {
    const { pressure } = this.neighbourhood;
    const { hot, cold } = this.climate;
    pressure.refresh();
    const meanAvoidable = pressure.avoidable / Math.max(1, pressure.lateJobs);
    this.temperature = meanAvoidable * hot * (cold / hot) ** progress;
  }

  /** One change; kept when it costs no more than the temperature allows [Metropolis et al. 1953]. */
  private attempt(): void {
    const { state, moves } = this;
    const { slope } = this.neighbourhood.pressure;
    const before = state.weightedTardiness;
    const allowance = -this.temperature * Math.log(1 - this.random.next());
    const most = before + allowance;
    const kept =
      this.neighbourhood.propose(allowance) &&
      moves.evaluate(most, slope, allowance, this.climate.foresight) &&
      state.weightedTardiness <= most;
    if (!kept) {
      moves.rollback();
      return;
    }
    const isNear = state.weightedTardiness <= this.bestObjective.weightedTardiness;
    const order = isNear ? compareObjectives(objectiveOf(state), this.bestObjective) : 1;
    if (order < 0) {
      this.isAhead = true;
      this.bestObjective = objectiveOf(state);
    } else if (state.weightedTardiness > before && this.isAhead) {
      // Better to lose this one step than the best schedule.
      moves.rollback();
      this.save();
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
