import { ALLOCATION_STATES } from '@millrace/contract';
import { describe, expect, test } from 'vitest';
import { isRefusal } from '../kernel/index.ts';
import { ACTIVE_STATES, type AllocationAct, nextState, offerExpiry } from './allocation.ts';

const ACTS: readonly AllocationAct[] = [
  'accept',
  'decline',
  'expire',
  'withdraw',
  'start',
  'complete',
  'recall',
  'cancel',
];
const MINUTE = 60_000;

describe('an allocation', () => {
  test('is over when it no longer holds machines: nothing leads out of that', () => {
    const over = ALLOCATION_STATES.filter((state) => !(ACTIVE_STATES as readonly string[]).includes(state));
    expect(over.length).toBeGreaterThan(4);
    for (const state of over) for (const act of ACTS) expect(isRefusal(nextState(state, act))).toBe(true);
  });

  test('that is in production can be finished, recalled or called off, never withdrawn', () => {
    const possible = ACTS.filter((act) => !isRefusal(nextState('in-production', act)));
    expect(possible).toEqual(['complete', 'recall', 'cancel']);
  });

  test('is refused with its state and the act', () => {
    expect(nextState('declined', 'accept')).toMatchObject({
      code: 'allocation-not-open',
      status: 409,
      values: { state: 'declined', act: 'accept' },
    });
  });

  test('expires when the work would begin, but leaves half an hour to answer', () => {
    expect(offerExpiry(0, 1_000 * MINUTE, 240)).toBe(240 * MINUTE);
    expect(offerExpiry(0, 100 * MINUTE, 240)).toBe(100 * MINUTE);
    expect(offerExpiry(0, 5 * MINUTE, 240)).toBe(30 * MINUTE);
  });
});
