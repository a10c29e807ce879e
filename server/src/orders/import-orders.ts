import { NewOrderLine } from '@millrace/contract';
import { type Actor, organisationsByCode } from '../access/index.ts';
import { isRefusal, type Tx } from '../kernel/index.ts';
import {
  type Complaints,
  code,
  flag,
  type Importer,
  instant,
  latitude,
  longitude,
  name,
  number,
  optional,
  required,
  type SheetRow,
} from '../registry/index.ts';
import { type Buyer, buyerOf, checkDates, type Draft, draftOf } from './draft.ts';
import { numbersInRow } from './order-numbers.ts';
import { findReferences } from './store-submit.ts';
import { type OrderDesk, place, REFERENCE_REUSED } from './submit.ts';

const of = NewOrderLine.properties;
/** One row per line; rows with the same buyer and reference are one order. */
const columns = {
  buyer: optional({ name: 'buyer', aliases: ['buyer code', '买方'], example: 'HOSPITAL-1' }, code),
  reference: required({ name: 'reference', aliases: ['po', '参考号'], example: 'PO-1001' }, code),
  destination: required({ name: 'destination', aliases: ['目的地'], example: 'Main warehouse' }, name),
  lat: required({ name: 'destination_lat', aliases: ['lat', '纬度'], example: '31.2304' }, latitude),
  lon: required({ name: 'destination_lon', aliases: ['lon', '经度'], example: '121.4737' }, longitude),
  item: required({ name: 'item', aliases: ['物料'], example: 'BOLT-M8' }, code),
  quantity: required({ name: 'quantity', aliases: ['数量'], example: '1000' }, number(of.quantity)),
  requestedAt: required(
    { name: 'requested_at', aliases: ['requested', 'due', '要求日期'], example: '2030-01-31' },
    instant,
  ),
  priority: optional({ name: 'priority', aliases: ['优先级'], example: '2' }, number(of.priority)),
  splitAllowed: optional({ name: 'split_allowed', aliases: ['可拆分'], example: 'yes' }, flag),
  minimumShipment: optional(
    { name: 'minimum_shipment', aliases: ['最小发运'], example: '100' },
    number(of.minimumShipment),
  ),
};
type Row = SheetRow<typeof columns>;

export function orderImporter(desk: OrderDesk): Importer<typeof columns> {
  return {
    kind: 'orders',
    action: 'order.submit',
    columns,
    land: async (tx, actor, { rows }, complaints) => {
      const buyers = await buyersOf(tx, actor, rows);
      const groups = Map.groupBy(rows, ({ cells }) => `${cells.buyer ?? ''} ${cells.reference}`);
      const items = new Map(
        (await desk.registry.listItems(tx, actor.networkId)).map((item) => [item.code, item.id]),
      );
      const references = rows.map(({ cells }) => cells.reference);
      const known = new Map(
        (await findReferences(tx, actor.networkId, references)).map((one) => [
          `${one.buyerOrganisationId} ${one.reference}`,
          one.contentHash,
        ]),
      );
      const fresh: Draft[] = [];
      let unchanged = 0;
      for (const group of groups.values()) {
        const draft = await toDraft(desk, tx, actor, group, buyers, items, complaints);
        if (!draft) continue;
        const row = group[0]?.row ?? 1;
        const hash = known.get(`${draft.buyer.id} ${draft.reference}`);
        const late = hash === undefined ? checkDates(draft, desk.kernel.clock.now()) : undefined;
        if (late) complaints.add(row, 'requested_at', late.code, late.detail);
        else if (hash === undefined) fresh.push(draft);
        else if (hash === draft.contentHash) unchanged++;
        else complaints.add(row, 'reference', REFERENCE_REUSED.code, REFERENCE_REUSED.detail);
      }
      if (complaints.count > 0) return { created: 0, updated: 0, unchanged: 0 };
      const numbers = await numbersInRow(tx, actor.networkId, desk.kernel.clock.now(), fresh.length);
      const placed = await place(desk, tx, actor, fresh, numbers, 'file');
      return { created: placed.length, updated: 0, unchanged: unchanged + fresh.length - placed.length };
    },
  };
}

/** Buyer by its code in the file; the empty code stands for the actor's own organisation. */
async function buyersOf(tx: Tx, actor: Actor, rows: readonly Row[]): Promise<ReadonlyMap<string, Buyer>> {
  const codes = [...new Set(rows.flatMap(({ cells }) => cells.buyer ?? []))];
  const found = await organisationsByCode(tx, actor.networkId, codes);
  const buyers = new Map<string, Buyer>();
  for (const { id, code: buyerCode } of found) {
    const buyer = await buyerOf(tx, actor, id);
    if (!isRefusal(buyer)) buyers.set(buyerCode, buyer);
  }
  const own = actor.organisationKind === 'operator' ? undefined : await buyerOf(tx, actor, undefined);
  if (own && !isRefusal(own)) buyers.set('', own);
  return buyers;
}

async function toDraft(
  desk: OrderDesk,
  tx: Tx,
  actor: Actor,
  group: readonly Row[],
  buyers: ReadonlyMap<string, Buyer>,
  items: ReadonlyMap<string, string>,
  complaints: Complaints,
): Promise<Draft | undefined> {
  const before = complaints.count;
  const [first] = group;
  if (!first) return undefined;
  const buyer = buyers.get(first.cells.buyer ?? '');
  if (!buyer) {
    const mine = actor.organisationKind === 'operator' ? 'names no buyer of this network' : 'is not you';
    complaints.add(first.row, 'buyer', 'unknown-buyer', mine);
  }
  const lines = group.map(({ row, cells }) => {
    const itemId = items.get(cells.item);
    if (itemId === undefined)
      complaints.add(row, 'item', 'unknown-item', `“${cells.item}” is not in the catalogue`);
    const { quantity, requestedAt, priority, splitAllowed, minimumShipment } = cells;
    return {
      itemId: itemId ?? '',
      quantity,
      requestedAt,
      ...(priority === undefined ? {} : { priority }),
      ...(splitAllowed === undefined ? {} : { splitAllowed }),
      ...(minimumShipment === undefined ? {} : { minimumShipment }),
    };
  });
  const { destination, lat, lon, reference } = first.cells;
  const strayed = group.find(
    ({ cells }) => cells.destination !== destination || cells.lat !== lat || cells.lon !== lon,
  );
  if (strayed)
    complaints.add(strayed.row, 'destination', 'other-destination', 'an order has one destination');
  if (group.length > 500)
    complaints.add(first.row, 'reference', 'too-many-lines', 'an order has 500 lines at most');
  if (!buyer || complaints.count > before) return undefined;
  const place = { name: destination, position: { lat, lon } };
  const draft = await draftOf(desk.registry, tx, buyer, { reference, destination: place, lines });
  if (!isRefusal(draft)) return draft;
  complaints.add(first.row, null, draft.code, draft.detail);
  return undefined;
}
