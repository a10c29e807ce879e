import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ShopFormat } from '@millrace/engine';
import type { InstanceFigure, PlanningOptions } from './figure.ts';
import type { ShopAnswer, ShopTask } from './shop-child.ts';

export interface ShopSet {
  readonly folder: 'jobshop' | 'flexible';
  readonly names: readonly string[];
  readonly seconds: number;
  /** Highest mean gap to the best known make-span, %. */
  readonly goal: number;
}

export interface ShopSetFigure {
  readonly meanGap: number;
  readonly curve: string;
  readonly instances: readonly InstanceFigure[];
}

interface Bounds {
  readonly lb: number;
  readonly ub: number;
}

const SEEDS = [1, 2, 3] as const;
const MARKS = [1, 3, 10, 30] as const;
const FORMATS: Readonly<Record<ShopSet['folder'], ShopFormat>> = {
  jobshop: 'job-shop',
  flexible: 'flexible',
};
const MAX_ANSWER_BYTES = 65_536;

/** Undefined when the published instances do not lie beside the repository. */
export async function measureSet(
  set: ShopSet,
  { seconds = set.seconds, say }: PlanningOptions,
): Promise<ShopSetFigure | undefined> {
  const folder = new URL(`../../../shared/data/scheduling/${set.folder}/`, import.meta.url);
  const list = new URL('best-known.json', folder);
  if (!existsSync(list)) return undefined;
  // A wire: the file comes with the instances (ScheduleOpt/benchmarks, CC BY-SA 4.0).
  const { bounds } = JSON.parse(readFileSync(list, 'utf8')) as { bounds: Record<string, Bounds> };
  const marks = MARKS.filter((mark) => mark < seconds);
  const runs = set.names.flatMap((name) => {
    const known = bounds[name];
    const path = fileURLToPath(new URL(`${name}.txt`, folder));
    if (!known || !existsSync(path)) return [];
    const format = FORMATS[set.folder];
    const optimum = known.lb === known.ub ? { optimum: known.ub } : {};
    return SEEDS.map((seed) => ({ name, known, task: { path, format, seed, seconds, marks, ...optimum } }));
  });
  const answers = await sideBySide(runs.map(({ task }) => task));
  const measured = runs.map(({ name, known }, index) => ({
    name,
    known,
    answer: answers[index] as ShopAnswer,
  }));
  const gapsAt = (index: number): number =>
    mean(measured.map(({ known, answer }) => gap(answer.curve[index] ?? answer.makespan, known)));
  const meanGap = mean(measured.map(({ known, answer }) => gap(answer.makespan, known)));
  const curve = [...marks.map((mark, index) => `${mark} s ${percent(gapsAt(index))}`)]
    .concat(`${seconds} s ${percent(meanGap)}`)
    .join(', ');
  say(`${set.names[0]} … ${set.names.at(-1)}, mean gap over ${SEEDS.length} seeds at CPU seconds: ${curve}`);
  const names = [...new Set(runs.map(({ name }) => name))];
  const instances = names.map((name) => instanceFigure(measured.filter((one) => one.name === name)));
  return { meanGap, curve, instances };
}

function instanceFigure(
  runs: readonly { readonly name: string; readonly known: Bounds; readonly answer: ShopAnswer }[],
): InstanceFigure {
  const [{ name, known }] = runs as [(typeof runs)[number]];
  const violations = runs.reduce((sum, { answer }) => sum + answer.violations, 0);
  const spans = runs.map(({ answer }) => answer.makespan);
  const cpu = mean(runs.map(({ answer }) => answer.cpuSeconds));
  const moves = mean(runs.map(({ answer }) => answer.moves / answer.cpuSeconds));
  return {
    name,
    figure: Number(gap(mean(spans), known).toFixed(3)),
    unit: '% gap',
    reference: { name: 'best known', figure: known.ub },
    violations,
    ok: violations === 0,
    note: `make-spans ${spans.join(' ')}, own bound ${runs[0]?.answer.bound}, ${cpu.toFixed(1)} CPU s, ${(moves / 1_000).toFixed(0)} k moves/s`,
  };
}

/** As many runs at a time as there are cores: CPU seconds stay those of each run. */
async function sideBySide(tasks: readonly ShopTask[]): Promise<ShopAnswer[]> {
  const file = fileURLToPath(new URL('./shop-child.ts', import.meta.url));
  const run = promisify(execFile);
  const answers: ShopAnswer[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < tasks.length; index = next++) {
      const { stdout } = await run(process.execPath, [file, JSON.stringify(tasks[index])], {
        maxBuffer: MAX_ANSWER_BYTES,
      });
      // A wire between our own two files.
      answers[index] = JSON.parse(stdout) as ShopAnswer;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return answers;
}

function gap(makespan: number, { ub }: Bounds): number {
  return (makespan / ub - 1) * 100;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function percent(value: number): string {
  return `${value.toFixed(3)} %`;
}
