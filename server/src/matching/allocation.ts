import type { AllocationState } from '@millrace/contract';
import { type Refusal, refuse } from '../kernel/index.ts';

/** What can happen to an allocation. */
export type AllocationAct =
  | 'accept'
  | 'decline'
  | 'expire'
  | 'withdraw'
  | 'start'
  | 'complete'
  | 'recall'
  | 'cancel';

/** The life of an allocation; what is not here cannot happen. */
const NEXT: Readonly<Record<AllocationState, Partial<Record<AllocationAct, AllocationState>>>> = {
  offered: {
    accept: 'accepted',
    decline: 'declined',
    expire: 'expired',
    withdraw: 'withdrawn',
    cancel: 'cancelled',
  },
  accepted: {
    // Only the operator's hand withdraws what a factory has accepted.
    withdraw: 'withdrawn',
    start: 'in-production',
    complete: 'produced',
    recall: 'recalled',
    cancel: 'cancelled',
  },
  'in-production': { complete: 'produced', recall: 'recalled', cancel: 'cancelled' },
  produced: {},
  declined: {},
  expired: {},
  withdrawn: {},
  recalled: {},
  cancelled: {},
};

/** Holds machines and counts as given to a site. */
export const ACTIVE_STATES = ['offered', 'accepted', 'in-production'] as const;
/** Sites that end so are not asked again for the same line. */
export const REFUSED_STATES = ['declined', 'expired'] as const;

export function nextState(state: AllocationState, act: AllocationAct): AllocationState | Refusal {
  return (
    NEXT[state][act] ??
    refuse('allocation-not-open', 409, `The allocation is ${state}; it can no longer ${act}.`, {
      values: { state, act },
    })
  );
}

const HOUR_MS = 3_600_000;
export function hoursLate(allocation: { readonly arriveAt: number; readonly requestedAt: number }): number {
  return Math.max(0, allocation.arriveAt - allocation.requestedAt) / HOUR_MS;
}

/** A factory always has this long to answer, even when the work should begin at once, domain time. */
const ANSWER_MIN_MS = 30 * 60_000;

/** An offer ends when its time is over, or when the work would have to begin. Domain instants. */
export function offerExpiry(now: number, startAt: number, offerMinutes: number): number {
  return Math.min(now + offerMinutes * 60_000, Math.max(startAt, now + ANSWER_MIN_MS));
}
