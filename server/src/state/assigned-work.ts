import { RUNNING } from './minute-state.ts';
import { PLANNED } from './time-account.ts';

/** A machine set to make an item, over minutes since the epoch [from, to). */
export interface Assignment {
  readonly operationId: string;
  readonly itemCode: string;
  /** Good pieces per running hour. */
  readonly ratePerHour: number;
  readonly quantity: number;
  readonly from: number;
  /** OPEN while it goes on. */
  readonly to: number;
}
export const OPEN = 2_147_483_647;

/** What effectiveness is computed from; minutes and pieces inside planned busy time and an assignment. */
export interface AssignedWork {
  /** Σ PRI × PQ: the minutes the pieces should have taken. */
  readonly standardMin: number;
  readonly aptMin: number;
  readonly pieces: number;
}

/** The assignment that holds the minute; the one begun last where two meet. */
export function assignmentAt(
  assignments: readonly Assignment[] | undefined,
  minute: number,
): Assignment | undefined {
  if (assignments === undefined) return undefined;
  for (let i = assignments.length - 1; i >= 0; i--) {
    const assignment = assignments[i] as Assignment;
    if (minute >= assignment.from && minute < assignment.to) return assignment;
  }
  return undefined;
}

/** Minutes that the pieces should have taken at the planned rate. */
export const standardMinutes = (pieces: number, { ratePerHour }: Assignment): number =>
  (pieces * 60) / ratePerHour;

export function assignedWork(
  first: number,
  states: Uint8Array,
  plan: Uint8Array,
  pieces: Float64Array,
  assignments: readonly Assignment[],
): AssignedWork {
  let standardMin = 0;
  let aptMin = 0;
  let made = 0;
  for (let i = 0; i < plan.length; i++) {
    if (plan[i] !== PLANNED) continue;
    const assignment = assignmentAt(assignments, first + i);
    if (assignment === undefined) continue;
    if (states[i] === RUNNING) aptMin++;
    standardMin += standardMinutes(pieces[i] as number, assignment);
    made += pieces[i] as number;
  }
  return { standardMin, aptMin, pieces: made };
}
