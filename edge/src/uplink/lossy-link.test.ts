import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { LINK_FAULTS } from '../../../test/far-side/lossy-proxy.ts';
import { type DeliveryPlant, openDeliveryPlant, PATIENT, SEED } from './delivery-plant.ts';

let house: DeliveryPlant;
beforeAll(async () => {
  house = await openDeliveryPlant();
});
afterAll(() => house?.close());
afterEach(() => house?.tidy());

/** A tenth of what the agent has, so that a minute of trouble takes seconds here. */
const QUICK = { timeouts: { connectMs: 400, answerMs: 600, wholeMs: 1_200 } };

describe('delivery', () => {
  test('over a link that drops, cuts, doubles, loses answers, hangs and delays: every record arrives exactly once', async () => {
    const site = await house.openSite();
    for (let minute = -400; minute < -20; minute++) site.minute(minute);
    await site.store.flush();
    const proxy = await house.openProxy(0.5);
    house.start(site, proxy.port, QUICK);
    for (let minute = -20; minute < 1; minute++) {
      site.minute(minute);
      await site.store.flush();
    }
    await expect.poll(site.waiting, { ...PATIENT, message: `seed ${SEED}` }).toBe(0);
    await house.expectWhole(site, 401);
    expect(LINK_FAULTS.reduce((sum, fault) => sum + proxy.happened[fault], 0)).toBeGreaterThan(0);
  });
  test.each(LINK_FAULTS)(
    'over a link with %s at every other request: every record arrives exactly once',
    async (fault) => {
      const site = await house.openSite();
      const proxy = await house.openProxy(0.5, [fault]);
      house.start(site, proxy.port, QUICK);
      for (let minute = -5; minute < 1; minute++) {
        site.minute(minute);
        await expect.poll(site.waiting, { ...PATIENT, message: `seed ${SEED}` }).toBe(0);
      }
      await house.expectWhole(site, 6);
      expect(proxy.happened[fault]).toBeGreaterThan(0);
    },
  );
});
