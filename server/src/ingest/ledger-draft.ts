import type { Batch, BatchOutcome } from './batch.ts';
import type { Rejection } from './decode-v3.ts';
import type { GatewayEntry, Layout } from './layout.ts';
import type { LedgerDelta } from './store-ledger.ts';

/** Gathers what a commit adds to the ledgers: nothing at all as long as every record is simply accepted. */
export interface LedgerDraft {
  outcome(batch: Batch, outcome: BatchOutcome): void;
  rejections(rejections: readonly Rejection[], owner: GatewayEntry | undefined): void;
  deltas(): LedgerDelta[];
}

export function createLedgerDraft(day: string): LedgerDraft {
  const drafts = new Map<string, LedgerDelta>();
  const draftOf = (layout: Layout): LedgerDelta => {
    const key = `${layout.gatewayId} ${layout.layoutId}`;
    const known = drafts.get(key);
    if (known) return known;
    const draft = emptyDelta(layout, day);
    drafts.set(key, draft);
    return draft;
  };
  return {
    outcome: (batch, { duplicates, conflicts, filled }) => {
      if (duplicates.length + conflicts.length + filled.length === 0) return;
      const draft = draftOf(batch.layout);
      for (const position of duplicates) addOne(draft.duplicate, position);
      for (const position of conflicts) addOne(draft.conflict, position);
      if (batch.late) for (const position of filled) addOne(draft.late, position);
    },
    rejections: (rejections, owner) => {
      for (const { at } of rejections) {
        const entry = at?.entry ?? owner;
        if (entry === undefined) continue;
        const draft = draftOf(entry.layout);
        if (at === undefined) draft.unattributed++;
        else addOne(draft.rejected, at.position);
      }
    },
    deltas: () => [...drafts.values()],
  };
}

function emptyDelta(layout: Layout, day: string): LedgerDelta {
  const machines = layout.machineIds.length;
  return {
    orgId: layout.orgId,
    gatewayId: layout.gatewayId,
    networkId: layout.networkId,
    layoutId: layout.layoutId,
    day,
    duplicate: new Int32Array(machines),
    conflict: new Int32Array(machines),
    rejected: new Int32Array(machines),
    late: new Int32Array(machines),
    unattributed: 0,
  };
}

function addOne(counts: Int32Array, position: number): void {
  counts[position] = (counts[position] ?? 0) + 1;
}
