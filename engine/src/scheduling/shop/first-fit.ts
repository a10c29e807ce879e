import type { Moves } from './moves.ts';
import type { ShopState } from './shop-state.ts';

export interface Fit {
  readonly alternative: number;
  readonly position: number;
  /** In the order of tools and operators it comes after what starts before. */
  readonly fromMs: number;
  readonly endMs: number;
}

/**
 * The first place of an alternative, from a position of its machine on, that moves nothing pinned. Where a pinned
 * operation needs the same tool or operator in between, it goes behind that.
 */
export function firstFit(
  moves: Moves,
  state: ShopState,
  operation: number,
  alternative: number,
  fromPosition: number,
): Fit | undefined {
  const direct = fitFrom(moves, state, operation, alternative, fromPosition, 0);
  if (direct) return direct;
  for (const fromMs of pinnedEnds(state, operation)) {
    const later = fitFrom(moves, state, operation, alternative, fromPosition, fromMs);
    if (later) return later;
  }
  return undefined;
}

function fitFrom(
  moves: Moves,
  state: ShopState,
  operation: number,
  alternative: number,
  fromPosition: number,
  fromMs: number,
): Fit | undefined {
  const machine = state.model.alternativeMachine[alternative] as number;
  const length = state.lengths[machine] as number;
  for (let position = fromPosition; position <= length; position++) {
    moves.begin();
    const fits =
      moves.attach(operation, alternative, position, Number.POSITIVE_INFINITY, fromMs) &&
      moves.evaluate(Number.POSITIVE_INFINITY);
    const endMs = state.end[operation] as number;
    moves.rollback();
    if (fits) return { alternative, position, fromMs, endMs };
  }
  return undefined;
}

export function placeFit(moves: Moves, operation: number, fit: Fit): boolean {
  moves.begin();
  return (
    moves.attach(operation, fit.alternative, fit.position, Number.POSITIVE_INFINITY, fit.fromMs) &&
    moves.evaluate(Number.POSITIVE_INFINITY)
  );
}

/** Ends of pinned work on the tool's copies and the group's seats, in order. */
function pinnedEnds(state: ShopState, operation: number): number[] {
  const { model } = state;
  const ends = new Set<number>();
  const collect = (from: number, to: number): void => {
    for (let line = from; line < to; line++) {
      for (let position = 0; position < (state.lengths[line] as number); position++) {
        const other = state.at(line, position);
        if (state.pinned[other] === 1) ends.add(state.end[other] as number);
      }
    }
  };
  collect(model.toolFrom[operation] as number, model.toolTo[operation] as number);
  collect(model.seatFrom[operation] as number, model.seatTo[operation] as number);
  return [...ends].sort((a, b) => a - b);
}
