import { existsSync, readFileSync } from 'node:fs';
import type { MatchOptions, MatchPlan, OrderFile, Snapshot } from '@millrace/engine';
import { match, orderSnapshot, SnapshotFault, verifyPlan } from '@millrace/engine';
import { median } from '../figure.ts';
import { cpuSeconds, type InstanceFigure, type PlanningFigure, type PlanningOptions } from './figure.ts';
import { BASELINES, type OrderOutcome, OutcomeTally } from './order-baselines.ts';

const FOLDER = new URL('../../../shared/data/matching/', import.meta.url);

interface Published {
  readonly name: string;
  /** Late orders of frePPLe 9.18 with default parameters, and of the scripts in the order of `BASELINES`. */
  readonly frepple: number;
  readonly scripts: readonly number[];
  /** CPU seconds that this load may take; undefined = no bound of its own. */
  readonly mostCpuS?: number;
}

/** Figures of ../shared/data/README.md. */
const FILES: readonly Published[] = [
  { name: 'orders-1000-load70', frepple: 21, scripts: [27, 1, 1, 214] },
  { name: 'orders-5000-load70', frepple: 21, scripts: [0, 0, 0, 1_358] },
  { name: 'orders-20000-load70', frepple: 172, scripts: [17, 0, 0, 5_723], mostCpuS: 1 },
  { name: 'orders-5000-load85', frepple: 770, scripts: [439, 160, 0, 1_926] },
  { name: 'orders-5000-load95', frepple: 1_336, scripts: [794, 540, 624, 2_306], mostCpuS: 10 },
];

/** Cold and warm runs alike; the median is told. */
const RUNS = 3;

/** P1: late orders and weighted tardiness on the files on which frePPLe was measured, beside it and four scripts. */
export async function benchP1(options: PlanningOptions): Promise<PlanningFigure> {
  const instances: InstanceFigure[] = [];
  for (const published of FILES) {
    const path = new URL(`${published.name}.json`, FOLDER);
    if (!existsSync(path)) {
      options.say(`P1 ${published.name}: not there (${path.pathname}), nothing measured`);
      continue;
    }
    instances.push(await compare(readOrderFile(path), published, options));
  }
  const won = instances.filter(({ ok }) => ok).length;
  return {
    id: 'P1',
    what: 'order files on which no peer or script has fewer late orders or less weighted tardiness',
    figure: won,
    unit: 'files',
    goal: FILES.length,
    ok: won === FILES.length,
    instances,
  };
}

/** One file from outside: how many are late, and whether the plan could really happen. */
export function solveOrderFile(path: string, options: PlanningOptions): InstanceFigure {
  const name = path.slice(path.lastIndexOf('/') + 1);
  try {
    return solve(name, readOrderFile(path), options);
  } catch (problem) {
    if (!(problem instanceof SnapshotFault) && !(problem instanceof SyntaxError)) throw problem;
    const note = `refused: ${problem.message}`;
    return { name, figure: 0, unit: 'plans', violations: 0, ok: false, note };
  }
}

function solve(name: string, file: OrderFile, options: PlanningOptions): InstanceFigure {
  const { snapshot, plan, cpuS } = planFile(file, options, 1);
  const outcome = outcomeOf(snapshot, plan);
  const violations = verifyPlan(snapshot, plan).length;
  return {
    name,
    figure: outcome.late,
    unit: 'late orders',
    violations,
    ok: violations === 0,
    note: `${describe(outcome)}, ${plan.unplaced.length} without a place, ${plan.summary.strategy}, ${cpuS.toFixed(2)} CPU s`,
  };
}

async function compare(
  file: OrderFile,
  published: Published,
  options: PlanningOptions,
): Promise<InstanceFigure> {
  const { snapshot, plan, cpuS } = planFile(file, options, RUNS);
  const ours = outcomeOf(snapshot, plan);
  const violations = verifyPlan(snapshot, plan).length;
  const { say } = options;
  say(`P1 ${published.name}`);
  say(`   Millrace               ${describe(ours)}, ${cpuS.toFixed(2)} CPU s, ${violations} violations`);
  say(`   frePPLe 9.18           ${published.frepple} late (published)`);
  let fewestLate = published.frepple;
  let leastTardinessH = Number.POSITIVE_INFINITY;
  let fewestUrgentH = Number.POSITIVE_INFINITY;
  let isTruthful = true;
  BASELINES.forEach((baseline, i) => {
    const before = process.cpuUsage();
    const theirs = baseline.run(file);
    const isAsPublished = theirs.late === published.scripts[i];
    isTruthful &&= isAsPublished;
    say(
      `   ${baseline.name.padEnd(22)} ${describe(theirs)}, ${cpuSeconds(before).toFixed(2)} CPU s${isAsPublished ? '' : `, published ${published.scripts[i]}: NOT the same script`}`,
    );
    fewestLate = Math.min(fewestLate, theirs.late);
    leastTardinessH = Math.min(leastTardinessH, theirs.weightedTardinessH);
    fewestUrgentH = Math.min(fewestUrgentH, theirs.lateByPriority[0]);
  });
  const isBetter =
    atLeastAsGood(ours.late, fewestLate) &&
    atLeastAsGood(ours.weightedTardinessH, leastTardinessH) &&
    ours.lateByPriority[0] <= fewestUrgentH;
  return {
    name: published.name,
    figure: ours.late,
    unit: 'late orders',
    goal: fewestLate,
    reference: { name: 'frePPLe 9.18', figure: published.frepple },
    violations,
    ok:
      isBetter && isTruthful && violations === 0 && cpuS <= (published.mostCpuS ?? Number.POSITIVE_INFINITY),
    note: `${describe(ours)}, ${cpuS.toFixed(2)} CPU s, ${plan.summary.strategy}`,
  };
}

/** Fewer; where the other has none, none. */
function atLeastAsGood(ours: number, theirs: number): boolean {
  return ours < theirs || (ours === 0 && theirs === 0);
}

/** CPU seconds: the median, from the parsed file to the plan. */
function planFile(
  file: OrderFile,
  options: PlanningOptions,
  runs: number,
): { readonly snapshot: Snapshot; readonly plan: MatchPlan; readonly cpuS: number } {
  const cpu: number[] = [];
  for (;;) {
    const before = process.cpuUsage();
    const snapshot = orderSnapshot(file, false);
    const plan = match(snapshot, { explain: false, ...budget(options, before) });
    cpu.push(cpuSeconds(before));
    if (cpu.length >= runs) return { snapshot, plan, cpuS: median(cpu) };
  }
}

/** Plans repeat because rounds are counted; only who names seconds gets a plan that depends on the machine. */
function budget({ seconds }: PlanningOptions, since: NodeJS.CpuUsage): MatchOptions {
  if (seconds === undefined) return {};
  return {
    rounds: Number.MAX_SAFE_INTEGER,
    onProgress: () => (cpuSeconds(since) < seconds ? undefined : 'stop'),
  };
}

function outcomeOf(
  { nowMs, horizonEndMs, lines }: Snapshot,
  { allocations, unplaced }: MatchPlan,
): OrderOutcome {
  const arrival = new Map<string, number>();
  for (const { lineId, arriveMs } of allocations) {
    arrival.set(lineId, Math.max(arriveMs, arrival.get(lineId) ?? arriveMs));
  }
  for (const { lineId } of unplaced) arrival.set(lineId, horizonEndMs);
  const tally = new OutcomeTally();
  for (const { id, priority, dueMs } of lines) {
    tally.add(priority, ((arrival.get(id) ?? horizonEndMs) - nowMs) / 1_000, (dueMs - nowMs) / 1_000);
  }
  return tally.outcome();
}

function describe({ late, lateByPriority, weightedTardinessH }: OrderOutcome): string {
  return `${late} late (${lateByPriority.join(' / ')} by priority), weighted tardiness ${weightedTardinessH.toFixed(0)} h`;
}

function readOrderFile(path: string | URL): OrderFile {
  const file: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const problems = shapeProblems(file);
  if (problems.length > 0) throw new SnapshotFault(problems);
  // A wire, and the shape has just been looked at; what contradicts itself is refused by the engine.
  return file as OrderFile;
}

function shapeProblems(file: unknown): string[] {
  const { now, F, M, alts, orders } = Object(file) as Partial<Record<keyof OrderFile, unknown>>;
  const problems: string[] = [];
  if (typeof now !== 'string' || Number.isNaN(Date.parse(`${now}Z`))) problems.push('now is no date');
  for (const [name, value] of Object.entries({ F, M })) {
    if (!Number.isSafeInteger(value) || Number(value) < 0) problems.push(`${name} is no count`);
  }
  if (!isMatrix(orders, 5)) problems.push('orders are not rows of five numbers');
  if (!Array.isArray(alts) || !alts.every((routes) => isMatrix(routes, 2))) {
    problems.push('alts are not lists of [factory, machine, …]');
  }
  return problems;
}

function isMatrix(rows: unknown, least: number): boolean {
  if (!Array.isArray(rows)) return false;
  return rows.every(
    (row) => Array.isArray(row) && row.length >= least && row.every((value) => Number.isFinite(value)),
  );
}
