import { type Clock, type Database, PLATFORM, type Tx } from '../kernel/index.ts';
import { type Batch, type BatchOutcome, mergeBatch, relayout, replaceEntries } from './batch.ts';
import type { Waiting } from './group-commit.ts';
import type { GatewayEntry, Layout } from './layout.ts';
import { createLedgerDraft } from './ledger-draft.ts';
import { MINUTE_MS } from './local-day.ts';
import {
  createInsertBatches,
  ensureDays,
  INSERT_ROWS_MAX,
  type InsertBatches,
  keyOf,
  lockBatch,
  markHours,
  updateBatch,
} from './store-batch.ts';
import { addToLedger } from './store-ledger.ts';
import { insertTelemetry, markMinutes } from './store-telemetry.ts';

/** A stored version of a gateway's layout; throws when there is none. */
export type LayoutVersion = (tx: Tx, layout: Layout, layoutId: number) => Promise<Layout>;

/** A batch that brought new records. */
export interface CommittedBatch {
  readonly batch: Batch;
  /** Newest of its gateway and whole: whoever counts along may simply go on. Otherwise read again from the store. */
  readonly inOrder: boolean;
}

export interface WrittenGroup {
  /** Per waiting upload, per batch. */
  readonly outcomes: readonly (readonly BatchOutcome[])[];
  readonly committed: readonly CommittedBatch[];
}

export interface GroupWriterOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly layoutVersion: LayoutVersion;
  readonly newId: () => string;
}

interface Item {
  readonly batch: Batch;
  readonly entry: GatewayEntry;
  readonly upload: number;
  readonly retried: boolean;
  readonly replace: boolean;
  outcome: BatchOutcome;
  merged: boolean;
}

/** One transaction for all uploads of a group: records, roll-up marks, ledger, telemetry. */
export function createGroupWriter(
  options: GroupWriterOptions,
): (group: readonly Waiting[]) => Promise<WrittenGroup> {
  const { db, clock } = options;
  const insertBatches = createInsertBatches();
  const days = new Set<string>();

  return async (group) => {
    await prepareDays(db, days, group, clock.now());
    return db.transaction(PLATFORM, async (tx) => {
      const now = clock.now();
      const items = itemsOf(group);
      await storeItems(tx, items, insertBatches, options.layoutVersion);
      await markItems(tx, items, now);
      const ledger = createLedgerDraft(utcDay(now));
      for (const { batch, outcome, replace } of items) if (!replace) ledger.outcome(batch, outcome);
      for (const { submission } of group) ledger.rejections(submission.rejections, submission.owner);
      await addToLedger(tx, ledger.deltas());
      const messages = group.flatMap(({ submission }) => submission.telemetry);
      if (messages.length > 0) {
        await insertTelemetry(tx, messages, now, options.newId);
        await markMinutes(tx, messages);
      }
      return {
        outcomes: byUpload(group.length, items),
        committed: items
          .filter(({ outcome }) => outcome.accepted > 0)
          .map(({ batch, merged }) => ({ batch, inOrder: !merged && !batch.late })),
      };
    });
  };
}

export const utcDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Partitions are made in transactions of their own, so that records never wait behind them longer than they take. */
async function prepareDays(
  db: Database,
  days: Set<string>,
  group: readonly Waiting[],
  now: number,
): Promise<void> {
  const needed = new Set<string>([utcDay(now)]);
  let lastDay = -1;
  for (const { submission } of group) {
    for (const { minute } of submission.batches) {
      const day = Math.floor(minute / 1440);
      if (day !== lastDay) needed.add(utcDay(minute * MINUTE_MS));
      lastDay = day;
    }
  }
  for (const day of needed) {
    if (days.has(day)) continue;
    await db.transaction(PLATFORM, (tx) => ensureDays(tx, day, day));
    days.add(day);
  }
}

function itemsOf(group: readonly Waiting[]): Item[] {
  return group.flatMap(({ submission, retried }, upload) =>
    submission.batches.map((batch, index) => ({
      batch,
      entry: submission.entries[index] as GatewayEntry,
      upload,
      retried,
      replace: submission.replace === true,
      outcome: { accepted: batch.records, duplicates: [], conflicts: [], filled: [] },
      merged: false,
    })),
  );
}

/** First the rows nobody has written yet, all at once; then one by one those that meet a row. Always in key order. */
async function storeItems(
  tx: Tx,
  items: readonly Item[],
  insertBatches: InsertBatches,
  layoutVersion: LayoutVersion,
): Promise<void> {
  const firsts = new Map<string, Item>();
  const met: Item[] = [];
  for (const item of items) {
    const key = `${item.batch.layout.orgId} ${keyOf(item.batch)}`;
    if (firsts.has(key)) met.push(item);
    else firsts.set(key, item);
  }
  const sorted = [...firsts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
  for (let from = 0; from < sorted.length; from += INSERT_ROWS_MAX) {
    const part = sorted.slice(from, from + INSERT_ROWS_MAX);
    const taken = await insertBatches(
      tx,
      part.map(({ batch }) => batch),
    );
    if (taken.size > 0) met.push(...part.filter(({ batch }) => taken.has(batch)));
  }
  for (const item of met.toSorted((a, b) => (keyOf(a.batch) < keyOf(b.batch) ? -1 : 1))) {
    await mergeItem(tx, item, layoutVersion);
  }
}

async function mergeItem(tx: Tx, item: Item, layoutVersion: LayoutVersion): Promise<void> {
  const { layout, minute } = item.batch;
  const key = { orgId: layout.orgId, gatewayId: layout.gatewayId, minute };
  const found = await lockBatch(tx, key, (layoutId) => layoutVersion(tx, layout, layoutId));
  const stored = found.layout.layoutId < layout.layoutId ? relayout(found, layout) : found;
  item.merged = true;
  item.outcome = item.replace ? replaceEntries(stored, item.batch) : mergeBatch(stored, item.batch);
  if (item.outcome.filled.length > 0) await updateBatch(tx, stored);
  if (item.retried) {
    item.outcome.accepted += item.outcome.duplicates.length;
    item.outcome.duplicates.length = 0;
  }
}

/** An hour is marked by its first batch, and by every batch that comes after its end, when a roll-up may be under way. */
async function markItems(tx: Tx, items: readonly Item[], now: number): Promise<void> {
  const marks = new Map<string, { entry: GatewayEntry; hour: number }>();
  for (const { batch, entry, outcome } of items) {
    const hour = Math.floor(batch.minute / 60);
    const closed = now >= (hour + 1) * 60 * MINUTE_MS;
    if (outcome.accepted === 0 || (!closed && entry.markedHour === hour)) continue;
    marks.set(`${batch.layout.gatewayId} ${hour}`, { entry, hour });
  }
  if (marks.size === 0) return;
  const wanted = [...marks.values()];
  await markHours(
    tx,
    wanted.map(({ entry: { layout }, hour }) => ({
      orgId: layout.orgId,
      gatewayId: layout.gatewayId,
      networkId: layout.networkId,
      hour,
    })),
  );
  tx.afterCommit(() => {
    for (const { entry, hour } of wanted) if (hour > entry.markedHour) entry.markedHour = hour;
  });
}

function byUpload(uploads: number, items: readonly Item[]): BatchOutcome[][] {
  const outcomes: BatchOutcome[][] = Array.from({ length: uploads }, () => []);
  for (const { upload, outcome } of items) outcomes[upload]?.push(outcome);
  return outcomes;
}
