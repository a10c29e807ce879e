import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PlanningFigure, PlanningOptions } from './figure.ts';
import { findRival, runRival } from './rival.ts';

/** Our mean gap may be at most this share of the rival's. */
const MOST_SHARE = 0.2;
const FOLDER = new URL('../../../shared/data/scheduling/jobshop/', import.meta.url);

/** Adds a row: our mean gap against that of CP-SAT in WASM on the same instances, as many seconds, one thread. */
export function rivalFigure(
  ours: PlanningFigure,
  { names, seconds }: { readonly names: readonly string[]; readonly seconds: number },
  { say, rivals = false }: PlanningOptions,
): PlanningFigure {
  const list = new URL('best-known.json', FOLDER);
  const entry = existsSync(list) ? findRival(rivals, say) : undefined;
  if (entry === undefined) return ours;
  // A wire: the file comes with the instances (ScheduleOpt/benchmarks, CC BY-SA 4.0).
  const { bounds } = JSON.parse(readFileSync(list, 'utf8')) as { bounds: Record<string, { ub: number }> };
  const gaps: number[] = [];
  let cpu = 0;
  for (const name of names) {
    const best = bounds[name]?.ub ?? Number.NaN;
    const { makespan, cpuSeconds } = runRival({
      path: fileURLToPath(new URL(`${name}.txt`, FOLDER)),
      seconds,
      entry,
    });
    cpu += cpuSeconds;
    say(
      `P6 ${name}: CP-SAT in WASM ${makespan ?? 'nothing'} (best known ${best}), ${cpuSeconds.toFixed(1)} CPU s`,
    );
    if (makespan !== undefined) gaps.push(100 * (makespan / best - 1));
  }
  const rival = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const ratio = ours.figure / rival;
  const instance = {
    name: 'against the best rival',
    figure: ours.figure,
    unit: '% gap',
    goal: Number((MOST_SHARE * rival).toFixed(3)),
    reference: { name: 'CP-SAT in WASM', figure: Number(rival.toFixed(3)) },
    ratio,
    violations: 0,
    ok: gaps.length > 0 && ratio <= MOST_SHARE,
    note: `${names.length} instances, ${seconds} s each, ${(cpu / names.length).toFixed(1)} CPU s used, ${names.length - gaps.length} without a schedule`,
  };
  return {
    ...ours,
    reference: instance.reference,
    ratio,
    ok: ours.ok && instance.ok,
    instances: [...ours.instances, instance],
  };
}
