import type { Shipment } from '@millrace/contract';
import type { Execution } from '../execution/index.ts';
import type { App, Kernel, Tx } from '../kernel/index.ts';
import type { Orders } from '../orders/index.ts';
import type { Registry } from '../registry/index.ts';

/** What the use cases of this module stand on. */
export interface Dispatch {
  readonly kernel: Kernel;
  readonly registry: Registry;
  readonly orders: Orders;
  readonly execution: Execution;
}

/** A shipment under way, for a map: where from, where to, how far. */
export interface Transit {
  readonly shipmentId: string;
  readonly orderNo: string;
  readonly from: Shipment['from'];
  readonly to: Shipment['to'];
  /** Share of the travel time that has passed, 0–1, by the newest estimate. */
  readonly progress: number;
}

/** Whose a shipment is, and what people call it. */
export interface StoredShipment {
  readonly shipmentNo: string;
  readonly siteId: string;
  readonly siteName: string;
  readonly factoryOrganisationId: string;
  readonly buyerOrganisationId: string;
}

export interface Shipping {
  routes(app: App): void;
  shipment(tx: Tx, id: string): Promise<StoredShipment | undefined>;
  /** Shipments between departure and arrival that the transaction may see, newest departure first. */
  inTransit(tx: Tx, networkId: string, now: number, limit: number): Promise<Transit[]>;
  /** Moves estimates on that have passed without a record; for tests and orderly hand-over. */
  tick(): Promise<void>;
}

export const evidenceOf = (shipmentId: string): string => `/api/v3/shipments/${shipmentId}`;
/** Who says that goods are ready: the machines' counts. */
export const PLATFORM_ACTOR = 'millrace';
