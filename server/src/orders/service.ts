import type { NewOrder, Order, OrderRow, OrderStep } from '@millrace/contract';
import { type Access, type Actor, recordAudit, scopeOf } from '../access/index.ts';
import {
  assert,
  Bug,
  decodeCursor,
  isRefusal,
  type Kernel,
  notFound,
  type Refusal,
  type Tx,
  toPage,
} from '../kernel/index.ts';
import type { Registry } from '../registry/index.ts';
import { cancelOrder } from './cancel.ts';
import { orderImporter } from './import-orders.ts';
import { moveLine } from './move-line.ts';
import type { NewStep, Orders } from './orders.ts';
import { orderRoutes } from './routes.ts';
import {
  buyerOfOrder,
  findLine,
  findLines,
  findOrder,
  insertStep,
  openLinesOf,
  stepsOf,
  updateProjected,
  updatePromise,
} from './store.ts';
import { atRiskRows, listLines, type OrderQuery, readFigures } from './store-list.ts';
import { type OrderDesk, submitOne } from './submit.ts';

export interface OrderService extends Pick<Orders, 'submit' | 'cancel'> {
  one(actor: Actor, id: string): Promise<Order | Refusal>;
  list(
    actor: Actor,
    query: Omit<OrderQuery, 'networkId' | 'now' | 'after'> & { cursor?: string | undefined },
  ): Promise<{ rows: OrderRow[]; nextCursor: string | null; total?: number } | Refusal>;
  steps(actor: Actor, id: string): Promise<{ rows: OrderStep[] } | Refusal>;
}

export function openOrders(kernel: Kernel, _access: Access, registry: Registry): Orders {
  const desk: OrderDesk = { kernel, registry };
  const service = createService(desk);
  registry.addImporter(orderImporter(desk));
  return {
    ...createFollowUp(kernel),
    routes: (app) => orderRoutes(app, service),
    submit: service.submit,
    cancel: service.cancel,
    order: (tx, id) => findOrder(tx, actingNetwork(tx), id),
    line: (tx, id) => findLine(tx, actingNetwork(tx), id),
    lockLine: (tx, id) => findLine(tx, actingNetwork(tx), id, true),
    openLines: openLinesOf,
    linesById: findLines,
    figures: readFigures,
    atRisk: atRiskRows,
  };
}

/** What planning, execution and delivery tell about a line. */
function createFollowUp(
  kernel: Kernel,
): Pick<Orders, 'addLineQuantities' | 'setPromise' | 'setProjected' | 'recordStep'> {
  const recordStep = async (tx: Tx, step: NewStep): Promise<void> => {
    const buyer = await buyerOfOrder(tx, step.networkId, step.orderId);
    assert(buyer, `a step of the unknown order ${step.orderId}`);
    await insertStep(tx, buyer, step);
  };
  return {
    recordStep,
    addLineQuantities: (tx, networkId, lineId, deltas) => moveLine(kernel, tx, networkId, lineId, deltas),
    setProjected: (tx, lineId, at) => updateProjected(tx, actingNetwork(tx), lineId, at),
    setPromise: async (tx, lineId, at, evidence) => {
      const networkId = actingNetwork(tx);
      if (!(await updatePromise(tx, networkId, lineId, at))) return;
      const line = await findLine(tx, networkId, lineId);
      assert(line, `line ${lineId} was just promised`);
      const { orderId, quantity } = line;
      const told = { networkId, orderId, lineId, quantity, evidence: evidence ?? null };
      await recordStep(tx, {
        ...told,
        kind: 'promised',
        actor: 'millrace',
        at: kernel.clock.now(),
        detail: { arriveAt: at },
      });
    },
  };
}

function actingNetwork({ scope }: Tx): string {
  if (scope.kind === 'platform') throw new Bug('the platform scope has no acting network');
  return scope.networkId;
}

function createService(desk: OrderDesk): OrderService {
  const { kernel } = desk;
  return {
    submit: (actor, fresh: NewOrder) =>
      kernel.db.transaction(scopeOf(actor), async (tx) => {
        const result = await submitOne(desk, tx, actor, fresh);
        if (!isRefusal(result) && result.created) {
          const { id, orderNo, reference, lines } = result.order;
          const detail = { orderNo, reference, lines: lines.length };
          await recordAudit(tx, actor, { action: 'order.submit', subject: `order/${id}`, detail });
        }
        return result;
      }),
    cancel: (actor, id, reason) =>
      kernel.db.transaction<Order | Refusal>(scopeOf(actor), async (tx) => {
        const refused = await cancelOrder(kernel, tx, actor, id, reason);
        if (refused) return refused;
        await recordAudit(tx, actor, { action: 'order.cancel', subject: `order/${id}`, detail: { reason } });
        return (await findOrder(tx, actor.networkId, id)) ?? notFound('order');
      }),
    one: (actor, id) =>
      kernel.db.transaction(
        scopeOf(actor),
        async (tx) => (await findOrder(tx, actor.networkId, id)) ?? notFound('order'),
      ),
    list: async (actor, { cursor, ...query }) => {
      const after = decodeCursor(cursor, 2);
      if (isRefusal(after)) return after;
      const asked = { ...query, networkId: actor.networkId, now: kernel.clock.now(), after };
      const found = await kernel.db.transaction(scopeOf(actor), (tx) => listLines(tx, asked));
      const page = toPage(found.rows, query.limit, (row) => [row.sortKey, row.lineId]);
      return { ...found, ...page, rows: page.rows.map(({ sortKey: _place, ...row }) => row) };
    },
    steps: (actor, id) =>
      kernel.db.transaction<{ rows: OrderStep[] } | Refusal>(scopeOf(actor), async (tx) => {
        if (!(await buyerOfOrder(tx, actor.networkId, id))) return notFound('order');
        return { rows: await stepsOf(tx, actor.networkId, id) };
      }),
  };
}
