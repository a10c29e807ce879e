import type { Capacity } from '../capacity/index.ts';
import type { App, Kernel, Tx } from '../kernel/index.ts';
import type { Matching } from '../matching/index.ts';
import type { Orders } from '../orders/index.ts';
import type { Registry } from '../registry/index.ts';
import type { State } from '../state/index.ts';
import type { ProductionOrderRow } from './view.ts';

/** What the use cases of this module stand on. */
export interface Shop {
  readonly kernel: Kernel;
  readonly registry: Registry;
  readonly state: State;
  readonly capacity: Capacity;
  readonly orders: Orders;
  readonly matching: Matching;
}

/** A finished or running production order, as shipping needs it. Instants are domain time. */
export interface StoredProductionOrder {
  readonly networkId: string;
  readonly id: string;
  readonly productionNo: string;
  readonly allocationId: string;
  readonly lineId: string;
  readonly orderId: string;
  readonly orderNo: string;
  readonly itemName: string;
  readonly siteId: string;
  readonly siteName: string;
  readonly factoryOrganisationId: string;
  readonly buyerOrganisationId: string;
  readonly goodQuantity: number;
  readonly completedAt: number | null;
  /** From finish at the site to arrival at the buyer, by the plan. */
  readonly transitMs: number;
}

export interface Execution {
  routes(app: App): void;
  stop(): Promise<void>;
  productionOrder(tx: Tx, id: string): Promise<StoredProductionOrder | undefined>;
  /** Arrival of the line's pieces that are still being made, by the newest forecast; null when none are. */
  openArrival(tx: Tx, networkId: string, lineId: string): Promise<number | null>;
  /** One turn of the shop-floor clock in every network: start what is due, book counts, tell progress, forecast; for tests and orderly hand-over. */
  tick(): Promise<void>;
}

export function storedView(row: ProductionOrderRow): StoredProductionOrder {
  return {
    networkId: row.network_id,
    id: row.id,
    productionNo: row.production_no,
    allocationId: row.allocation_id,
    lineId: row.line_id,
    orderId: row.order_id,
    orderNo: row.order_no,
    itemName: row.item_name,
    siteId: row.site_id,
    siteName: row.site_name,
    factoryOrganisationId: row.factory_org_id,
    buyerOrganisationId: row.buyer_org_id,
    goodQuantity: row.good_quantity,
    completedAt: row.completed_at,
    transitMs: row.transit_ms,
  };
}

/** Where the evidence of a step lies. */
export const evidenceOf = (productionOrderId: string): string =>
  `/api/v3/production-orders/${productionOrderId}`;

/** Who acts when machines and plans do. */
export const PLATFORM_ACTOR = 'millrace';
