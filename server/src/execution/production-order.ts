import type { Operation, ProductionState } from '@millrace/contract';
import { type Refusal, refuse } from '../kernel/index.ts';

export type OperationState = Operation['state'];

/** What may become of a production order; an absent act is refused. */
export const PRODUCTION_TRANSITIONS = {
  released: { start: 'running', complete: 'completed', recall: 'recalled', cancel: 'cancelled' },
  running: { complete: 'completed', recall: 'recalled', cancel: 'cancelled' },
  completed: {},
  recalled: {},
  cancelled: {},
} as const satisfies Record<ProductionState, Partial<Record<string, ProductionState>>>;
export type ProductionAct = 'start' | 'complete' | 'recall' | 'cancel';

export const OPERATION_TRANSITIONS = {
  queued: { start: 'running', finish: 'done', withdraw: 'withdrawn' },
  running: { finish: 'done', withdraw: 'withdrawn' },
  // Scrap found after the last piece: the machine has to make it up.
  done: { reopen: 'queued' },
  withdrawn: {},
} as const satisfies Record<OperationState, Partial<Record<string, OperationState>>>;
export type OperationAct = 'start' | 'finish' | 'withdraw' | 'reopen';

export function moveProduction(state: ProductionState, act: ProductionAct): ProductionState | Refusal {
  const next: ProductionState | undefined = (
    PRODUCTION_TRANSITIONS[state] as Partial<Record<ProductionAct, ProductionState>>
  )[act];
  return next ?? illegal('production-order', state, act);
}

export function moveOperation(state: OperationState, act: OperationAct): OperationState | Refusal {
  const next: OperationState | undefined = (
    OPERATION_TRANSITIONS[state] as Partial<Record<OperationAct, OperationState>>
  )[act];
  return next ?? illegal('operation', state, act);
}

function illegal(noun: string, state: string, act: string): Refusal {
  return refuse(
    `${noun}-${state}`,
    409,
    `This ${noun.replace('-', ' ')} is ${state}; it cannot ${act} now.`,
    {
      values: { state, act },
    },
  );
}

/** The counted pieces of one operation and what people said about them. */
export interface Output {
  readonly counted: number;
  readonly manualGood: number;
  readonly scrap: number;
}

/**
 * A machine's counter counts bad pieces too, so scrap is taken out of what it counted; pieces reported by hand are good
 * ones the counter did not see. Where nothing counts, good is what people report.
 */
export function goodQuantity({ counted, manualGood, scrap }: Output): number {
  return manualGood + Math.max(0, counted - scrap);
}

export interface StepOutput {
  readonly stepIndex: number;
  readonly goodQuantity: number;
  readonly quantity: number;
  readonly state: OperationState;
}

/** Only the last step makes finished pieces. Pieces beyond the order belong to nobody's order. */
export function finishedPieces(operations: readonly StepOutput[], ordered: number): number {
  const last = Math.max(0, ...operations.map(({ stepIndex }) => stepIndex));
  const good = operations
    .filter(({ stepIndex }) => stepIndex === last)
    .reduce((sum, operation) => sum + operation.goodQuantity, 0);
  return Math.min(good, ordered);
}

/** Steps follow each other whole: a later step waits until every operation of the earlier ones is done. */
export function stepIsOpen(operations: readonly StepOutput[], stepIndex: number): boolean {
  return operations.every(
    (operation) =>
      operation.stepIndex >= stepIndex || operation.state === 'done' || operation.state === 'withdrawn',
  );
}

/** The feed and the order hear of progress in steps of this size; pieces are in the operations at any time. */
export const PROGRESS_STEP_PERCENT = 5;

export function progressIsNews(told: number, good: number, ordered: number): boolean {
  if (good === told) return false;
  if (good >= ordered || good < told) return true;
  const step = (pieces: number): number => Math.floor((pieces * 100) / ordered / PROGRESS_STEP_PERCENT);
  return step(good) > step(told);
}
