import type { TransportRule } from '@millrace/engine';

const HOUR_MS = 3_600_000;

/**
 * One straight line through two ways of moving goods, until carriers' own times are known: a truck 300 km away is there
 * after about nine hours (loading and unloading 8 h, 300 km ÷ 250 km/h = 1.2 h), air freight over 8,000 km after 40 h
 * with customs. Great-circle kilometres: the detours of roads are in the speed.
 * Cost: 50.00 for a shipment's papers and handling, and 0.03 per km for a thousand pieces (about 50 kg by air).
 */
export const TRANSPORT: TransportRule = {
  fixedMs: 8 * HOUR_MS,
  kmPerHour: 250,
  costMinorPerShipment: 5_000,
  costMinorPerKmPer1000Pieces: 3,
};
