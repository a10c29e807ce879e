import type { MatchTrigger, PlanChange } from '@millrace/contract';
import type { StoredLine } from '../orders/index.ts';
import type { LineOutcome } from './decide.ts';
import type { TakenReason } from './disturbed.ts';
import type { World } from './world.ts';

type Place = NonNullable<PlanChange['to']>;

/** What a run moved, as sentences for the reader: who lost what, who got it, and why. */
export function planChanges(
  world: World,
  found: readonly LineOutcome[],
  taken: ReadonlyMap<string, TakenReason>,
  trigger: MatchTrigger,
): PlanChange[] {
  const lines = new Map(world.lines.map((line) => [line.id, line]));
  return found.flatMap((outcome) => {
    const line = lines.get(outcome.lineId);
    return line ? lineChanges(world, line, outcome, taken, trigger) : [];
  });
}

function lineChanges(
  world: World,
  line: StoredLine,
  outcome: LineOutcome,
  taken: ReadonlyMap<string, TakenReason>,
  trigger: MatchTrigger,
): PlanChange[] {
  const about = {
    lineId: line.id,
    orderNo: line.orderNo,
    lineNo: line.lineNo,
    itemName: line.itemName,
  };
  const place = (siteId: string, finishAt: number, quantity: number): Place => ({
    siteName: world.directory.site(siteId)?.name ?? '?',
    finishAt,
    quantity,
  });
  const changes: PlanChange[] = [];
  for (const { from, to } of outcome.moved) {
    changes.push({
      ...about,
      kind: 'moved-date',
      from: place(from.siteId, from.finishAt, from.quantity),
      to: place(to.siteId, to.finishMs, to.quantity),
      reason: taken.get(from.id) ?? trigger,
    });
  }
  const come = [...outcome.come];
  for (const from of outcome.gone) {
    const to = come.shift();
    changes.push({
      ...about,
      kind: !to ? 'withdrawn' : to.siteId === from.siteId ? 'quantity' : 'moved-site',
      from: place(from.siteId, from.finishAt, from.quantity),
      to: to ? place(to.siteId, to.finishMs, to.quantity) : null,
      reason: taken.get(from.id) ?? trigger,
    });
  }
  for (const to of come) {
    changes.push({
      ...about,
      kind: outcome.come.length > 1 ? 'split' : 'placed',
      from: null,
      to: place(to.siteId, to.finishMs, to.quantity),
      reason: trigger,
    });
  }
  if (outcome.unplaced > 0 && !line.unplaceable) {
    changes.push({ ...about, kind: 'unplaceable', from: null, to: null, reason: trigger });
  }
  return changes;
}

/** Lines that were told something else before; a first place is no change to anybody. */
export function isUnrest({ kind }: PlanChange): boolean {
  return kind !== 'placed' && kind !== 'split' && kind !== 'unplaceable';
}
