import type { DispatchEnd } from './dispatch.ts';
import type { RuleTerms } from './dispatch-rules.ts';
import { EventQueue } from './event-queue.ts';
import { type Fit, firstFit, placeFit } from './first-fit.ts';
import type { Moves } from './moves.ts';
import type { ShopState } from './shop-state.ts';

const PLACED_BETWEEN_LOOKS = 200;

/**
 * The last plan again: operations in the order of their told starts on their told machines, new ones in between by
 * their operation due date on the machine that ends them first. The start for a re-plan that changes little.
 */
export function dispatchAsTold(
  moves: Moves,
  state: ShopState,
  terms: RuleTerms,
  stop: () => boolean,
): DispatchEnd {
  const { model } = state;
  const waiting = new EventQueue();
  const missing = new Int32Array(model.operationCount);
  let open = 0;
  const announce = (operation: number): void => {
    const told = model.hasTold[operation] === 1;
    waiting.push((told ? model.toldMs[operation] : terms.latestStart[operation]) as number, operation);
  };
  for (let operation = 0; operation < model.operationCount; operation++) {
    if (state.isPlaced(operation)) continue;
    open++;
    const first = model.beforeFirst[operation] as number;
    const last = model.beforeFirst[operation + 1] as number;
    for (let arc = first; arc < last; arc++) {
      if (!state.isPlaced(model.before[arc] as number))
        missing[operation] = (missing[operation] as number) + 1;
    }
    if (missing[operation] === 0) announce(operation);
  }
  for (let placed = 0; placed < open; placed++) {
    if (placed % PLACED_BETWEEN_LOOKS === 0 && stop()) return 'stopped';
    const operation = waiting.pop();
    if (!placeAsTold(moves, state, operation)) return { stuckOperation: operation };
    const last = model.afterFirst[operation + 1] as number;
    for (let arc = model.afterFirst[operation] as number; arc < last; arc++) {
      const next = model.after[arc] as number;
      missing[next] = (missing[next] as number) - 1;
      if (missing[next] === 0 && !state.isPlaced(next)) announce(next);
    }
  }
  return 'done';
}

/** At the end of its told machine, else of the machine that ends it first; before pinned work when it fits there. */
function placeAsTold(moves: Moves, state: ShopState, operation: number): boolean {
  const { model } = state;
  const last = model.alternativeFirst[operation + 1] as number;
  let best: Fit | undefined;
  for (let at = model.alternativeFirst[operation] as number; at < last; at++) {
    const machine = model.alternativeMachine[at] as number;
    let position = state.lengths[machine] as number;
    while (position > 0 && state.pinned[state.at(machine, position - 1)] === 1) position--;
    const fit = firstFit(moves, state, operation, at, position);
    if (!fit) continue;
    const told = model.hasTold[operation] === 1 && model.toldMachine[operation] === machine;
    if (told || fit.endMs < (best?.endMs ?? Number.POSITIVE_INFINITY)) best = fit;
    if (told) break;
  }
  return best !== undefined && placeFit(moves, operation, best);
}
