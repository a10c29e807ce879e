import type { DeviceMapping } from '@millrace/contract';
import { type Clock, type Database, isRefusal, PLATFORM } from '../kernel/index.ts';
import { type Batch, createBatch, putEntry } from './batch.ts';
import { foldMinute, LOOKBACK_MIN } from './fold-minute.ts';
import type { GatewayBook } from './gateway-book.ts';
import type { GroupCommit } from './group-commit.ts';
import type { GatewayEntry } from './layout.ts';
import { MINUTE_MS } from './local-day.ts';
import { mappingsOfOrganisation } from './store-mapping.ts';
import { clearMinute, type DirtyMinute, readDirtyMinutes, readTelemetry } from './store-telemetry.ts';

/** A minute is folded this long after its end (wall), so that what is on its way is in; what comes later folds it again. */
export const FOLD_GRACE_MS = 3_000;
/** Minutes of one turn; the next turn takes the rest. */
const MINUTES_MAX = 500;

export interface FoldParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly book: GatewayBook;
  readonly commit: GroupCommit;
}

/**
 * Telemetry becomes minute records of the organisation's pseudo-gateway. Always from what is stored, so that a minute folded
 * twice, after a crash or because a late message came, is the same or better; the records it made before are replaced.
 */
export async function foldTelemetry(parts: FoldParts): Promise<void> {
  const { db, clock } = parts;
  const before = clock.now() - MINUTE_MS - FOLD_GRACE_MS * clock.speed;
  const dirty = await db.transaction(PLATFORM, (tx) => readDirtyMinutes(tx, before, MINUTES_MAX));
  for (const minute of dirty) await foldOne(parts, minute);
}

async function foldOne(parts: FoldParts, dirty: DirtyMinute): Promise<void> {
  const { orgId, networkId, minute } = dirty;
  const owner = { orgId, networkId, gatewayId: orgId };
  const entry = parts.book.known(owner) ?? (await parts.book.load(owner));
  const batch = await parts.db.transaction(PLATFORM, async (tx) => {
    const mappings = await mappingsOfOrganisation(tx, orgId);
    const series = await readTelemetry(
      tx,
      orgId,
      (minute - LOOKBACK_MIN) * MINUTE_MS,
      (minute + 1) * MINUTE_MS,
    );
    return foldBatch(entry, minute, mappings, series);
  });
  if (batch.records > 0) {
    batch.late = minute < entry.newestMinute;
    if (!batch.late) entry.newestMinute = minute;
    const stored = await parts.commit.submit({
      batches: [batch],
      entries: [entry],
      rejections: [],
      owner: undefined,
      telemetry: [],
      records: batch.records,
      replace: true,
    });
    // Its mark stays, so that a later turn folds it.
    if (isRefusal(stored)) return;
  }
  await parts.db.transaction(PLATFORM, (tx) => clearMinute(tx, dirty));
}

function foldBatch(
  entry: GatewayEntry,
  minute: number,
  mappings: readonly DeviceMapping[],
  series: Awaited<ReturnType<typeof readTelemetry>>,
): Batch {
  const batch = createBatch(entry.layout, minute);
  const positions = new Map(entry.layout.machineIds.map((id, position) => [id, position]));
  for (const mapping of mappings) {
    const position = positions.get(mapping.machineId);
    const samples = series.get(mapping.machineId);
    if (position === undefined || samples === undefined) continue;
    const folded = foldMinute(mapping, samples, minute);
    if (folded) putEntry(batch, position, folded);
  }
  return batch;
}
