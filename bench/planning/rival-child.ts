import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseShop } from '@millrace/engine';
import { cpuSeconds } from './figure.ts';

/** CP-SAT (or-tools-wasm) on one instance, in a process of its own. */
export interface RivalTask {
  readonly path: string;
  readonly seconds: number;
  /** The package's entry. */
  readonly entry: string;
}

export interface RivalAnswer {
  /** Undefined when it found no schedule in its time. */
  readonly makespan?: number;
  readonly cpuSeconds: number;
}

/** What this file uses of the package, which is not a dependency. */
interface CpSat {
  readonly CpModel: new () => Model;
  readonly CpSolver: new () => Solver;
}
interface Expression {
  plus(other: number): Expression;
  minus(other: Expression): Expression;
}
interface Model {
  newIntVar(lower: number, upper: number, name: string): Expression;
  newIntervalVar(start: Expression, size: number, end: Expression, name: string): object;
  addNoOverlap(intervals: readonly object[]): void;
  addLinearConstraint(expression: Expression, lower: number, upper: number): void;
  addMaxEquality(target: Expression, expressions: readonly Expression[]): void;
  minimize(target: Expression): void;
}
interface Solver {
  solve(model: Model, options: Readonly<Record<string, number>>): Promise<number>;
  statusName(status: number): string;
  objectiveValue(): number;
}

async function answer({ path, seconds, entry }: RivalTask): Promise<RivalAnswer> {
  const parsed = parseShop(readFileSync(path, 'utf8'), 'job-shop');
  if (!parsed.ok) throw new TypeError(`${path}: ${parsed.refusal.detail}`);
  // A wire: the package's own types are not there when it is not.
  const { CpModel, CpSolver } = (await import(pathToFileURL(entry).href)) as CpSat;
  const since = process.cpuUsage();
  const model = new CpModel();
  const longest = parsed.shop.jobs.flat(2).reduce((sum, { duration }) => sum + duration, 0);
  const byMachine = Array.from({ length: parsed.shop.machines }, (): object[] => []);
  const ends: Expression[] = [];
  parsed.shop.jobs.forEach((job, j) => {
    let before: Expression | undefined;
    job.forEach(([choice], k) => {
      if (choice === undefined) return;
      const start = model.newIntVar(0, longest, `s${j}.${k}`);
      const end = start.plus(choice.duration);
      byMachine[choice.machine]?.push(model.newIntervalVar(start, choice.duration, end, `i${j}.${k}`));
      if (before !== undefined) model.addLinearConstraint(start.minus(before), 0, longest);
      before = end;
    });
    if (before !== undefined) ends.push(before);
  });
  for (const intervals of byMachine) model.addNoOverlap(intervals);
  const makespan = model.newIntVar(0, longest, 'makespan');
  model.addMaxEquality(makespan, ends);
  model.minimize(makespan);
  const solver = new CpSolver();
  const status = await solver.solve(model, { numSearchWorkers: 1, maxTimeInSeconds: seconds });
  const found = ['OPTIMAL', 'FEASIBLE'].includes(solver.statusName(status));
  return {
    ...(found ? { makespan: Math.round(solver.objectiveValue()) } : {}),
    cpuSeconds: cpuSeconds(since),
  };
}

// A wire between our own two files.
process.stdout.write(JSON.stringify(await answer(JSON.parse(process.argv[2] ?? '') as RivalTask)));
process.exit(0);
