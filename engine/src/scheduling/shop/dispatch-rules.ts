import type { ShopModel } from './shop-model.ts';

/** What a rule may look at besides the clock; clock time is working time over the calendar's density. */
export interface RuleTerms {
  readonly model: ShopModel;
  /** By operation: mean run over its machines, on the clock. */
  readonly runMs: Float64Array;
  /** From its start to the end of its job without any waiting, on the clock. */
  readonly remainingMs: Float64Array;
  /** Latest start that still keeps the due date of its job and of those that wait for it. */
  readonly latestStart: Float64Array;
  /** When it became ready; kept by the dispatcher. */
  readonly ready: Float64Array;
  readonly meanRunMs: number;
  readonly meanSetUpMs: number;
}

/** The waiting operation with the highest index goes next. */
export interface DispatchRule {
  readonly name: string;
  index(terms: RuleTerms, operation: number, atMs: number, runMs: number, setUpMs: number): number;
}

/** Look-ahead of ATC in mean run times, and weight of the set-up in mean set-ups. */
const ATC_LOOK_AHEAD = [2, 6, 20];
const ATC_SET_UP = [0.3, 1, 4];

/** First the one that is best most often: it gives the first plan. */
export const DISPATCH_RULES: readonly DispatchRule[] = [
  ...ATC_LOOK_AHEAD.flatMap((lookAhead) => ATC_SET_UP.map((setUp) => atcWithSetUps(lookAhead, setUp))),
  ...ATC_LOOK_AHEAD.map(atc),
  { name: 'first come', index: (terms, operation) => -(terms.ready[operation] as number) },
  { name: 'earliest due date', index: (terms, operation) => -dueOf(terms, operation) },
  { name: 'operation due date', index: (terms, operation) => -(terms.latestStart[operation] as number) },
  { name: 'least slack', index: (terms, operation, atMs) => -slack(terms, operation, atMs) },
  {
    name: 'critical ratio',
    index: (terms, operation, atMs) =>
      -(dueOf(terms, operation) - atMs) / Math.max(1, terms.remainingMs[operation] as number),
  },
  { name: 'weighted shortest', index: (terms, operation, _, runMs) => weightOf(terms, operation) / runMs },
  {
    name: 'shortest set-up',
    index: (terms, operation, _, __, setUpMs) =>
      -setUpMs * 1e6 - (terms.latestStart[operation] as number) / 1e6,
  },
];

/** Apparent tardiness cost [Vepsalainen & Morton 1987]. */
function atc(lookAhead: number): DispatchRule {
  return {
    name: `ATC ${lookAhead}`,
    index: (terms, operation, atMs, runMs) => {
      const wait = Math.max(0, slack(terms, operation, atMs)) / (lookAhead * terms.meanRunMs);
      return (weightOf(terms, operation) / runMs) * Math.exp(-wait);
    },
  };
}

/** Apparent tardiness cost with set-ups [Lee, Bhaskaran & Pinedo 1997]. */
function atcWithSetUps(lookAhead: number, setUpScale: number): DispatchRule {
  const plain = atc(lookAhead);
  return {
    name: `ATCS ${lookAhead}/${setUpScale}`,
    index: (terms, operation, atMs, runMs, setUpMs) =>
      plain.index(terms, operation, atMs, runMs, setUpMs) *
      Math.exp(-setUpMs / (setUpScale * terms.meanSetUpMs)),
  };
}

function slack(terms: RuleTerms, operation: number, atMs: number): number {
  return (terms.latestStart[operation] as number) - atMs;
}

function dueOf(terms: RuleTerms, operation: number): number {
  return terms.model.jobDue[terms.model.jobOf[operation] as number] as number;
}

/** A job of weight 0 still wants to be done some day. */
function weightOf(terms: RuleTerms, operation: number): number {
  return Math.max(1e-3, terms.model.jobWeight[terms.model.jobOf[operation] as number] as number);
}

export function ruleTerms(model: ShopModel): RuleTerms {
  const { operationCount: count, resources } = model;
  const runMs = new Float64Array(count);
  let sumRunMs = 0;
  for (let operation = 0; operation < count; operation++) {
    const first = model.alternativeFirst[operation] as number;
    const last = model.alternativeFirst[operation + 1] as number;
    let sumMs = 0;
    for (let at = first; at < last; at++) {
      const calendar = resources.machineCalendar[model.alternativeMachine[at] as number] as number;
      sumMs += (model.alternativeMs[at] as number) / resources.calendars.density(calendar);
    }
    runMs[operation] = sumMs / Math.max(1, last - first);
    sumRunMs += runMs[operation] as number;
  }
  const remainingMs = new Float64Array(count);
  const latestStart = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  for (let at = count - 1; at >= 0; at--) {
    const operation = model.topological[at] as number;
    const job = model.jobOf[operation] as number;
    const lag = model.lag[operation] as number;
    const isLast = (model.jobFirst[job + 1] as number) - 1 === operation;
    let latestEnd = isLast ? (model.jobDue[job] as number) : Number.POSITIVE_INFINITY;
    let after = 0;
    for (
      let arc = model.afterFirst[operation] as number;
      arc < (model.afterFirst[operation + 1] as number);
      arc++
    ) {
      const next = model.after[arc] as number;
      latestEnd = Math.min(latestEnd, (latestStart[next] as number) - lag);
      if (!isLast) after = Math.max(after, lag + (remainingMs[next] as number));
    }
    latestStart[operation] = latestEnd - (runMs[operation] as number);
    remainingMs[operation] = (runMs[operation] as number) + after;
  }
  let sumSetUpMs = 0;
  for (const ms of resources.matrixMs) sumSetUpMs += ms;
  return {
    model,
    runMs,
    remainingMs,
    latestStart,
    ready: new Float64Array(count),
    meanRunMs: Math.max(1, sumRunMs / Math.max(1, count)),
    meanSetUpMs: Math.max(1, sumSetUpMs / Math.max(1, resources.matrixMs.length)),
  };
}
