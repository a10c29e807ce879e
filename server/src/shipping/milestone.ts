import type { NewMilestone, ShipmentState } from '@millrace/contract';
import { type Refusal, refuse } from '../kernel/index.ts';

export type RecordedKind = NewMilestone['kind'] | 'received';

/** What has happened moves the shipment on; an absent entry is refused, `null` leaves the state as it is. */
export const SHIPMENT_TRANSITIONS = {
  ready: { departure: 'in-transit', exception: null },
  'in-transit': { handover: null, exception: null, arrival: 'arrived', received: 'received' },
  arrived: { exception: null, received: 'received' },
  received: {},
} as const satisfies Record<ShipmentState, Partial<Record<RecordedKind, ShipmentState | null>>>;

/** The state after the milestone, or why it cannot have happened. */
export function moveShipment(state: ShipmentState, kind: RecordedKind): ShipmentState | Refusal {
  const table: Partial<Record<RecordedKind, ShipmentState | null>> = SHIPMENT_TRANSITIONS[state];
  const next = table[kind];
  if (next === undefined) {
    return refuse(
      'milestone-not-possible',
      409,
      `The shipment is ${state}; ${kind} cannot be recorded now.`,
      {
        values: { state, kind },
      },
    );
  }
  return next ?? state;
}

/** Clocks of phones and programs differ by this much; more is a typing error. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** An actual milestone lies between the last one that happened and now. */
export function checkActual(
  actualAt: number,
  happened: readonly (number | null)[],
  nowMs: number,
): Refusal | undefined {
  if (actualAt > nowMs + CLOCK_TOLERANCE_MS) {
    return refuse('milestone-in-future', 422, 'Something that has happened cannot lie in the future.', {
      fields: [{ pointer: '/body/actualAt', message: 'is in the future' }],
    });
  }
  const last = Math.max(0, ...happened.map((at) => at ?? 0));
  if (actualAt < last - CLOCK_TOLERANCE_MS) {
    return refuse('milestone-out-of-order', 422, 'This is earlier than what was recorded before it.', {
      fields: [{ pointer: '/body/actualAt', message: 'is before the milestone before it' }],
    });
  }
  return undefined;
}

/** An estimate that has passed without a record moves on to the next full hour: still an estimate, never an actual. */
const ESTIMATE_STEP_MS = 3_600_000;
export function overdueEstimate(estimatedAt: number, nowMs: number): number | undefined {
  if (estimatedAt > nowMs) return undefined;
  return nowMs - (nowMs % ESTIMATE_STEP_MS) + ESTIMATE_STEP_MS;
}
