import type { OverridePreview } from '@millrace/contract';
import type { StoredLine } from '../orders/index.ts';
import { type Decision, type LineOutcome, pointsOf } from './decide.ts';
import { groupByLine, WEIGHTS } from './snapshot-input.ts';
import { openQuantity, type World } from './world.ts';

type Price = Pick<
  OverridePreview,
  'lateBefore' | 'lateAfter' | 'objectiveBefore' | 'objectiveAfter' | 'costDifferenceMinor'
>;

/** One part of a plan, stored or just made, with what it costs. */
interface Part {
  readonly arriveAt: number;
  readonly points: number;
  readonly costMinor: number;
}

/** The plan as it stands against the plan with the decision, over all open lines. */
export function comparePlans(
  world: World,
  decision: Decision | undefined,
  found: readonly LineOutcome[],
): Price {
  const standing = groupByLine(world.allocations);
  const outcomes = new Map(found.map((outcome) => [outcome.lineId, outcome]));
  const price = {
    lateBefore: 0,
    lateAfter: 0,
    objectiveBefore: 0,
    objectiveAfter: 0,
    costDifferenceMinor: 0,
  };
  for (const line of world.lines) {
    const before = (standing.get(line.id) ?? []).map(
      ({ arriveAt, terms, costMinor, id }): Part & { id: string } => ({
        id,
        arriveAt,
        points: pointsOf(terms),
        costMinor,
      }),
    );
    const outcome = outcomes.get(line.id);
    const after = outcome && decision ? afterOf(before, outcome) : before;
    const openBefore = openQuantity(line);
    const openAfter = outcome?.unplaced ?? openBefore;
    price.lateBefore += isLate(line, before, openBefore);
    price.lateAfter += isLate(line, after, openAfter);
    price.objectiveBefore += points(line, before, openBefore);
    price.objectiveAfter += points(line, after, openAfter);
    price.costDifferenceMinor += cost(after) - cost(before);
  }
  return price;
}

function afterOf(before: readonly (Part & { readonly id: string })[], outcome: LineOutcome): Part[] {
  const gone = new Set([...outcome.gone, ...outcome.moved.map(({ from }) => from)].map(({ id }) => id));
  const come = [...outcome.come, ...outcome.moved.map(({ to }) => to)];
  return [
    ...before.filter(({ id }) => !gone.has(id)),
    ...come.map(({ arriveMs, score, costMinor }) => ({
      arriveAt: arriveMs,
      points: pointsOf({ ...score }),
      costMinor,
    })),
  ];
}

const cost = (parts: readonly Part[]): number => parts.reduce((sum, { costMinor }) => sum + costMinor, 0);

const isLate = (line: StoredLine, parts: readonly Part[], open: number): number =>
  open > 0 || parts.some(({ arriveAt }) => arriveAt > line.requestedAt) ? 1 : 0;

function points(line: StoredLine, parts: readonly Part[], open: number): number {
  const unplaced = (WEIGHTS.unplacedPerLine[line.priority] ?? 0) * (open / line.quantity);
  return parts.reduce((sum, part) => sum + part.points, unplaced);
}
