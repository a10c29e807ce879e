import type { MatchTrigger } from '@millrace/contract';
import type { Allocation as EngineAllocation, MatchPlan, Snapshot } from '@millrace/engine';
import { againstOverrides, disturbedOffers, movableOffers, type TakenReason } from './disturbed.ts';
import type { EngineControl, EngineThread } from './engine-thread.ts';
import type { EngineResult } from './engine-work.ts';
import type { StoredAllocation } from './matching.ts';
import { groupByLine, toSnapshot } from './snapshot-input.ts';
import type { World } from './world.ts';

/** Every plan of up to this many lines is verified; of larger ones one in `SAMPLE`. */
const ALWAYS_VERIFIED_LINES = 2_000;
const SAMPLE = 10;
/** A wider re-plan must gain this many objective points (minor units of money) to be worth the unrest. */
const WORTH_MOVING = 20_000;

/** What a run decided: a plan, and the allocations that make room for it. */
export interface Decision {
  readonly snapshot: Snapshot;
  readonly result: EngineResult;
  /** Why each allocation was put up for planning again, by id. */
  readonly taken: ReadonlyMap<string, TakenReason>;
}

export interface DecideOptions {
  readonly trigger: MatchTrigger;
  /** Lines that the operator has just decided about: what of them contradicts the decision is planned anew. */
  readonly decidedLines?: readonly string[] | undefined;
  /** Counts runs: which of the large ones are verified. */
  readonly turn?: number | undefined;
  /** Who follows the run and may end it. */
  readonly control?: EngineControl | undefined;
}

/**
 * Moves only what must move: places what has no place, around everything that stands. Only when a line stays late or
 * without a place (or at night, or when a person asks) unanswered offers are moved as well, if the whole gains by it.
 */
export async function decide(
  engine: EngineThread,
  world: World,
  options: DecideOptions,
): Promise<Decision | undefined> {
  const taken = mustMove(world, options);
  const narrow = await ask(engine, world, taken, options);
  if (!wantsWider(narrow, options) || options.control?.signal?.aborted) return narrow;
  const wider = new Map<string, TakenReason>(taken);
  const already = narrow ? new Set(narrow.snapshot.machines.map(({ id }) => id)) : undefined;
  const moved: StoredAllocation[] = [];
  for (const offer of movableOffers(world)) {
    if (wider.has(offer.id)) continue;
    // On an event only those who stand on machines that the lines in need could use.
    if (already && !isSweep(options) && !offer.subLots.some(({ machineId }) => already.has(machineId)))
      continue;
    wider.set(offer.id, 'better-plan');
    moved.push(offer);
  }
  if (moved.length === 0) return narrow;
  const wide = await ask(engine, world, wider, options);
  if (!wide) return narrow;
  const standing = moved.reduce((sum, offer) => sum + pointsOf(offer.terms), 0);
  const narrowPoints = standing + (narrow?.result.plan.summary.objective ?? 0);
  return narrowPoints - wide.result.plan.summary.objective > WORTH_MOVING ? wide : narrow;
}

function mustMove(world: World, { decidedLines = [] }: DecideOptions): Map<string, TakenReason> {
  const taken = disturbedOffers(world);
  const byLine = groupByLine(world.allocations);
  for (const lineId of decidedLines) {
    for (const allocation of againstOverrides(byLine.get(lineId) ?? [], world.overrides.get(lineId) ?? [])) {
      taken.set(allocation.id, 'override');
    }
  }
  return taken;
}

const isSweep = ({ trigger }: DecideOptions): boolean => trigger === 'manual' || trigger === 'nightly';

function wantsWider(narrow: Decision | undefined, options: DecideOptions): boolean {
  if (isSweep(options)) return true;
  return (
    narrow !== undefined &&
    (narrow.result.plan.summary.lateLines > 0 || narrow.result.plan.unplaced.length > 0)
  );
}

async function ask(
  engine: EngineThread,
  world: World,
  taken: ReadonlyMap<string, TakenReason>,
  { turn = 0, control }: DecideOptions,
): Promise<Decision | undefined> {
  const snapshot = toSnapshot(world, new Set(taken.keys()));
  if (!snapshot) return undefined;
  const verify = snapshot.lines.length <= ALWAYS_VERIFIED_LINES || turn % SAMPLE === 0;
  const result = await engine.run({ snapshot, explain: true, verify }, control);
  return { snapshot, result, taken };
}

export function pointsOf(terms: Readonly<Record<string, number>>): number {
  let sum = 0;
  for (const [term, points] of Object.entries(terms)) if (term !== 'change') sum += points;
  return sum;
}

/** Fate of one line in a plan: which of its allocations go, which come, which only change their time. */
export interface LineOutcome {
  readonly lineId: string;
  readonly gone: readonly StoredAllocation[];
  readonly come: readonly EngineAllocation[];
  readonly moved: readonly { readonly from: StoredAllocation; readonly to: EngineAllocation }[];
  /** Pieces without a place. */
  readonly unplaced: number;
}

/** Pairs what was taken with what came: the same site and quantity is the same offer, at the same time or another. */
export function outcomes(world: World, { taken, result, snapshot }: Decision): LineOutcome[] {
  const old = groupByLine(world.allocations.filter(({ id }) => taken.has(id)));
  const fresh = byLine(result.plan);
  const unplaced = new Map(result.plan.unplaced.map(({ lineId, quantity }) => [lineId, quantity]));
  return snapshot.lines.map(({ id }) => {
    const come = [...(fresh.get(id) ?? [])];
    const gone: StoredAllocation[] = [];
    const moved: { from: StoredAllocation; to: EngineAllocation }[] = [];
    for (const from of old.get(id) ?? []) {
      const at = come.findIndex(
        (to) => to.siteId === from.siteId && to.quantity === from.quantity && from.state === 'offered',
      );
      const to = come[at];
      if (!to) gone.push(from);
      else {
        come.splice(at, 1);
        if (!isSameTime(from, to)) moved.push({ from, to });
      }
    }
    return { lineId: id, gone, come, moved, unplaced: unplaced.get(id) ?? 0 };
  });
}

function byLine(plan: MatchPlan): Map<string, EngineAllocation[]> {
  const lists = new Map<string, EngineAllocation[]>();
  for (const allocation of plan.allocations) {
    const list = lists.get(allocation.lineId);
    if (list) list.push(allocation);
    else lists.set(allocation.lineId, [allocation]);
  }
  return lists;
}

function isSameTime(from: StoredAllocation, to: EngineAllocation): boolean {
  if (from.subLots.length !== to.subLots.length || from.lock !== to.lock) return false;
  const known = new Set(
    from.subLots.map((lot) => `${lot.machineId} ${lot.startAt} ${lot.endAt} ${lot.quantity}`),
  );
  return to.subLots.every((lot) => known.has(`${lot.machineId} ${lot.startMs} ${lot.endMs} ${lot.quantity}`));
}
