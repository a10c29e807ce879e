import { readFileSync } from 'node:fs';
import { parseShop, type ShopFormat, solveMakespan, verifyShop } from '@millrace/engine';
import { cpuSeconds } from './figure.ts';

/** One shop, one seed, one process: so that its CPU seconds are its own. */
export interface MakespanTask {
  readonly path: string;
  readonly format: ShopFormat;
  readonly seed: number;
  readonly cpuSeconds: number;
  /** CPU seconds at which the best so far is noted, rising. */
  readonly marks: readonly number[];
  /** Known not to be beaten: the run ends when it is reached. */
  readonly lowerBound?: number;
}

export interface MakespanAnswer {
  readonly makespan: number;
  readonly bound: number;
  /** Best make-span at each mark. */
  readonly atMarks: readonly number[];
  readonly cpuSeconds: number;
  readonly moves: number;
  readonly violations: number;
}

/** A budget that only the clock ends. */
const ENDLESS = Number.MAX_SAFE_INTEGER;

export function solveShopFile(task: MakespanTask): MakespanAnswer {
  const parsed = parseShop(readFileSync(task.path, 'utf8'), task.format);
  if (!parsed.ok) throw new TypeError(`${task.path}, line ${parsed.refusal.line}: ${parsed.refusal.detail}`);
  const atMarks: number[] = [];
  const since = process.cpuUsage();
  const result = solveMakespan(parsed.shop, {
    seed: task.seed,
    iterations: ENDLESS,
    onProgress: ({ makespan }) => {
      const spent = cpuSeconds(since);
      while (atMarks.length < task.marks.length && spent >= (task.marks[atMarks.length] ?? 0))
        atMarks.push(makespan);
      return spent >= task.cpuSeconds || makespan <= (task.lowerBound ?? 0) ? 'stop' : undefined;
    },
  });
  const spent = cpuSeconds(since);
  while (atMarks.length < task.marks.length) atMarks.push(result.makespan);
  return {
    makespan: result.makespan,
    bound: result.bound,
    atMarks,
    cpuSeconds: spent,
    moves: result.iterations,
    violations: verifyShop(parsed.shop, result).length,
  };
}

if (process.argv[1] === import.meta.filename) {
  // A wire between our own two files.
  const task = JSON.parse(process.argv[2] ?? '{}') as MakespanTask;
  process.stdout.write(`${JSON.stringify(solveShopFile(task))}\n`);
}
