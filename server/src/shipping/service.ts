import type { NewMilestone, NewReceipt, Shipment } from '@millrace/contract';
import { type Access, type Actor, scopeOf } from '../access/index.ts';
import type { Execution } from '../execution/index.ts';
import {
  decodeCursor,
  isRefusal,
  type Kernel,
  notFound,
  PAGE_DEFAULT,
  PLATFORM,
  type Refusal,
  toPage,
} from '../kernel/index.ts';
import type { Matching } from '../matching/index.ts';
import type { Orders } from '../orders/index.ts';
import type { Registry } from '../registry/index.ts';
import { createShipment } from './create-shipment.ts';
import { overdueEstimate } from './milestone.ts';
import { projectLine, recordMilestone, recordReceipt } from './record-milestone.ts';
import { shippingRoutes } from './routes.ts';
import type { Dispatch, Shipping } from './shipping.ts';
import {
  listShipments,
  milestonesOf,
  overdueShipments,
  type ShipmentFilter,
  shipmentById,
  shipmentsInTransit,
  type TransitRow,
  updateMilestone,
} from './store.ts';
import { viewShipment } from './view.ts';

/** Estimates are in hours; looking more often would find nothing. */
const TICK_WALL_MS = 10_000;
/** Per turn; what is left comes with the next. */
const OVERDUE_MAX = 200;

export interface ShipmentQuery extends ShipmentFilter {
  readonly cursor?: string;
  readonly limit?: number;
}

export interface ShipmentService {
  list(
    actor: Actor,
    query: ShipmentQuery,
  ): Promise<{ rows: Shipment[]; nextCursor: string | null } | Refusal>;
  one(actor: Actor, id: string): Promise<Shipment | Refusal>;
  milestone(actor: Actor, id: string, fresh: NewMilestone): Promise<Shipment | Refusal>;
  receipt(actor: Actor, id: string, fresh: NewReceipt): Promise<Shipment | Refusal>;
}

export function openShipping(
  kernel: Kernel,
  _access: Access,
  registry: Registry,
  orders: Orders,
  _matching: Matching,
  execution: Execution,
): Shipping {
  const dispatch: Dispatch = { kernel, registry, orders, execution };
  kernel.bus.subscribe('shipping-completed', ['production-completed'], (tx, { payload }) =>
    createShipment(dispatch, tx, payload.productionOrderId, payload.goodQuantity),
  );
  const tick = (): Promise<void> => moveEstimates(dispatch);
  if (kernel.config.roles.includes('worker')) kernel.ticker.every('shipping', TICK_WALL_MS, tick);
  const service: ShipmentService = {
    list: (actor, query) => list(dispatch, actor, query),
    one: (actor, id) =>
      kernel.db.transaction(scopeOf(actor), async (tx) => {
        const row = await shipmentById(tx, id);
        return row ? viewShipment(row, await milestonesOf(tx, row.network_id, [id])) : notFound('shipment');
      }),
    milestone: (actor, id, fresh) => recordMilestone(dispatch, actor, id, fresh),
    receipt: (actor, id, fresh) => recordReceipt(dispatch, actor, id, fresh),
  };
  return {
    routes: (app) => shippingRoutes(app, service),
    shipment: async (tx, id) => {
      const row = await shipmentById(tx, id);
      return (
        row && {
          shipmentNo: row.shipment_no,
          siteId: row.site_id,
          siteName: row.site_name,
          factoryOrganisationId: row.factory_org_id,
          buyerOrganisationId: row.buyer_org_id,
        }
      );
    },
    inTransit: async (tx, networkId, now, limit) =>
      (await shipmentsInTransit(tx, networkId, limit)).map((row) => ({
        shipmentId: row.id,
        orderNo: row.order_no,
        from: { lat: row.from_lat, lon: row.from_lon },
        to: { lat: row.to_lat, lon: row.to_lon },
        progress: progressOf(row, now),
      })),
    tick,
  };
}

function progressOf(row: TransitRow, now: number): number {
  const spanMs = row.estimated_arrival - row.departed_at;
  return spanMs <= 0 ? 1 : Math.min(1, Math.max(0, (now - row.departed_at) / spanMs));
}

async function moveEstimates(dispatch: Dispatch): Promise<void> {
  const { db, clock } = dispatch.kernel;
  const overdue = await db.transaction(PLATFORM, (tx) => overdueShipments(tx, clock.now(), OVERDUE_MAX));
  for (const { network_id, shipment_id } of overdue) {
    await db.transaction({ kind: 'network', networkId: network_id }, async (tx) => {
      const row = await shipmentById(tx, shipment_id, 'lock');
      if (!row || (row.state !== 'ready' && row.state !== 'in-transit')) return;
      const kind = row.state === 'ready' ? 'departure' : 'arrival';
      const next = (await milestonesOf(tx, network_id, [shipment_id])).find((one) => one.kind === kind);
      const estimated = overdueEstimate(next?.estimated_at ?? 0, clock.now());
      if (!next || estimated === undefined) return;
      await updateMilestone(tx, row, kind, { estimated_at: estimated });
      if (kind === 'departure') {
        await updateMilestone(tx, row, 'arrival', { estimated_at: estimated + row.travel_ms });
      }
      await projectLine(dispatch, tx, row);
    });
  }
}

async function list(
  { kernel }: Dispatch,
  actor: Actor,
  { cursor, limit = PAGE_DEFAULT, ...filter }: ShipmentQuery,
): Promise<{ rows: Shipment[]; nextCursor: string | null } | Refusal> {
  const position = decodeCursor(cursor, 2);
  if (isRefusal(position)) return position;
  const after = position && { createdAt: Number(position[0]), id: String(position[1]) };
  return kernel.db.transaction(scopeOf(actor), async (tx) => {
    const page = toPage(await listShipments(tx, filter, after, limit + 1), limit, (row) => [
      row.created_at,
      row.id,
    ]);
    const milestones = Map.groupBy(
      await milestonesOf(
        tx,
        actor.networkId,
        page.rows.map(({ id }) => id),
      ),
      ({ shipment_id }) => shipment_id,
    );
    return {
      rows: page.rows.map((row) => viewShipment(row, milestones.get(row.id) ?? [])),
      nextCursor: page.nextCursor,
    };
  });
}
