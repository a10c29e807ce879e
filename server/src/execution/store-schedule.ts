import type { SchedulePin, ScheduleProgress } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';
import type { Placed } from './floor.ts';
import type { OperationRow, ProductionOrderRow } from './view.ts';

/** Open production orders of a site, by id: whoever locks them locks them in this order. */
export function openOrdersOfSite(
  tx: Tx,
  networkId: string,
  siteId: string,
  lock: 'lock' | 'read' = 'read',
): Promise<ProductionOrderRow[]> {
  return tx.rows<ProductionOrderRow>(
    `SELECT * FROM production_order
      WHERE network_id = $1 AND site_id = $2 AND state IN ('released', 'running')
      ORDER BY id ${lock === 'lock' ? 'FOR UPDATE' : ''}`,
    [networkId, siteId],
  );
}

export function openOperationsOfSite(
  tx: Tx,
  networkId: string,
  siteId: string,
  lock: 'lock' | 'read' = 'read',
): Promise<OperationRow[]> {
  return tx.rows<OperationRow>(
    `SELECT * FROM operation WHERE network_id = $1 AND site_id = $2 AND state IN ('queued', 'running')
      ORDER BY id ${lock === 'lock' ? 'FOR UPDATE' : ''}`,
    [networkId, siteId],
  );
}

/** What each machine made last, or makes: it is set up for that. */
export async function lastItems(
  tx: Tx,
  networkId: string,
  machineIds: readonly string[],
): Promise<Map<string, string>> {
  const rows = await tx.rows<{ machine_id: string; item_id: string }>(
    `SELECT DISTINCT ON (machine_id) machine_id, item_id FROM operation
      WHERE network_id = $1 AND machine_id = ANY ($2) AND started_at IS NOT NULL AND state IN ('running', 'done')
      ORDER BY machine_id, started_at DESC, id DESC`,
    [networkId, machineIds],
  );
  return new Map(rows.map((row) => [row.machine_id, row.item_id]));
}

/** Operations at another time, perhaps on another machine. */
export interface RetimedOperation {
  readonly id: string;
  readonly machineId: string;
  readonly machineCode: string;
  readonly plannedStart: number;
  readonly plannedEnd: number;
  readonly setUpMinutes: number;
  readonly ratePerHour: number;
}

export async function retimeOperations(
  tx: Tx,
  networkId: string,
  retimed: readonly RetimedOperation[],
): Promise<void> {
  await tx.run(
    `UPDATE operation AS o SET machine_id = m."machineId", machine_code = m."machineCode", planned_start = m."plannedStart",
            planned_end = m."plannedEnd", set_up_minutes = m."setUpMinutes", rate_per_hour = m."ratePerHour"
       FROM jsonb_to_recordset($2) AS m (id uuid, "machineId" uuid, "machineCode" text, "plannedStart" timestamptz,
              "plannedEnd" timestamptz, "setUpMinutes" int, "ratePerHour" float8)
      WHERE o.network_id = $1 AND o.id = m.id`,
    [networkId, JSON.stringify(retimed.map(withInstants))],
  );
}

export interface RetimedOrder {
  readonly id: string;
  readonly plannedStart: number;
  readonly plannedFinish: number;
}

/** A new plan: the forecast starts from it, and no slip of the old one is open. */
export async function retimeOrders(
  tx: Tx,
  networkId: string,
  retimed: readonly RetimedOrder[],
): Promise<void> {
  await tx.run(
    `UPDATE production_order AS p SET planned_start = m."plannedStart", planned_finish = m."plannedFinish",
            projected_finish = m."plannedFinish", line_told_finish = m."plannedFinish", slip_told = NULL
       FROM jsonb_to_recordset($2) AS m (id uuid, "plannedStart" timestamptz, "plannedFinish" timestamptz)
      WHERE p.network_id = $1 AND p.id = m.id`,
    [networkId, JSON.stringify(retimed.map(withInstants))],
  );
}

const withInstants = <T extends { readonly plannedStart: number }>(row: T): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      name.startsWith('planned') ? new Date(value as number).toISOString() : value,
    ]),
  );

/** What a planner may still say yes to. */
export interface Proposal {
  readonly snapshotHash: string;
  readonly nowMs: number;
  readonly fenceMs: number;
  /** Of machines, shifts, blocks and other people's work from the fence on. */
  readonly basis: string;
  readonly placed: readonly Placed[];
  readonly pins: readonly SchedulePin[];
  /** What it was compared with, for the record. */
  readonly figures: { readonly before: Figures; readonly after: Figures };
  /** What the work looked like: whatever differs from this has moved. */
  readonly work: readonly ProposedWork[];
}

interface Figures {
  readonly weightedTardiness: number;
  readonly lateOrders: number;
  readonly setUps: number;
}

export interface ProposedWork {
  readonly operationId: string;
  readonly productionOrderId: string;
  readonly machineId: string;
  readonly state: 'queued' | 'running';
  /** Pieces. */
  readonly quantity: number;
  readonly plannedStart: number;
}

export interface NewProposal {
  readonly siteId: string;
  readonly factoryOrganisationId: string;
  readonly madeBy: string;
  /** Canonical JSON of the engine's input, gzip. */
  readonly snapshot: Uint8Array;
  readonly proposal: Proposal;
}

/** The same question asked again is the same proposal. Unanswered ones older than the new one's now are dropped. */
export async function putProposal(tx: Tx, networkId: string, fresh: NewProposal): Promise<void> {
  const { proposal, siteId } = fresh;
  await tx.run(
    `DELETE FROM schedule_proposal WHERE network_id = $1 AND site_id = $2 AND applied_at IS NULL AND fence_at < $3`,
    [networkId, siteId, new Date(proposal.nowMs)],
  );
  await tx.run(
    `INSERT INTO schedule_proposal (network_id, site_id, snapshot_hash, factory_org_id, made_by, made_at, fence_at,
       snapshot, proposal) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (network_id, site_id, snapshot_hash) DO UPDATE SET proposal = excluded.proposal`,
    [
      networkId,
      siteId,
      proposal.snapshotHash,
      fresh.factoryOrganisationId,
      fresh.madeBy,
      new Date(proposal.nowMs),
      new Date(proposal.fenceMs),
      fresh.snapshot,
      JSON.stringify(proposal),
    ],
  );
}

/** Undefined when it was never made here, or was applied before. */
export async function takeProposal(
  tx: Tx,
  networkId: string,
  siteId: string,
  snapshotHash: string,
): Promise<Proposal | undefined> {
  const row = await tx.maybe<{ proposal: Proposal }>(
    `SELECT proposal FROM schedule_proposal
      WHERE network_id = $1 AND site_id = $2 AND snapshot_hash = $3 AND applied_at IS NULL FOR UPDATE`,
    [networkId, siteId, snapshotHash],
  );
  return row?.proposal;
}

export async function markApplied(
  tx: Tx,
  networkId: string,
  siteId: string,
  snapshotHash: string,
  by: string,
  nowMs: number,
): Promise<void> {
  await tx.run(
    `UPDATE schedule_proposal SET applied_at = $4, applied_by = $5
      WHERE network_id = $1 AND site_id = $2 AND snapshot_hash = $3`,
    [networkId, siteId, snapshotHash, new Date(nowMs), by],
  );
}

export type StopWish = 'keep' | 'discard';
type Told = Omit<ScheduleProgress, 'stopping'>;

/** False when another computation of the site is under way. Wall instants. */
export async function beginRun(
  tx: Tx,
  networkId: string,
  run: { siteId: string; factoryOrganisationId: string; holder: string; wallNow: number; until: number },
  progress: Told,
): Promise<boolean> {
  const begun = await tx.run(
    `INSERT INTO schedule_run (network_id, site_id, factory_org_id, holder, told_until, progress)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (network_id, site_id) DO UPDATE SET holder = excluded.holder, told_until = excluded.told_until,
       progress = excluded.progress, stop_wish = NULL WHERE schedule_run.told_until < $7`,
    [
      networkId,
      run.siteId,
      run.factoryOrganisationId,
      run.holder,
      new Date(run.until),
      JSON.stringify(progress),
      new Date(run.wallNow),
    ],
  );
  return begun === 1;
}

/** Tells the progress and reads what somebody wishes of the computation meanwhile. */
export async function tellRun(
  tx: Tx,
  networkId: string,
  run: { siteId: string; holder: string; until: number },
  progress: Told,
): Promise<StopWish | null> {
  const row = await tx.maybe<{ stop_wish: StopWish | null }>(
    `UPDATE schedule_run SET progress = $4, told_until = $5 WHERE network_id = $1 AND site_id = $2 AND holder = $3
     RETURNING stop_wish`,
    [networkId, run.siteId, run.holder, JSON.stringify(progress), new Date(run.until)],
  );
  return row?.stop_wish ?? null;
}

export async function findRun(
  tx: Tx,
  networkId: string,
  siteId: string,
  wallNow: number,
): Promise<ScheduleProgress | undefined> {
  const row = await tx.maybe<{ progress: Told; stop_wish: StopWish | null }>(
    'SELECT progress, stop_wish FROM schedule_run WHERE network_id = $1 AND site_id = $2 AND told_until >= $3',
    [networkId, siteId, new Date(wallNow)],
  );
  return row && { ...row.progress, stopping: row.stop_wish };
}

/** False when nothing is under way. The first wish stands. */
export async function wishStop(
  tx: Tx,
  networkId: string,
  siteId: string,
  wish: StopWish,
  wallNow: number,
): Promise<boolean> {
  const told = await tx.run(
    `UPDATE schedule_run SET stop_wish = coalesce(stop_wish, $3)
      WHERE network_id = $1 AND site_id = $2 AND told_until >= $4`,
    [networkId, siteId, wish, new Date(wallNow)],
  );
  return told === 1;
}

export async function endRun(tx: Tx, networkId: string, siteId: string, holder: string): Promise<void> {
  await tx.run('DELETE FROM schedule_run WHERE network_id = $1 AND site_id = $2 AND holder = $3', [
    networkId,
    siteId,
    holder,
  ]);
}
