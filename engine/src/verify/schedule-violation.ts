import type {
  OperationAlternative,
  ScheduledOperation,
  ShopJob,
  ShopMachine,
  ShopOperation,
  ShopSnapshot,
} from '../scheduling/shop/index.ts';
import type { Span } from './schedule-windows.ts';

export type ScheduleViolationCode =
  | 'unknown-operation'
  | 'missing'
  | 'duplicate'
  | 'alternative'
  | 'arithmetic'
  | 'calendar'
  | 'interrupted'
  | 'maintenance'
  | 'set-up'
  | 'overlap'
  | 'precedence'
  | 'release'
  | 'fence'
  | 'lock'
  | 'running'
  | 'tool'
  | 'operator'
  | 'batch'
  | 'objective';

export interface ScheduleViolation {
  readonly code: ScheduleViolationCode;
  /** Empty when it belongs to the whole schedule. */
  readonly operationId: string;
  /** For people who look into it; not translated. */
  readonly detail: string;
}

export type SayViolation = (code: ScheduleViolationCode, operationId: string, detail: string) => void;

/** A scheduled operation beside what the snapshot says about it. */
export interface Placed {
  readonly scheduled: ScheduledOperation;
  readonly operation: ShopOperation;
  readonly job: ShopJob;
  /** Position in its job. */
  readonly position: number;
  readonly machine: ShopMachine;
  readonly alternative: OperationAlternative;
  /** Where set-up and run may be worked on: the machine without maintenance, crossed with the seat where attended. */
  readonly setUpWindows: readonly Span[];
  readonly runWindows: readonly Span[];
  /** What it really works on, found again from the windows. */
  readonly setUpWork: readonly Span[];
  readonly runWork: readonly Span[];
}

/** Starts to the millisecond where people were told or have decided; facts may only push what was told. */
export function isFixed(shop: ShopSnapshot, operation: ShopOperation): boolean {
  return (
    operation.running !== undefined || operation.lock?.startMs !== undefined || isFrozen(shop, operation)
  );
}

export function isFrozen(shop: ShopSnapshot, operation: ShopOperation): boolean {
  const { told, lock, running } = operation;
  if (!told || running || lock?.startMs !== undefined) return false;
  if (told.startMs >= (shop.fenceMs ?? shop.nowMs)) return false;
  if (lock && lock.machineId !== told.machineId) return false;
  return operation.alternatives.some((alternative) => alternative.machineId === told.machineId);
}
