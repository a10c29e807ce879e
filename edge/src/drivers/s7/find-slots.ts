import type { ConnectionOffer, S7Settings } from '@millrace/contract';
import { type DriverContext, DriverFault } from '../../driver/index.ts';
import { openS7 } from './s7.ts';

/** Where CPUs sit: 1200 and 1500 in 1 or 0, 300 in 2, 400 in 2 or 3. More tries would fill a small CPU's few connections. */
const SLOTS = [1, 2, 0, 3];

/** The slots of the rack that take a connection, tried one after the other; nothing is read. */
export async function findSlots(
  context: Omit<DriverContext, 'sink' | 'lost'>,
): Promise<readonly ConnectionOffer[]> {
  // Checked against S7Settings by the host before.
  const { host, rack } = context.settings as S7Settings;
  const offers: ConnectionOffer[] = [];
  let refusal: unknown;
  for (const slot of SLOTS) {
    const settings = { ...context.settings, slot };
    const driver = openS7({ ...context, settings, sink: () => undefined, lost: () => undefined });
    try {
      await driver.connect();
      offers.push({ name: host, settings: { rack, slot }, needs: [] });
    } catch (cause) {
      if (!(cause instanceof DriverFault)) throw cause;
      refusal = cause;
    } finally {
      await driver.close();
    }
  }
  if (offers.length === 0) throw refusal;
  return offers;
}
