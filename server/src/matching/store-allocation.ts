import type { AllocationState } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';
import { ACTIVE_STATES } from './allocation.ts';
import type { StoredAllocation, StoredSubLot } from './matching.ts';

interface AllocationRow {
  network_id: string;
  id: string;
  line_id: string;
  order_id: string;
  order_no: string;
  line_no: number;
  item_id: string;
  site_id: string;
  work_center_id: string;
  capability_id: string;
  factory_org_id: string;
  buyer_org_id: string;
  run_id: string;
  quantity: number;
  state: AllocationState;
  lock: StoredAllocation['lock'];
  origin: StoredAllocation['origin'];
  priority: number;
  start_at: number;
  finish_at: number;
  arrive_at: number;
  requested_at: number;
  cost_minor: number;
  currency: string;
  terms: Record<string, number>;
  offer_expires_at: number | null;
  sub_lots: SubLotRow[] | null;
}
interface SubLotRow {
  machine_id: string;
  machine_code: string;
  step_index: number;
  quantity: number;
  set_up_ms: number;
  start_ms: number;
  end_ms: number;
}

/** Sub-lots come along as one JSON value per allocation: one round trip, whatever their number. */
const SELECT = `SELECT a.network_id, a.id, a.line_id, a.order_id, a.order_no, a.line_no, a.item_id, a.site_id,
  a.work_center_id, a.capability_id, a.factory_org_id, a.buyer_org_id, a.run_id, a.quantity, a.state, a.lock, a.origin,
  a.priority, a.start_at, a.finish_at, a.arrive_at, a.requested_at, a.cost_minor, a.currency, a.terms, a.offer_expires_at,
  (SELECT json_agg(json_build_object('machine_id', s.machine_id, 'machine_code', s.machine_code,
      'step_index', s.step_index, 'quantity', s.quantity, 'set_up_ms', s.set_up_ms,
      'start_ms', round(extract(epoch FROM s.start_at) * 1000), 'end_ms', round(extract(epoch FROM s.end_at) * 1000))
      ORDER BY s.no)
     FROM allocation_sub_lot s WHERE s.network_id = a.network_id AND s.allocation_id = a.id) AS sub_lots
  FROM allocation a`;

export async function findAllocation(
  tx: Tx,
  id: string,
  lock = false,
): Promise<StoredAllocation | undefined> {
  const row = await tx.maybe<AllocationRow>(`${SELECT} WHERE a.id = $1${lock ? ' FOR UPDATE' : ''}`, [id]);
  return row && toAllocation(row);
}

/** In the order of their ids, so that two transactions never wait for each other. */
export async function lockAllocations(
  tx: Tx,
  networkId: string,
  ids: readonly string[],
): Promise<StoredAllocation[]> {
  const rows = await tx.rows<AllocationRow>(
    `${SELECT} WHERE a.network_id = $1 AND a.id = ANY ($2) ORDER BY a.id FOR UPDATE`,
    [networkId, ids],
  );
  return rows.map(toAllocation);
}

/** Holding machines now: offered, accepted, in production. */
export async function listActive(tx: Tx, networkId: string): Promise<StoredAllocation[]> {
  const rows = await tx.rows<AllocationRow>(
    `${SELECT} WHERE a.network_id = $1 AND a.state IN ('offered', 'accepted', 'in-production') ORDER BY a.id`,
    [networkId],
  );
  return rows.map(toAllocation);
}

export async function listOfLines(
  tx: Tx,
  networkId: string,
  lineIds: readonly string[],
  lock = false,
): Promise<StoredAllocation[]> {
  const rows = await tx.rows<AllocationRow>(
    `${SELECT} WHERE a.network_id = $1 AND a.line_id = ANY ($2) ORDER BY a.id${lock ? ' FOR UPDATE' : ''}`,
    [networkId, lineIds],
  );
  return rows.map(toAllocation);
}

export async function listActiveOfLines(
  tx: Tx,
  networkId: string,
  lineIds: readonly string[],
  lock = false,
): Promise<StoredAllocation[]> {
  const all = await listOfLines(tx, networkId, lineIds, lock);
  return all.filter((allocation) => (ACTIVE_STATES as readonly string[]).includes(allocation.state));
}

/** Sites where an allocation of the line ended in one of the states. */
export async function listSitesOf(
  tx: Tx,
  networkId: string,
  lineIds: readonly string[],
  states: readonly AllocationState[],
): Promise<Map<string, string[]>> {
  const rows = await tx.rows<{ line_id: string; site_id: string }>(
    `SELECT DISTINCT line_id, site_id FROM allocation
      WHERE network_id = $1 AND line_id = ANY ($2) AND state = ANY ($3) ORDER BY line_id, site_id`,
    [networkId, lineIds, states],
  );
  const byLine = new Map<string, string[]>();
  for (const row of rows) byLine.set(row.line_id, [...(byLine.get(row.line_id) ?? []), row.site_id]);
  return byLine;
}

/** Unanswered offers whose time is over, of all networks. Platform scope. */
export async function listExpired(
  tx: Tx,
  now: number,
  limit: number,
): Promise<{ readonly networkId: string; readonly id: string }[]> {
  const rows = await tx.rows<{ network_id: string; id: string }>(
    `SELECT network_id, id FROM allocation WHERE state = 'offered' AND offer_expires_at <= $1
      ORDER BY offer_expires_at LIMIT $2`,
    [new Date(now), limit],
  );
  return rows.map((row) => ({ networkId: row.network_id, id: row.id }));
}

/** All in two statements, whatever their number: a run of hundreds of lines holds its locks for as short as it can. */
export async function insertAllocations(tx: Tx, fresh: readonly StoredAllocation[]): Promise<void> {
  if (fresh.length === 0) return;
  await tx.run(
    `INSERT INTO allocation (network_id, id, line_id, order_id, order_no, line_no, item_id, site_id, work_center_id,
       capability_id, factory_org_id, buyer_org_id, run_id, quantity, state, lock, origin, priority, start_at, finish_at,
       arrive_at, requested_at, cost_minor, currency, terms, offer_expires_at)
     SELECT "networkId", id, "lineId", "orderId", "orderNo", "lineNo", "itemId", "siteId", "workCenterId", "capabilityId",
       "factoryOrganisationId", "buyerOrganisationId", "runId", quantity, state, lock, origin, priority, "startAt",
       "finishAt", "arriveAt", "requestedAt", "costMinor", currency, terms, "offerExpiresAt"
     FROM jsonb_to_recordset($1) AS a ("networkId" uuid, id uuid, "lineId" uuid, "orderId" uuid, "orderNo" text,
       "lineNo" int, "itemId" uuid, "siteId" uuid, "workCenterId" uuid, "capabilityId" uuid, "factoryOrganisationId" uuid,
       "buyerOrganisationId" uuid, "runId" uuid, quantity int, state text, lock text, origin text, priority int,
       "startAt" timestamptz, "finishAt" timestamptz, "arriveAt" timestamptz, "requestedAt" timestamptz,
       "costMinor" bigint, currency text, terms jsonb, "offerExpiresAt" timestamptz)`,
    [toRecords(fresh)],
  );
  await insertSubLots(tx, fresh);
}

/** For jsonb_to_recordset: the columns' types are named there. */
function toRecords(allocations: readonly StoredAllocation[]): string {
  return JSON.stringify(
    allocations.map(({ subLots: _, ...allocation }) => ({
      ...allocation,
      startAt: new Date(allocation.startAt),
      finishAt: new Date(allocation.finishAt),
      arriveAt: new Date(allocation.arriveAt),
      requestedAt: new Date(allocation.requestedAt),
      offerExpiresAt: allocation.offerExpiresAt === null ? null : new Date(allocation.offerExpiresAt),
    })),
  );
}

async function insertSubLots(tx: Tx, allocations: readonly StoredAllocation[]): Promise<void> {
  const lots = allocations.flatMap((allocation) =>
    allocation.subLots.map((lot, no) => ({ allocation, lot, no })),
  );
  await tx.run(
    `INSERT INTO allocation_sub_lot (network_id, allocation_id, factory_org_id, buyer_org_id, no, machine_id, machine_code,
       step_index, quantity, set_up_ms, start_at, end_at)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int[], $6::uuid[], $7::text[], $8::int[],
       $9::int[], $10::bigint[], $11::timestamptz[], $12::timestamptz[])`,
    [
      lots.map(({ allocation }) => allocation.networkId),
      lots.map(({ allocation }) => allocation.id),
      lots.map(({ allocation }) => allocation.factoryOrganisationId),
      lots.map(({ allocation }) => allocation.buyerOrganisationId),
      lots.map(({ no }) => no),
      lots.map(({ lot }) => lot.machineId),
      lots.map(({ lot }) => lot.machineCode),
      lots.map(({ lot }) => lot.stepIndex),
      lots.map(({ lot }) => lot.quantity),
      lots.map(({ lot }) => Math.round(lot.setUpMs)),
      lots.map(({ lot }) => new Date(lot.startAt)),
      lots.map(({ lot }) => new Date(lot.endAt)),
    ],
  );
}

/** The same allocations at another time: what was offered stays the same offer. All of one network. */
export async function moveAllocations(
  tx: Tx,
  networkId: string,
  moved: readonly StoredAllocation[],
): Promise<void> {
  if (moved.length === 0) return;
  await tx.run(
    `UPDATE allocation a SET start_at = m."startAt", finish_at = m."finishAt", arrive_at = m."arriveAt",
            cost_minor = m."costMinor", terms = m.terms, lock = m.lock, origin = m.origin, run_id = m."runId",
            offer_expires_at = m."offerExpiresAt"
       FROM jsonb_to_recordset($2) AS m (id uuid, "startAt" timestamptz, "finishAt" timestamptz, "arriveAt" timestamptz,
              "costMinor" bigint, terms jsonb, lock text, origin text, "runId" uuid, "offerExpiresAt" timestamptz)
      WHERE a.network_id = $1 AND a.id = m.id`,
    [networkId, toRecords(moved)],
  );
  await tx.run('DELETE FROM allocation_sub_lot WHERE network_id = $1 AND allocation_id = ANY ($2)', [
    networkId,
    moved.map(({ id }) => id),
  ]);
  await insertSubLots(tx, moved);
}

interface Answer {
  readonly at?: number | undefined;
  readonly reason?: string | undefined;
  /** Pieces. */
  readonly quantity?: number | undefined;
}

export function setState(
  tx: Tx,
  { networkId, id }: Pick<StoredAllocation, 'networkId' | 'id'>,
  state: AllocationState,
  answer?: Answer,
): Promise<void> {
  return setStates(tx, networkId, [{ id, state }], answer);
}

/** All with the same answer. */
export async function setStates(
  tx: Tx,
  networkId: string,
  next: readonly Pick<StoredAllocation, 'id' | 'state'>[],
  answer: Answer = {},
): Promise<void> {
  if (next.length === 0) return;
  await tx.run(
    `UPDATE allocation a SET state = n.state, quantity = coalesce($4, a.quantity),
            answered_at = coalesce($5, a.answered_at), answer_reason = coalesce($6, a.answer_reason)
       FROM unnest($2::uuid[], $3::text[]) AS n (id, state) WHERE a.network_id = $1 AND a.id = n.id`,
    [
      networkId,
      next.map(({ id }) => id),
      next.map(({ state }) => state),
      answer.quantity ?? null,
      answer.at === undefined ? null : new Date(answer.at),
      answer.reason ?? null,
    ],
  );
}

export interface AllocationFilter {
  readonly siteId?: string | undefined;
  readonly lineId?: string | undefined;
  readonly orderId?: string | undefined;
  readonly state?: string | undefined;
  /** Work that shares an instant with [from, to). */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** By start, then id; `after` is the last row shown. */
export async function pageAllocations(
  tx: Tx,
  networkId: string,
  filter: AllocationFilter,
  after: readonly [startAt: number, id: string] | undefined,
  limit: number,
): Promise<StoredAllocation[]> {
  const rows = await tx.rows<AllocationRow>(
    `${SELECT} WHERE a.network_id = $1 AND ($2::uuid IS NULL OR a.site_id = $2) AND ($3::uuid IS NULL OR a.line_id = $3)
        AND ($4::uuid IS NULL OR a.order_id = $4) AND ($5::text IS NULL OR a.state = $5)
        AND ($6::timestamptz IS NULL OR a.finish_at > $6) AND ($7::timestamptz IS NULL OR a.start_at < $7)
        AND ($8::timestamptz IS NULL OR (a.start_at, a.id) > ($8, $9::uuid))
      ORDER BY a.start_at, a.id LIMIT $10`,
    [
      networkId,
      filter.siteId ?? null,
      filter.lineId ?? null,
      filter.orderId ?? null,
      filter.state ?? null,
      filter.from === undefined ? null : new Date(filter.from),
      filter.to === undefined ? null : new Date(filter.to),
      after ? new Date(after[0]) : null,
      after?.[1] ?? null,
      limit,
    ],
  );
  return rows.map(toAllocation);
}

function toAllocation(row: AllocationRow): StoredAllocation {
  return {
    networkId: row.network_id,
    id: row.id,
    lineId: row.line_id,
    orderId: row.order_id,
    orderNo: row.order_no,
    lineNo: row.line_no,
    itemId: row.item_id,
    siteId: row.site_id,
    workCenterId: row.work_center_id,
    capabilityId: row.capability_id,
    factoryOrganisationId: row.factory_org_id,
    buyerOrganisationId: row.buyer_org_id,
    runId: row.run_id,
    quantity: row.quantity,
    state: row.state,
    lock: row.lock,
    origin: row.origin,
    priority: row.priority,
    startAt: row.start_at,
    finishAt: row.finish_at,
    arriveAt: row.arrive_at,
    requestedAt: row.requested_at,
    costMinor: row.cost_minor,
    currency: row.currency,
    terms: row.terms,
    offerExpiresAt: row.offer_expires_at,
    subLots: (row.sub_lots ?? []).map(toSubLot),
  };
}

const toSubLot = (row: SubLotRow): StoredSubLot => ({
  machineId: row.machine_id,
  machineCode: row.machine_code,
  stepIndex: row.step_index,
  quantity: row.quantity,
  setUpMs: row.set_up_ms,
  startAt: row.start_ms,
  endAt: row.end_ms,
});

/** `operator` once a person has decided about it; what was decided is history even after the lock is gone. */
export async function setLock(
  tx: Tx,
  { networkId, id }: Pick<StoredAllocation, 'networkId' | 'id'>,
  lock: StoredAllocation['lock'],
): Promise<void> {
  await tx.run(
    `UPDATE allocation SET lock = $3, origin = CASE WHEN $3 = 'none' THEN origin ELSE 'operator' END
      WHERE network_id = $1 AND id = $2`,
    [networkId, id, lock],
  );
}
