import { describe, expect, it } from 'vitest';
import { emptyDraft, orderOf, promiseOf } from './draft.ts';

const now = Date.parse('2026-03-02T08:30:00Z');
const place = { name: 'Lagos', position: { lat: 6.5, lon: 3.4 } };
const full = { ...emptyDraft(now, place), itemId: 'item', quantity: 500 };

describe('a new order', () => {
  it('asks for no promise before item, quantity, date and place are known', () => {
    expect(promiseOf(emptyDraft(now, place))).toBeNull();
    expect(promiseOf({ ...full, lat: '' })).toBeNull();
    expect(promiseOf({ ...full, lat: '91' })).toBeNull();
    expect(promiseOf(full)?.quantity).toBe(500);
  });

  it('never asks for partial shipments larger than the line', () => {
    expect(promiseOf({ ...full, minimumShipment: 900 })?.minimumShipment).toBe(500);
  });

  it('names the buyer only when somebody orders for another', () => {
    expect(orderOf(full, true)).toBeNull();
    expect(orderOf({ ...full, buyerOrganisationId: 'b' }, true)?.buyerOrganisationId).toBe('b');
    expect(orderOf(full, false)).not.toHaveProperty('buyerOrganisationId');
  });
});
