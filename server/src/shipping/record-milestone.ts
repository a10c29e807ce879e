import type { NewMilestone, NewReceipt, Shipment } from '@millrace/contract';
import { type Actor, recordAudit, scopeOf } from '../access/index.ts';
import { Fault, isRefusal, notFound, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import { checkActual, moveShipment } from './milestone.ts';
import { type Dispatch, evidenceOf } from './shipping.ts';
import {
  insertMilestone,
  milestonesOf,
  setShipmentState,
  shipmentById,
  shipmentsOfLine,
  updateMilestone,
} from './store.ts';
import { type MilestoneRow, type ShipmentRow, viewShipment } from './view.ts';

/**
 * Whether the actor is a party is asked in the actor's own scope; what follows moves the buyer's order line too, and runs
 * in the network's.
 */
async function asParty<T>(
  dispatch: Dispatch,
  actor: Actor,
  id: string,
  work: (tx: Tx, row: ShipmentRow, milestones: MilestoneRow[]) => Promise<T | Refusal>,
): Promise<T | Refusal> {
  const { db } = dispatch.kernel;
  const seen = await db.transaction(scopeOf(actor), (tx) => shipmentById(tx, id));
  if (!seen) return notFound('shipment');
  return db.transaction({ kind: 'network', networkId: actor.networkId }, async (tx) => {
    const row = await shipmentById(tx, id, 'lock');
    if (!row) return notFound('shipment');
    return work(tx, row, await milestonesOf(tx, row.network_id, [row.id]));
  });
}

/** A person or program says that something happened, or when it will. */
export function recordMilestone(
  dispatch: Dispatch,
  actor: Actor,
  id: string,
  fresh: NewMilestone,
): Promise<Shipment | Refusal> {
  return asParty(dispatch, actor, id, async (tx, row, milestones) => {
    const state = moveShipment(row.state, fresh.kind);
    if (isRefusal(state)) return state;
    const onlyEstimate = fresh.actualAt === undefined && fresh.estimatedAt !== undefined;
    if (onlyEstimate && fresh.kind !== 'exception') return estimate(dispatch, tx, actor, row, fresh);
    const nowMs = dispatch.kernel.clock.now();
    const actualAt = fresh.actualAt ?? nowMs;
    const wrong = checkActual(
      actualAt,
      milestones.map(({ actual_at }) => actual_at),
      nowMs,
    );
    if (wrong) return wrong;
    await write(tx, actor, row, fresh, actualAt);
    if (state !== row.state) await setShipmentState(tx, row, state);
    if (fresh.kind === 'departure') await departed(dispatch, tx, actor, row, actualAt, fresh.estimatedAt);
    else await moved(dispatch, tx, actor, row, fresh, actualAt);
    await audit(tx, actor, row, { kind: fresh.kind, actualAt });
    return shown(tx, id);
  });
}

async function estimate(
  dispatch: Dispatch,
  tx: Tx,
  actor: Actor,
  row: ShipmentRow,
  fresh: NewMilestone,
): Promise<Shipment | Refusal> {
  if (fresh.kind !== 'departure' && fresh.kind !== 'arrival') {
    return refuse('estimate-not-possible', 422, 'Only departure and arrival are estimated.');
  }
  const at = fresh.estimatedAt ?? 0;
  await updateMilestone(tx, row, fresh.kind, { estimated_at: at, note: fresh.note ?? null });
  if (fresh.kind === 'departure') {
    await updateMilestone(tx, row, 'arrival', { estimated_at: at + row.travel_ms });
  }
  await projectLine(dispatch, tx, row);
  await audit(tx, actor, row, { kind: fresh.kind, estimatedAt: at });
  return shown(tx, row.id);
}

/** Departure and arrival stand in the plan and are filled in; the others are added as they happen. */
async function write(
  tx: Tx,
  actor: Actor,
  row: ShipmentRow,
  fresh: NewMilestone,
  actualAt: number,
): Promise<void> {
  const note = fresh.note ?? null;
  if (fresh.kind === 'departure' || fresh.kind === 'arrival') {
    await updateMilestone(tx, row, fresh.kind, { actual_at: actualAt, note, recorded_by: actor.label });
  } else {
    await insertMilestone(tx, row, {
      kind: fresh.kind,
      planned_at: null,
      estimated_at: null,
      actual_at: actualAt,
      note,
      recorded_by: actor.label,
    });
  }
}

async function departed(
  dispatch: Dispatch,
  tx: Tx,
  actor: Actor,
  row: ShipmentRow,
  actualAt: number,
  estimatedArrival = actualAt + row.travel_ms,
): Promise<void> {
  await updateMilestone(tx, row, 'arrival', { estimated_at: estimatedArrival });
  must(
    await dispatch.orders.addLineQuantities(tx, row.network_id, row.line_id, { shipped: row.quantity }),
    row,
  );
  await projectLine(dispatch, tx, row);
  await tellOrder(dispatch, tx, actor, row, 'shipped', row.quantity, actualAt, { estimatedArrival });
  await dispatch.kernel.bus.publish(tx, row.network_id, 'shipment-departed', {
    shipmentId: row.id,
    lineId: row.line_id,
    orderId: row.order_id,
    siteId: row.site_id,
    quantity: row.quantity,
    estimatedArrival,
  });
}

async function moved(
  dispatch: Dispatch,
  tx: Tx,
  actor: Actor,
  row: ShipmentRow,
  fresh: NewMilestone,
  actualAt: number,
): Promise<void> {
  if (fresh.estimatedAt !== undefined) {
    await updateMilestone(tx, row, 'arrival', { estimated_at: fresh.estimatedAt });
  }
  if (fresh.estimatedAt !== undefined || fresh.kind === 'arrival') await projectLine(dispatch, tx, row);
  await tellOrder(dispatch, tx, actor, row, 'milestone', row.quantity, actualAt, {
    milestone: fresh.kind,
    ...(fresh.note === undefined ? {} : { note: fresh.note }),
  });
  if (fresh.kind === 'arrival') {
    await dispatch.kernel.bus.publish(tx, row.network_id, 'shipment-arrived', {
      shipmentId: row.id,
      lineId: row.line_id,
      orderId: row.order_id,
    });
  }
}

/** The buyer counts what arrived; what is missing is noted and the line closes without it. */
export function recordReceipt(
  dispatch: Dispatch,
  actor: Actor,
  id: string,
  fresh: NewReceipt,
): Promise<Shipment | Refusal> {
  return asParty(dispatch, actor, id, async (tx, row) => {
    const state = moveShipment(row.state, 'received');
    if (isRefusal(state)) return state;
    if (fresh.quantity > row.quantity) {
      return refuse('more-than-shipped', 422, `Only ${row.quantity} pieces were shipped.`, {
        fields: [{ pointer: '/body/quantity', message: `is more than ${row.quantity}` }],
        values: { shipped: row.quantity },
      });
    }
    const at = dispatch.kernel.clock.now();
    const short = row.quantity - fresh.quantity;
    await setShipmentState(tx, row, state, fresh.quantity);
    await insertMilestone(tx, row, {
      kind: 'received',
      planned_at: null,
      estimated_at: null,
      actual_at: at,
      note: fresh.note ?? null,
      recorded_by: actor.label,
    });
    // The step first: the line may close the order, and the story reads in that order.
    await tellOrder(dispatch, tx, actor, row, 'received', fresh.quantity, at, {
      short,
      ...(fresh.note === undefined ? {} : { note: fresh.note }),
    });
    must(
      await dispatch.orders.addLineQuantities(tx, row.network_id, row.line_id, {
        received: fresh.quantity,
        short,
      }),
      row,
    );
    await dispatch.kernel.bus.publish(tx, row.network_id, 'shipment-received', {
      shipmentId: row.id,
      lineId: row.line_id,
      orderId: row.order_id,
      quantity: fresh.quantity,
      short,
    });
    await audit(tx, actor, row, { kind: 'received', quantity: fresh.quantity, short });
    return shown(tx, id);
  });
}

async function tellOrder(
  dispatch: Dispatch,
  tx: Tx,
  actor: Actor,
  row: ShipmentRow,
  kind: 'shipped' | 'milestone' | 'received',
  quantity: number,
  at: number,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  await dispatch.orders.recordStep(tx, {
    networkId: row.network_id,
    orderId: row.order_id,
    lineId: row.line_id,
    kind,
    actor: actor.label,
    at,
    siteName: row.site_name,
    quantity,
    detail: { shipmentNo: row.shipment_no, ...detail },
    evidence: evidenceOf(row.id),
  });
}

/** The line arrives when its last shipment does, as far as pieces still on machines do not come later. */
export async function projectLine(dispatch: Dispatch, tx: Tx, row: ShipmentRow): Promise<void> {
  const shipments = await shipmentsOfLine(tx, row.network_id, row.line_id);
  const arrivals = (
    await milestonesOf(
      tx,
      row.network_id,
      shipments.map(({ id }) => id),
    )
  )
    .filter(({ kind }) => kind === 'arrival')
    .map(({ actual_at, estimated_at }) => actual_at ?? estimated_at ?? 0);
  const making = await dispatch.execution.openArrival(tx, row.network_id, row.line_id);
  await dispatch.orders.setProjected(tx, row.line_id, Math.max(...arrivals, making ?? 0));
}

async function audit(tx: Tx, actor: Actor, row: ShipmentRow, detail: Record<string, unknown>): Promise<void> {
  await recordAudit(tx, actor, {
    action: 'shipment.write',
    subject: `shipment/${row.id}`,
    detail: { shipmentNo: row.shipment_no, ...detail },
  });
}

async function shown(tx: Tx, id: string): Promise<Shipment | Refusal> {
  const row = await shipmentById(tx, id);
  return row ? viewShipment(row, await milestonesOf(tx, row.network_id, [id])) : notFound('shipment');
}

/** Upstream says no to goods that are on the road: somebody has to look. */
function must(answer: Refusal | undefined, row: ShipmentRow): void {
  if (answer) throw new Fault(`${row.shipment_no}: ${answer.code}, ${answer.detail}`);
}
