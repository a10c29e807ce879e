import { advance, type Interval, measuredRate, subtract } from '@millrace/engine';
import type { OperationState } from './production-order.ts';

/** One machine's work as the projection needs it. */
export interface QueuedOperation {
  readonly id: string;
  readonly productionOrderId: string;
  readonly state: Extract<OperationState, 'queued' | 'running'>;
  readonly quantity: number;
  readonly goodQuantity: number;
  readonly counted: number;
  readonly runningS: number;
  readonly plannedStart: number;
  readonly plannedEnd: number;
  readonly setUpMinutes: number;
  readonly ratePerHour: number;
}

export interface MachineTime {
  /** Shift windows, normal form. */
  readonly windows: readonly Interval[];
  /** Maintenance, own work, breakdown with its expected end. */
  readonly blocked: readonly Interval[];
}

/** Where the calendar known here ends before the work does: what is left is taken as if it went on around the clock. */
const beyondCalendar = (fromMs: number, workMs: number): number => fromMs + workMs;

/**
 * When each operation of one machine will be finished, from what is left of it, at the rate it has shown, one after the
 * other in plan order; nothing starts before its plan, because the time before may be sold to somebody else.
 */
export function projectMachine(
  queue: readonly QueuedOperation[],
  time: MachineTime,
  nowMs: number,
): Map<string, number> {
  const open = subtract(time.windows, time.blocked);
  const finishes = new Map<string, number>();
  let cursorMs = nowMs;
  for (const operation of inPlanOrder(queue)) {
    const startMs = operation.state === 'running' ? cursorMs : Math.max(cursorMs, operation.plannedStart);
    const workMs = remainingMs(operation);
    const finishMs = advance(open, startMs, workMs) ?? beyondCalendar(lastEnd(open, startMs), workMs);
    finishes.set(operation.id, finishMs);
    cursorMs = finishMs;
  }
  return finishes;
}

/** Work that is left, in working milliseconds. Set-up is behind us once the first piece has been counted. */
export function remainingMs(operation: QueuedOperation): number {
  const pieces = Math.max(0, operation.quantity - operation.goodQuantity);
  if (pieces === 0) return 0;
  const { piecesPerHour } = measuredRate(
    { goodPieces: operation.counted, runningMinutes: operation.runningS / 60 },
    operation.ratePerHour,
  );
  const setUpMs = operation.counted > 0 || operation.goodQuantity > 0 ? 0 : operation.setUpMinutes * 60_000;
  return setUpMs + Math.ceil((pieces / Math.max(piecesPerHour, Number.EPSILON)) * 3_600_000);
}

/** The running one first, then by plan; ids break ties so that two processes see the same order. */
export function inPlanOrder<T extends { state: string; plannedStart: number; id: string }>(
  queue: readonly T[],
): T[] {
  return [...queue].sort(
    (a, b) =>
      Number(b.state === 'running') - Number(a.state === 'running') ||
      a.plannedStart - b.plannedStart ||
      (a.id < b.id ? -1 : 1),
  );
}

function lastEnd(open: readonly Interval[], fromMs: number): number {
  return Math.max(fromMs, open.at(-1)?.endMs ?? fromMs);
}
