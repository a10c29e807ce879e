import { endsAlone } from './alone.ts';
import { checkShop } from './check-shop.ts';
import { type DispatchEnd, dispatch } from './dispatch.ts';
import { DISPATCH_RULES, ruleTerms } from './dispatch-rules.ts';
import { improve } from './improve.ts';
import { Moves } from './moves.ts';
import { placePinned } from './place-pinned.ts';
import { readSchedule } from './read-schedule.ts';
import { dispatchAsTold } from './rule-as-told.ts';
import { buildModel, type ShopModel } from './shop-model.ts';
import type {
  RuleOutcome,
  ShopObjective,
  ShopProblem,
  ShopProgress,
  ShopRefusal,
  ShopResult,
} from './shop-schedule.ts';
import type { ShopSnapshot } from './shop-snapshot.ts';
import { ShopState } from './shop-state.ts';
import { compareObjectives, loadSolution, objectiveOf, type Solution, saveSolution } from './solution.ts';

export interface ScheduleShopOptions {
  /** Moves tried after the dispatch rules; 200 an operation when missing, 0 = the best rule as it is. */
  readonly rounds?: number | undefined;
  /** Called every few milliseconds of work; `stop` ends with the best schedule so far. */
  readonly onProgress?: ((progress: ShopProgress) => 'stop' | undefined) | undefined;
}

const ROUNDS_PER_OPERATION = 200;

/**
 * A finite-capacity schedule of one shop: the best dispatch rule, then improved. Same snapshot, same rounds, same
 * schedule. Refuses a shop that contradicts itself, naming what. A stop before the first complete schedule is
 * heeded after it: there is always a schedule to show.
 */
export function scheduleShop(shop: ShopSnapshot, options: ScheduleShopOptions = {}): ShopResult {
  const problems: ShopProblem[] = [...checkShop(shop)];
  if (problems.length > 0) return { kind: 'refusal', problems };
  const model = buildModel(shop, problems);
  if (problems.length > 0) return { kind: 'refusal', problems };
  return new ShopRun(model, options).run(problems);
}

class ShopRun {
  private readonly model: ShopModel;
  private readonly options: ScheduleShopOptions;
  private readonly state: ShopState;
  private readonly moves: Moves;
  private readonly alone: Float64Array;
  private readonly lowerBound: number;
  private readonly rules: RuleOutcome[] = [];
  private best: Solution | undefined;
  private bestObjective: ShopObjective | undefined;
  private phase = '';
  private rounds = 0;
  private stopped = false;

  constructor(model: ShopModel, options: ScheduleShopOptions) {
    this.model = model;
    this.options = options;
    this.state = new ShopState(model);
    this.moves = new Moves(this.state);
    this.alone = endsAlone(model, this.moves.propagation.timing);
    this.lowerBound = lowerBound(model, this.alone);
  }

  run(problems: ShopProblem[]): ShopResult {
    const { state, moves } = this;
    const provisional = placePinned(moves, state, problems);
    if (problems.length > 0) return { kind: 'refusal', problems };
    const refusal = this.construct(provisional);
    if (refusal) return refusal;
    if (this.best) loadSolution(moves, state, this.best);
    const rounds = this.options.rounds ?? ROUNDS_PER_OPERATION * this.model.operationCount;
    if (!this.stopped) {
      this.phase = 'improve';
      const done = improve(moves, state, this.alone, rounds, (tried, objective) => {
        this.rounds = tried;
        this.bestObjective = objective;
        return this.shouldStop();
      });
      this.rounds = done.rounds;
      this.bestObjective = done.objective;
    }
    return {
      kind: 'schedule',
      ...readSchedule(state, moves.propagation.timing, this.alone),
      objective: objectiveOf(state),
      rules: this.rules,
      lowerBound: this.lowerBound,
      rounds: this.rounds,
      stopped: this.stopped,
    };
  }

  /** All rules from what is pinned; the best is kept. */
  private construct(provisional: readonly number[]): ShopRefusal | undefined {
    const { moves, state, model } = this;
    const terms = ruleTerms(model);
    const base = saveSolution(state);
    const release = (): void => {
      for (const operation of provisional) state.pinned[operation] = 0;
    };
    const runs: { readonly name: string; readonly run: (stop: () => boolean) => DispatchEnd }[] =
      DISPATCH_RULES.map((rule) => ({
        name: rule.name,
        run: (stop) => dispatch(moves, state, terms, rule, stop),
      }));
    if (model.hasTold.includes(1)) {
      runs.push({ name: 'as told', run: (stop) => dispatchAsTold(moves, state, terms, stop) });
    }
    let stuck: ShopRefusal | undefined;
    for (const { name, run } of runs) {
      this.phase = name;
      for (const operation of provisional) state.pinned[operation] = 1;
      if (this.rules.length > 0 || stuck) loadSolution(moves, state, base);
      const end = run(() => this.shouldStop() && this.best !== undefined);
      release();
      if (end === 'stopped') break;
      if (end !== 'done') {
        stuck ??= refusalOf(model, end.stuckOperation);
        continue;
      }
      this.keepIfBetter(name);
      if (this.shouldStop()) break;
    }
    return this.best ? undefined : stuck;
  }

  private keepIfBetter(rule: string): void {
    const objective = objectiveOf(this.state);
    this.rules.push({ rule, ...objective });
    if (this.bestObjective && compareObjectives(objective, this.bestObjective) >= 0) return;
    this.bestObjective = objective;
    this.best = saveSolution(this.state);
  }

  private shouldStop(): boolean {
    if (this.stopped) return true;
    const { phase, rounds, bestObjective, lowerBound } = this;
    const answer = this.options.onProgress?.({ phase, rounds, best: bestObjective, lowerBound });
    this.stopped = answer === 'stop';
    return this.stopped;
  }
}

function lowerBound(model: ShopModel, alone: Float64Array): number {
  let sum = 0;
  for (let job = 0; job < model.jobCount; job++) {
    const end = alone[(model.jobFirst[job + 1] as number) - 1] as number;
    sum += (model.jobWeight[job] as number) * Math.max(0, end - (model.jobDue[job] as number));
  }
  return sum;
}

function refusalOf(model: ShopModel, operation: number): ShopRefusal {
  const id = model.operations[operation]?.id ?? '';
  const first = model.alternativeFirst[operation] as number;
  const machine = model.shop.machines[model.alternativeMachine[first] as number]?.id ?? '';
  const detail = `the calendars (of ${machine} among others) end before operation ${id} is done`;
  return { kind: 'refusal', problems: [{ code: 'calendar-ends', subjectId: id, detail }] };
}
