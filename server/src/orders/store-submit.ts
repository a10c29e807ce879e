import type { Tx } from '../kernel/index.ts';
import type { Draft } from './draft.ts';

/** A draft with the ids and the number it will have. */
export interface NumberedDraft extends Draft {
  readonly id: string;
  readonly orderNo: string;
  readonly lineIds: readonly string[];
}

/** First of `howMany` numbers in a row. */
export async function takeNumbers(tx: Tx, networkId: string, year: number, howMany: number): Promise<number> {
  const row = await tx.one<{ first: number }>('SELECT take_order_numbers($1, $2, $3) AS first', [
    networkId,
    year,
    howMany,
  ]);
  return row.first;
}

export interface KnownReference {
  readonly id: string;
  readonly buyerOrganisationId: string;
  readonly reference: string;
  readonly contentHash: string;
}

export function findReferences(
  tx: Tx,
  networkId: string,
  references: readonly string[],
): Promise<KnownReference[]> {
  return tx.rows<KnownReference>(
    `SELECT id, buyer_org_id AS "buyerOrganisationId", reference, content_hash AS "contentHash"
       FROM sales_order WHERE network_id = $1 AND reference = ANY ($2)`,
    [networkId, references],
  );
}

/** Answers the ids that were inserted: another transaction may have been faster with the same reference. */
export async function insertOrders(
  tx: Tx,
  networkId: string,
  channel: string,
  at: number,
  drafts: readonly NumberedDraft[],
): Promise<Set<string>> {
  const rows = await tx.rows<{ id: string }>(
    `INSERT INTO sales_order (network_id, channel, submitted_at, state, id, buyer_org_id, buyer_name, order_no, reference,
            content_hash, destination_name, destination_lat, destination_lon)
     SELECT $1, $2, $3, 'submitted', * FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::float8[], $12::float8[])
     ON CONFLICT ON CONSTRAINT sales_order_reference DO NOTHING RETURNING id`,
    [
      networkId,
      channel,
      new Date(at),
      drafts.map((draft) => draft.id),
      drafts.map((draft) => draft.buyer.id),
      drafts.map((draft) => draft.buyer.name),
      drafts.map((draft) => draft.orderNo),
      drafts.map((draft) => draft.reference),
      drafts.map((draft) => draft.contentHash),
      drafts.map((draft) => draft.destination.name),
      drafts.map((draft) => draft.destination.position.lat),
      drafts.map((draft) => draft.destination.position.lon),
    ],
  );
  return new Set(rows.map((row) => row.id));
}

export async function insertLines(
  tx: Tx,
  networkId: string,
  at: number,
  drafts: readonly NumberedDraft[],
): Promise<void> {
  const lines = drafts.flatMap((draft) =>
    draft.lines.map((line, index) => ({ ...line, draft, lineNo: index + 1, id: draft.lineIds[index] })),
  );
  await tx.run(
    `INSERT INTO order_line (network_id, submitted_at, state, id, order_id, buyer_org_id, line_no, item_id, item_code,
            item_name, quantity, requested_at, priority, split_allowed, minimum_shipment)
     SELECT $1, $2, 'submitted', * FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::int[], $7::uuid[], $8::text[],
            $9::text[], $10::bigint[], $11::timestamptz[], $12::int[], $13::boolean[], $14::bigint[])`,
    [
      networkId,
      new Date(at),
      lines.map((line) => line.id),
      lines.map((line) => line.draft.id),
      lines.map((line) => line.draft.buyer.id),
      lines.map((line) => line.lineNo),
      lines.map((line) => line.itemId),
      lines.map((line) => line.itemCode),
      lines.map((line) => line.itemName),
      lines.map((line) => line.quantity),
      lines.map((line) => new Date(line.requestedAt)),
      lines.map((line) => line.priority),
      lines.map((line) => line.splitAllowed),
      lines.map((line) => line.minimumShipment),
    ],
  );
}

export async function insertSubmittedSteps(
  tx: Tx,
  networkId: string,
  at: number,
  actor: string,
  detail: Readonly<Record<string, unknown>>,
  drafts: readonly NumberedDraft[],
): Promise<void> {
  await tx.run(
    `INSERT INTO order_step (network_id, at, kind, actor, detail, order_id, buyer_org_id, evidence)
     SELECT $1, $2, 'submitted', $3, $4, * FROM unnest($5::uuid[], $6::uuid[], $7::text[])`,
    [
      networkId,
      new Date(at),
      actor,
      JSON.stringify(detail),
      drafts.map((draft) => draft.id),
      drafts.map((draft) => draft.buyer.id),
      drafts.map((draft) => `/api/v3/orders/${draft.id}`),
    ],
  );
}
