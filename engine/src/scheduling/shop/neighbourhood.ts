import type { Random } from '../../sample/seeded-random.ts';
import type { Moves } from './moves.ts';
import { isHeld, Pressure } from './pressure.ts';
import type { ShopModel } from './shop-model.ts';
import { BOUND, type ShopState } from './shop-state.ts';

/** Positions from where an operation would be ready that are looked at on another machine. */
const POSITIONS_TRIED = 6;
/** Even what delays nobody late is better early than late. */
const LEAST_SLOPE = 1;
/** Part of a loss foreseen by the slopes that counts: pauses and slack swallow the rest. */
const LOSS_SHARE = 0.5;

/**
 * Proposes changes where they can matter: on the chain of operations that bind the end of a late job. Of each pair
 * that waits one for the other, the later goes before the earlier, the earlier behind the later, or one of them to
 * another machine, batch or operator [after Nowicki & Smutnicki 1996, Balas & Vazacopoulos 1998 for blocks].
 */
export class Neighbourhood {
  readonly pressure: Pressure;
  private readonly moves: Moves;
  private readonly state: ShopState;
  private readonly model: ShopModel;
  private readonly random: Random;
  /** What the change may cost by the slopes before it is not even timed. */
  private allowance = 0;

  constructor(moves: Moves, state: ShopState, alone: Float64Array, random: Random) {
    this.moves = moves;
    this.state = state;
    this.model = state.model;
    this.random = random;
    this.pressure = new Pressure(state, alone);
  }

  /** Makes one change; false when it came to nothing. Either way the caller evaluates or rolls back. */
  propose(allowance: number): boolean {
    this.moves.begin();
    this.allowance = allowance;
    const later = this.pressure.pick(this.random);
    // The list is some rounds old.
    if (later < 0 || !isHeld(this.state, later)) return false;
    const earlier = this.state.bindingOperation[later] as number;
    const ticket = this.random.next();
    if (ticket < 0.2) return this.toOtherMachine(this.random.chance(0.7) ? later : earlier);
    if (this.state.binding[later] !== BOUND.machine) return this.changeHands(later, earlier, ticket);
    if (ticket < 0.65) return this.moveBefore(later, earlier);
    return this.moveBehind(earlier, later);
  }

  /** By the slopes: what `gainer` wins by `gainMs` against what the rest behind `loser` loses by `lossMs`. */
  private isPromising(gainer: number, gainMs: number, loser: number, lossMs: number): boolean {
    const { slope } = this.pressure;
    const gain = slope[gainer] as number;
    const loss = Math.max(0, (slope[loser] as number) - gain);
    return LOSS_SHARE * loss * lossMs <= gain * gainMs + this.allowance;
  }

  /** The later one goes in front of the earlier, or some places further to the front. */
  private moveBefore(later: number, earlier: number): boolean {
    const { state, model } = this;
    if (!this.isFree(later)) return false;
    const machine = state.machineOf(later);
    const alternative = state.alternative[later] as number;
    const back = this.random.chance(0.5) ? 0 : this.random.below(5);
    const position = Math.max(0, (state.machinePosition[earlier] as number) - back);
    const start = this.startBehind(later, alternative, state.at(machine, position - 1));
    const gainMs = (state.start[later] as number) - start;
    const lossMs = model.alternativeMs[alternative] as number;
    const loser = state.at(machine, position);
    if (gainMs <= 0 || !this.isPromising(later, gainMs, loser, lossMs)) return false;
    this.moves.detach(later);
    return this.moves.attach(later, alternative, position);
  }

  private moveBehind(earlier: number, later: number): boolean {
    const { state } = this;
    if (!this.isFree(earlier)) return false;
    const machine = state.machineOf(earlier);
    const alternative = state.alternative[earlier] as number;
    const on = this.random.chance(0.5) ? 0 : this.random.below(5);
    const leads = (state.memberAfter[earlier] as number) >= 0 ? 1 : 0;
    // Its own place closes behind it, unless a batch stays there.
    const position = (state.machinePosition[later] as number) + leads + on;
    const before = state.at(machine, (state.machinePosition[earlier] as number) - 1 + leads);
    const start = this.startBehind(later, state.alternative[later] as number, before);
    const gainMs = (state.start[later] as number) - start;
    const lossMs = (state.end[later] as number) - gainMs - (state.start[earlier] as number);
    if (gainMs <= 0 || !this.isPromising(later, gainMs, earlier, lossMs)) return false;
    this.moves.detach(earlier);
    return this.moves.attach(earlier, alternative, Math.min(position, state.lengths[machine] as number));
  }

  /** One waits for the other's tool or operator: it goes before in their order, or the other goes later. */
  private changeHands(later: number, earlier: number, ticket: number): boolean {
    const { state } = this;
    if (ticket < 0.65) {
      if (!this.isFree(later)) return false;
      const position = state.machinePosition[later] as number;
      const alternative = state.alternative[later] as number;
      const below = this.random.chance(0.7) ? (state.key[earlier] as number) : Number.POSITIVE_INFINITY;
      this.moves.detach(later);
      return this.moves.attach(later, alternative, position, below);
    }
    const next = state.machineNext(earlier);
    return next >= 0 && this.moveBehind(earlier, next);
  }

  private toOtherMachine(operation: number): boolean {
    const { state, model, random } = this;
    if (!this.isFree(operation)) return false;
    const first = model.alternativeFirst[operation] as number;
    const count = (model.alternativeFirst[operation + 1] as number) - first;
    const canBatch = (model.batchFamily[operation] as number) >= 0;
    if (count < 2 && !canBatch) return false;
    const current = state.alternative[operation] as number;
    this.moves.detach(operation);
    let alternative = first + random.below(count);
    if (alternative === current && count > 1 && !canBatch) {
      alternative = first + ((alternative - first + 1 + random.below(count - 1)) % count);
    }
    if (canBatch && random.chance(0.7)) return this.joinSome(operation, alternative);
    return this.moves.attach(operation, alternative, this.likelyPosition(operation, alternative));
  }

  /** A batch of its family near the time it is ready. */
  private joinSome(operation: number, alternative: number): boolean {
    const { state, model, random } = this;
    const machine = model.alternativeMachine[alternative] as number;
    const ready = this.moves.propagation.timing.readyMs(operation);
    const from = Math.max(0, state.positionOf(machine, ready) - 1);
    const last = Math.min(state.lengths[machine] as number, from + 2 * POSITIONS_TRIED);
    for (let position = from; position < last; position++) {
      const leader = state.at(machine, position);
      if (state.pinned[leader] === 1 || random.chance(0.3)) continue;
      if (this.moves.join(operation, leader)) return true;
    }
    return false;
  }

  /** Where it would end soonest without pushing the next one much, sometimes anywhere near. */
  private likelyPosition(operation: number, alternative: number): number {
    const { state, model, random } = this;
    const { timing } = this.moves.propagation;
    const machine = model.alternativeMachine[alternative] as number;
    const ready = timing.readyMs(operation);
    const from = Math.max(0, state.positionOf(machine, ready) - 1);
    const last = Math.min(state.lengths[machine] as number, from + POSITIONS_TRIED);
    if (random.chance(0.3)) return from + random.below(last - from + 1);
    const { slope } = this.pressure;
    const weight = (slope[operation] as number) + LEAST_SLOPE;
    let best = from;
    let bestCost = Number.POSITIVE_INFINITY;
    const run = model.alternativeMs[alternative] as number;
    for (let position = from; position <= last; position++) {
      const previous = state.at(machine, position - 1);
      const next = state.at(machine, position);
      const free = previous < 0 ? 0 : (state.end[previous] as number);
      const before = previous < 0 ? -1 : (state.alternative[previous] as number);
      const end = Math.max(ready, free + timing.setUpMs(before, alternative)) + run;
      const push =
        next < 0
          ? 0
          : Math.max(
              0,
              end +
                timing.setUpMs(alternative, state.alternative[next] as number) -
                (state.start[next] as number),
            );
      const cost = weight * end + (next < 0 ? 0 : (slope[next] as number) + LEAST_SLOPE) * push;
      if (cost < bestCost) {
        bestCost = cost;
        best = position;
      }
    }
    return best;
  }

  /** Start of an operation were it directly behind another on its machine, calendars and hands left out. */
  private startBehind(operation: number, alternative: number, previous: number): number {
    const { state, model } = this;
    const { timing } = this.moves.propagation;
    const free = previous < 0 ? (model.floor[operation] as number) : (state.end[previous] as number);
    const before = previous < 0 ? -1 : (state.alternative[previous] as number);
    return Math.max(timing.readyMs(operation), free + timing.setUpMs(before, alternative));
  }

  private isFree(operation: number): boolean {
    return this.state.pinned[operation] === 0;
  }
}
