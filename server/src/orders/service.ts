import type { NewOrder, Order, OrderRow, OrderStep } from '@millrace/contract';
import { type Access, type Actor, recordAudit, scopeOf } from '../access/index.ts';
import {
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
import { moveLines } from './move-lines.ts';
import { createOrderNumbers } from './order-numbers.ts';
import type { Orders } from './orders.ts';
import { orderRoutes } from './routes.ts';
import {
  buyerOfOrder,
  findLine,
  findLines,
  findOrder,
  insertSteps,
  lockLines,
  openLinesOf,
  promiseLines,
  stepsOf,
  updateProjected,
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
    lockLine: async (tx, id) => (await lockLines(tx, actingNetwork(tx), [id]))[0],
    lockLines,
    openLines: openLinesOf,
    linesById: findLines,
    figures: readFigures,
    atRisk: atRiskRows,
  };
}

/** What planning, execution and delivery tell about lines. */
function createFollowUp(
  kernel: Kernel,
): Pick<
  Orders,
  | 'addLineQuantities'
  | 'addQuantities'
  | 'setPromises'
  | 'setProjected'
  | 'setAllProjected'
  | 'recordStep'
  | 'recordSteps'
> {
  return {
    recordStep: (tx, step) => insertSteps(tx, [step]),
    recordSteps: insertSteps,
    addLineQuantities: (tx, networkId, lineId, deltas) =>
      moveLines(kernel, tx, networkId, [{ lineId, deltas }]),
    addQuantities: (tx, networkId, moves) => moveLines(kernel, tx, networkId, moves),
    setProjected: (tx, lineId, at) => updateProjected(tx, actingNetwork(tx), [{ lineId, at }]),
    setAllProjected: (tx, forecasts) => updateProjected(tx, actingNetwork(tx), forecasts),
    setPromises: async (tx, promises) => {
      const networkId = actingNetwork(tx);
      const kept = new Map((await promiseLines(tx, networkId, promises)).map((line) => [line.id, line]));
      const steps = promises.flatMap(({ lineId, at, evidence = null }) => {
        const line = kept.get(lineId);
        if (!line) return [];
        const { orderId, quantity } = line;
        const told = { networkId, orderId, lineId, quantity, evidence, detail: { arriveAt: at } };
        return [{ ...told, kind: 'promised' as const, actor: 'millrace', at: kernel.clock.now() }];
      });
      await insertSteps(tx, steps);
    },
  };
}

function actingNetwork({ scope }: Tx): string {
  if (scope.kind === 'platform') throw new Bug('the platform scope has no acting network');
  return scope.networkId;
}

function createService(desk: OrderDesk): OrderService {
  const { kernel } = desk;
  const numbers = createOrderNumbers(kernel);
  return {
    submit: async (actor, fresh: NewOrder) => {
      const number = await numbers.take(actor.networkId);
      const result = await kernel.db.transaction(scopeOf(actor), async (tx) => {
        const submitted = await submitOne(desk, tx, actor, fresh, number.orderNo);
        if (!isRefusal(submitted) && submitted.created) {
          const { id, orderNo, reference, lines } = submitted.order;
          const detail = { orderNo, reference, lines: lines.length };
          await recordAudit(tx, actor, { action: 'order.submit', subject: `order/${id}`, detail });
        }
        return submitted;
      });
      // After a fault nobody knows whether the order stands; its number is left alone then.
      if (isRefusal(result) || !result.created) number.giveBack();
      return result;
    },
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
