import type { DisjunctiveShop } from '../scheduling/disjunctive/shop.ts';
import type { MakespanResult } from '../scheduling/disjunctive/solve-makespan.ts';
import { type Violation, violation } from './violation.ts';

// Shares types, and no code, with the solvers.

type Plan = Pick<MakespanResult, 'makespan' | 'machineSequences' | 'starts'>;

/** Replays a schedule against its shop and lists what could not happen; empty = feasible. `lineId` names the job. */
export function verifyShop(shop: DisjunctiveShop, plan: Plan): Violation[] {
  const found: Violation[] = [];
  const steps = shop.jobs.flatMap((job, index) =>
    job.map((alternatives, step) => ({ job: index, step, alternatives })),
  );
  const ends = new Map<number, number>();
  const say = (code: Violation['code'], operation: number, detail: string): void => {
    found.push(violation(code, `operation ${operation}: ${detail}`, `job ${steps[operation]?.job ?? '?'}`));
  };
  if (plan.starts.length !== steps.length) say('quantity', 0, `${plan.starts.length} starts`);
  plan.machineSequences.forEach((sequence, machine) => {
    let free = 0;
    for (const operation of sequence) {
      const alternative = steps[operation]?.alternatives.find((one) => one.machine === machine);
      const start = plan.starts[operation] ?? Number.NaN;
      if (!alternative) say('not-capable', operation, `machine ${machine} cannot do it`);
      if (ends.has(operation)) say('quantity', operation, 'planned twice');
      if (!(Number.isSafeInteger(start) && start >= 0)) say('arithmetic', operation, `starts at ${start}`);
      if (start < free) say('overlap', operation, `machine ${machine} is busy until ${free}, not ${start}`);
      free = start + (alternative?.duration ?? 0);
      ends.set(operation, free);
    }
  });
  let latest = 0;
  for (const [operation, { step }] of steps.entries()) {
    const end = ends.get(operation);
    if (end === undefined) {
      say('quantity', operation, 'not planned');
      continue;
    }
    latest = Math.max(latest, end);
    const ready = step > 0 ? (ends.get(operation - 1) ?? 0) : 0;
    const start = plan.starts[operation] ?? Number.NaN;
    if (start < ready) say('precedence', operation, `starts at ${start}, the step before ends at ${ready}`);
  }
  if (plan.makespan !== latest)
    say('arithmetic', 0, `make-span ${plan.makespan}, the last ends at ${latest}`);
  return found;
}
