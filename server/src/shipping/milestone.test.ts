import { SHIPMENT_STATES } from '@millrace/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRefusal } from '../kernel/index.ts';
import { distanceKm } from './distance.ts';
import { checkActual, moveShipment, overdueEstimate, type RecordedKind } from './milestone.ts';

const KINDS: RecordedKind[] = ['departure', 'handover', 'exception', 'arrival', 'received'];

describe('a shipment', () => {
  test('never goes back, whatever is recorded', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...KINDS), { maxLength: 20 }), (kinds) => {
        let state: (typeof SHIPMENT_STATES)[number] = 'ready';
        for (const kind of kinds) {
          const next = moveShipment(state, kind);
          if (isRefusal(next)) continue;
          expect(SHIPMENT_STATES.indexOf(next)).toBeGreaterThanOrEqual(SHIPMENT_STATES.indexOf(state));
          state = next;
        }
      }),
    );
  });

  test('cannot arrive before it left, nor be received while it stands at the dock', () => {
    expect(isRefusal(moveShipment('ready', 'arrival'))).toBe(true);
    expect(isRefusal(moveShipment('ready', 'received'))).toBe(true);
    expect(moveShipment('in-transit', 'received')).toBe('received');
  });

  test('that was received is closed to everything', () => {
    for (const kind of KINDS) expect(isRefusal(moveShipment('received', kind))).toBe(true);
  });
});

describe('an actual milestone', () => {
  const hour = 3_600_000;
  test('lies between the one before it and now', () => {
    expect(checkActual(5 * hour, [hour, null], 6 * hour)).toBeUndefined();
    expect(checkActual(8 * hour, [hour], 6 * hour)).toMatchObject({ code: 'milestone-in-future' });
    expect(checkActual(hour, [3 * hour], 6 * hour)).toMatchObject({ code: 'milestone-out-of-order' });
  });

  test('is never made up: a passed estimate only moves on', () => {
    expect(overdueEstimate(10 * hour, 9 * hour)).toBeUndefined();
    expect(overdueEstimate(8 * hour, 9.5 * hour)).toBe(10 * hour);
  });
});

test('the distance from Mumbai to Lusaka is what the globe says and the same both ways', () => {
  const mumbai = { lat: 19.08, lon: 72.88 };
  const lusaka = { lat: -15.4, lon: 28.3 };
  expect(Math.abs(distanceKm(mumbai, lusaka) - 6_170)).toBeLessThan(500);
  expect(distanceKm(lusaka, mumbai)).toBeCloseTo(distanceKm(mumbai, lusaka), 6);
  expect(distanceKm(mumbai, mumbai)).toBe(0);
});
