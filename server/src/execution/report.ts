import type { NewOutputReport, OutputReport } from '@millrace/contract';
import { type Actor, recordAudit, scopeOf } from '../access/index.ts';
import { notFound, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import { endAssignment } from './count-machines.ts';
import type { Shop } from './execution.ts';
import { goodQuantity } from './production-order.ts';
import { operation, productionOrder, updateOperation } from './store.ts';
import { insertReport, reportByKey } from './store-report.ts';
import { type OperationRow, viewReport } from './view.ts';

/**
 * What a person adds to the counter: good pieces it did not see, and scrap among those it saw. Only the operation moves
 * here; the order hears of it at the next turn, so that a factory never writes in a buyer's order.
 */
export function reportOutput(
  shop: Shop,
  actor: Actor,
  fresh: NewOutputReport,
): Promise<OutputReport | Refusal> {
  return shop.kernel.db.transaction(scopeOf(actor), async (tx) => {
    // The order first: the same sequence of locks as everyone who moves both.
    const seen = await operation(tx, fresh.operationId);
    const order = seen && (await productionOrder(tx, seen.production_order_id, 'lock'));
    const row = order && (await operation(tx, fresh.operationId, 'lock'));
    if (!row || !order) return notFound('operation');
    const repeated = await reportByKey(tx, row.id, fresh.reportKey);
    if (repeated) return sameReport(repeated, fresh) ? viewReport(repeated) : KEY_REUSED;
    if (row.state === 'withdrawn' || order.completed_at !== null) {
      return refuse('operation-closed', 409, 'This work is closed; its figures no longer change.', {
        values: { state: order.state },
      });
    }
    if (fresh.good === 0 && fresh.scrap === 0) return NOTHING_REPORTED;
    const stored = await insertReport(tx, {
      id: shop.kernel.ids(),
      networkId: row.network_id,
      operation_id: row.id,
      productionOrderId: row.production_order_id,
      factoryOrgId: row.factory_org_id,
      buyerOrgId: row.buyer_org_id,
      source: 'manual',
      good: fresh.good,
      scrap: fresh.scrap,
      scrap_reason: fresh.scrapReason ?? null,
      note: fresh.note ?? null,
      reportKey: fresh.reportKey,
      at: shop.kernel.clock.now(),
      reported_by: actor.label,
    });
    if (!stored) return KEY_REUSED;
    await apply(shop, tx, row, fresh);
    await recordAudit(tx, actor, {
      action: 'production.report',
      subject: `operation/${row.id}`,
      detail: { good: fresh.good, scrap: fresh.scrap, productionNo: order.production_no },
    });
    return viewReport(stored);
  });
}

const KEY_REUSED = refuse('report-key-reused', 409, 'This report key was used for another report.', {
  fields: [{ pointer: '/body/reportKey', message: 'was used with other figures' }],
});
const NOTHING_REPORTED = refuse('nothing-reported', 422, 'A report needs good pieces or scrap.');

function sameReport(stored: { good: number; scrap: number }, fresh: NewOutputReport): boolean {
  return stored.good === fresh.good && stored.scrap === fresh.scrap;
}

async function apply(shop: Shop, tx: Tx, row: OperationRow, fresh: NewOutputReport): Promise<void> {
  const at = shop.kernel.clock.now();
  const manualGood = row.manual_good + fresh.good;
  const scrap = row.scrap_quantity + fresh.scrap;
  const good = goodQuantity({ counted: row.counted, manualGood, scrap });
  const done = good >= row.quantity;
  await updateOperation(tx, row, {
    manual_good: manualGood,
    scrap_quantity: scrap,
    good_quantity: good,
    // Scrap found after the last piece: the machine has to make it up.
    state: done ? 'done' : row.state === 'done' ? 'queued' : row.state,
    finished_at: done ? (row.finished_at ?? at) : null,
    started_at: row.started_at ?? at,
  });
  if (fresh.scrap > 0) {
    await shop.state.recordScrap(tx, {
      orgId: row.factory_org_id,
      machineId: row.machine_id,
      at,
      quantity: fresh.scrap,
    });
  }
  if (done && row.state === 'running') await endAssignment(shop, tx, row, at);
}
