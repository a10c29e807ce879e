import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, type Database, isRefusal, PLATFORM, type Tx } from '../kernel/index.ts';
import { type Batch, createBatch, entryAt, putEntry } from './batch.ts';
import { deviceGatewayOf } from './device-gateway.ts';
import { type DeviceHead, foldMinute } from './fold-minute.ts';
import type { GatewayBook } from './gateway-book.ts';
import type { GroupCommit } from './group-commit.ts';
import { type GatewayEntry, type Layout, nextLayout } from './layout.ts';
import { MINUTE_MS } from './local-day.ts';
import { readBatches } from './store-batch.ts';
import {
  clearMinute,
  type DirtyMinute,
  readDirtyMinutes,
  readHeads,
  readTelemetry,
  writeHeads,
} from './store-fold.ts';
import { readLayouts } from './store-layout.ts';
import { mappingsOfOrganisation } from './store-mapping.ts';

/** A minute is folded this long after its end (wall), so that what is on its way is in; what comes later folds it again. */
export const FOLD_GRACE_MS = 3_000;
/** Minutes of one turn; the next turn takes the rest. */
const MINUTES_MAX = 500;
/** Some milliseconds; then those who wait for an acknowledgement have their turn. */
const FOLDS_PER_TURN = 50;

export interface FoldParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly book: GatewayBook;
  readonly commit: GroupCommit;
}

/**
 * Telemetry becomes minute records of the organisation's device gateway. Always from what is stored, so that a minute folded
 * twice, after a crash or because a late message came, is the same or better; the records it made before are replaced.
 */
export async function foldTelemetry(parts: FoldParts): Promise<void> {
  const { db, clock } = parts;
  const before = clock.now() - MINUTE_MS - FOLD_GRACE_MS * clock.speed;
  const dirty = await db.transaction(PLATFORM, (tx) => readDirtyMinutes(tx, before, MINUTES_MAX));
  for (const minute of dirty) await foldOne(parts, minute);
}

interface Folded {
  readonly batch: Batch;
  readonly heads: ReadonlyMap<string, DeviceHead>;
}

/**
 * The records first, then how far they reach, then the mark goes: whatever is interrupted in between is done again from the
 * same beginning, with the same result.
 */
async function foldOne(parts: FoldParts, dirty: DirtyMinute): Promise<void> {
  const { orgId, networkId, minute } = dirty;
  const owner = { orgId, networkId, gatewayId: deviceGatewayOf(orgId) };
  const entry = parts.book.known(owner) ?? (await parts.book.load(owner));
  const { batch, heads } = await foldBatch(parts.db, entry, minute);
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
  await parts.db.transaction(PLATFORM, async (tx) => {
    if (heads.size > 0) await writeHeads(tx, orgId, networkId, heads);
    await clearMinute(tx, dirty);
  });
}

/** What a fold needs of the database, read at one go; the computing holds no connection. */
async function readMinute(tx: Tx, layout: Layout, minute: number) {
  const { orgId } = layout;
  const series = await readTelemetry(tx, orgId, minute * MINUTE_MS, (minute + 1) * MINUTE_MS);
  const heads = await readHeads(tx, orgId, [...series.keys()]);
  const isLate = [...heads.values()].some((head) => head.minute > minute);
  return {
    series,
    heads,
    mappings: await mappingsOfOrganisation(tx, orgId),
    stored: isLate ? await storedEntries(tx, layout, minute) : undefined,
  };
}

async function foldBatch(db: Database, { layout }: GatewayEntry, minute: number): Promise<Folded> {
  const read = await db.transaction(PLATFORM, (tx) => readMinute(tx, layout, minute));
  const batch = createBatch(layout, minute);
  const positions = new Map(layout.machineIds.map((id, position) => [id, position]));
  const heads = new Map<string, DeviceHead>();
  let folds = 0;
  for (const mapping of read.mappings) {
    const { machineId } = mapping;
    const position = positions.get(machineId);
    const samples = read.series.get(machineId);
    if (position === undefined || samples === undefined) continue;
    const head = read.heads.get(machineId);
    const modulus = layout.moduli.get(position) ?? null;
    const folded = foldMinute(mapping, samples, minute, head, modulus, read.stored?.(machineId));
    if (!folded) continue;
    putEntry(batch, position, folded.entry);
    if (folded.head) heads.set(machineId, folded.head);
    if (++folds % FOLDS_PER_TURN === 0) await nextTurn();
  }
  return { batch, heads };
}

/** What was made of the minute before, by machine. */
async function storedEntries(tx: Tx, layout: Layout, minute: number) {
  const layouts = new Map<number, Layout>();
  for (const one of await readLayouts(tx, layout.orgId, layout.gatewayId))
    layouts.set(one.layoutId, nextLayout(one, one, []));
  const [stored] = await readBatches(tx, layout, minute, minute + 1, (layoutId) => layouts.get(layoutId));
  return (machineId: string) => {
    const position = stored?.layout.machineIds.indexOf(machineId) ?? -1;
    return stored === undefined || position < 0 ? undefined : entryAt(stored, position);
  };
}
