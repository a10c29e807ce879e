import type { CapacityBlock } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';

const SELECT =
  'SELECT id, machine_id AS "machineId", from_at AS "from", to_at AS "to", kind, reason FROM machine_block';

export interface BlockRow extends CapacityBlock {
  readonly networkId: string;
  readonly factoryOrganisationId: string;
  readonly siteId: string;
}

export function blocksBetween(
  tx: Tx,
  networkId: string,
  from: number,
  to: number,
  where: { siteId?: string | undefined; machineId?: string | undefined; limit?: number } = {},
): Promise<CapacityBlock[]> {
  return tx.rows(
    `${SELECT} WHERE network_id = $1 AND to_at > $2 AND from_at < $3
        AND ($4::uuid IS NULL OR site_id = $4) AND ($5::uuid IS NULL OR machine_id = $5)
      ORDER BY from_at, id LIMIT $6`,
    [
      networkId,
      new Date(from),
      new Date(to),
      where.siteId ?? null,
      where.machineId ?? null,
      where.limit ?? null,
    ],
  );
}

export async function upsertBlock(tx: Tx, block: BlockRow): Promise<void> {
  await tx.run(
    `INSERT INTO machine_block (network_id, id, factory_org_id, site_id, machine_id, from_at, to_at, kind, reason)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (network_id, id) DO UPDATE SET from_at = $6, to_at = $7, kind = $8, reason = $9`,
    [
      block.networkId,
      block.id,
      block.factoryOrganisationId,
      block.siteId,
      block.machineId,
      new Date(block.from),
      new Date(block.to),
      block.kind,
      block.reason,
    ],
  );
}

/** What lies behind `from` goes, what reaches over it is cut there; the past stays as it was. */
export async function clearBlocks(
  tx: Tx,
  networkId: string,
  machineId: string,
  kind: CapacityBlock['kind'],
  from: number,
): Promise<number> {
  const at = new Date(from);
  const gone = await tx.run(
    'DELETE FROM machine_block WHERE network_id = $1 AND machine_id = $2 AND kind = $3 AND from_at >= $4',
    [networkId, machineId, kind, at],
  );
  const cut = await tx.run(
    'UPDATE machine_block SET to_at = $4 WHERE network_id = $1 AND machine_id = $2 AND kind = $3 AND from_at < $4 AND to_at > $4',
    [networkId, machineId, kind, at],
  );
  return gone + cut;
}

export function findBlock(
  tx: Tx,
  networkId: string,
  id: string,
): Promise<(CapacityBlock & { siteId: string }) | undefined> {
  return tx.maybe(
    `SELECT id, machine_id AS "machineId", site_id AS "siteId", from_at AS "from", to_at AS "to", kind, reason
       FROM machine_block WHERE network_id = $1 AND id = $2`,
    [networkId, id],
  );
}

export async function deleteBlock(tx: Tx, networkId: string, id: string): Promise<boolean> {
  return (await tx.run('DELETE FROM machine_block WHERE network_id = $1 AND id = $2', [networkId, id])) === 1;
}
