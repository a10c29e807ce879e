import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ShopFormat } from '@millrace/engine';
import type { InstanceFigure, PlanningFigure, PlanningOptions } from './figure.ts';
import type { MakespanAnswer, MakespanTask } from './makespan-child.ts';

const run = promisify(execFile);
const SCHEDULING = new URL('../../../shared/data/scheduling/', import.meta.url);
const CHILD = fileURLToPath(new URL('./makespan-child.ts', import.meta.url));
/** The spread between seeds is large: a mean over fewer says little. */
const SEEDS = [1, 2, 3] as const;
const MARKS = [1, 3, 10, 30] as const;
/** Processes side by side, one thread each; CPU seconds are counted apart. */
const SIDE_BY_SIDE = 2;

/** A family of instances whose mean gap to the best known is one figure. */
export interface ShopFamily {
  readonly title: string;
  readonly folder: 'jobshop' | 'flexible';
  readonly names: readonly string[];
  readonly cpuSeconds: number;
  /** Mean over instances and seeds, percent above the best known make-span. */
  readonly goalPercent: number;
  readonly peer?: { readonly name: string; readonly figure: number };
}

interface Known {
  readonly lb: number;
  readonly ub: number;
}

/** Mean gaps of the families, and every instance with its own. */
export async function benchShops(
  id: string,
  what: string,
  families: readonly ShopFamily[],
  { say, seconds }: PlanningOptions,
): Promise<PlanningFigure> {
  const instances: InstanceFigure[] = [];
  let reached = 0;
  for (const family of families) {
    const budget = seconds ?? family.cpuSeconds;
    const measured = await measure(family, budget, say);
    const mean = measured.reduce((sum, { figure }) => sum + figure, 0) / Math.max(1, measured.length);
    const violations = measured.reduce((sum, one) => sum + one.violations, 0);
    const ok = measured.length > 0 && mean <= family.goalPercent && violations === 0;
    if (ok) reached++;
    instances.push(
      {
        name: family.title,
        figure: round(mean),
        unit: '% mean gap',
        goal: family.goalPercent,
        ...(family.peer ? { reference: family.peer, ratio: family.peer.figure / mean } : {}),
        violations,
        ok,
        note: `${measured.length} instances, ${SEEDS.length} seeds, ${budget} CPU s each`,
      },
      ...measured,
    );
  }
  return {
    id,
    what,
    figure: reached,
    unit: 'families within their goal',
    goal: families.length,
    ok: reached === families.length,
    instances,
  };
}

async function measure(
  { folder, names }: ShopFamily,
  budget: number,
  say: (line: string) => void,
): Promise<InstanceFigure[]> {
  const home = new URL(`${folder}/`, SCHEDULING);
  const bounds = new URL('best-known.json', home);
  if (!existsSync(bounds)) {
    say(`not there: ${bounds.pathname}, nothing measured`);
    return [];
  }
  // A wire: the file's shape is in the README beside it.
  const known = (JSON.parse(readFileSync(bounds, 'utf8')) as { bounds: Record<string, Known> }).bounds;
  const format: ShopFormat = folder === 'jobshop' ? 'job-shop' : 'flexible';
  const measured: InstanceFigure[] = [];
  for (const name of names) {
    const best = known[name];
    if (!best) throw new TypeError(`${name} has no best known bounds`);
    const marks = MARKS.filter((mark) => mark < budget);
    const path = fileURLToPath(new URL(`${name}.txt`, home));
    const tasks = SEEDS.map((seed) => ({
      path,
      format,
      seed,
      cpuSeconds: budget,
      marks,
      lowerBound: best.lb,
    }));
    measured.push(instanceOf(name, best, marks, await sideBySide(tasks)));
  }
  return measured;
}

function instanceOf(
  name: string,
  { lb, ub }: Known,
  marks: readonly number[],
  answers: readonly MakespanAnswer[],
): InstanceFigure {
  const gap = (values: readonly number[]): number =>
    (100 * values.reduce((sum, value) => sum + value / ub - 1, 0)) / values.length;
  const curve = marks.map(
    (mark, i) => `${mark} s ${round(gap(answers.map(({ atMarks }) => atMarks[i] ?? ub)))} %`,
  );
  const violations = answers.reduce((sum, one) => sum + one.violations, 0);
  const moves = answers.reduce((sum, one) => sum + one.moves, 0);
  const spent = answers.reduce((sum, one) => sum + one.cpuSeconds, 0);
  const spans = `make-spans ${answers.map(({ makespan }) => makespan).join(' / ')}`;
  return {
    name,
    figure: round(gap(answers.map(({ makespan }) => makespan))),
    unit: '% gap',
    reference: { name: lb === ub ? 'optimum' : `best known (bound ${lb})`, figure: ub },
    violations,
    ok: violations === 0,
    note: [spans, ...curve, `${Math.round(moves / Math.max(spent, 0.001) / 1_000)} k moves/s`].join(', '),
  };
}

async function sideBySide(tasks: readonly MakespanTask[]): Promise<MakespanAnswer[]> {
  const answers: MakespanAnswer[] = new Array(tasks.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < tasks.length; at = next++) {
      const { stdout } = await run(process.execPath, [CHILD, JSON.stringify(tasks[at])]);
      // A wire between our own two files.
      answers[at] = JSON.parse(stdout) as MakespanAnswer;
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  return answers;
}

const round = (value: number): number => Number(value.toFixed(3));
