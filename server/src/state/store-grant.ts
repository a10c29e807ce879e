import type { Tx } from '../kernel/index.ts';

/** What each of these organisations shares of its machines' state with the acting one; those that share nothing are left out. */
export async function readGrantedFields(
  tx: Tx,
  owners: readonly string[],
): Promise<Map<string, ReadonlySet<string>>> {
  const rows = await tx.rows<{ owner: string; fields: string[] | null }>(
    `SELECT o.id AS owner, granted_fields('machine-state', o.id) AS fields FROM unnest($1::uuid[]) AS o (id)`,
    [owners],
  );
  return new Map(rows.flatMap(({ owner, fields }) => (fields === null ? [] : [[owner, new Set(fields)]])));
}
