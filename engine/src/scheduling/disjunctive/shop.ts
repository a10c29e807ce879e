import { SnapshotFault } from '../../fault.ts';

/** One machine that can do an operation. */
export interface Alternative {
  /** Counted from 0. */
  readonly machine: number;
  /** Whole time units, ≥ 0; the sum of all longest durations must stay below 2³⁰. */
  readonly duration: number;
}

/**
 * A job shop: each job is a chain of operations, each operation takes one of its machines without pause, a
 * machine does one operation at a time. A job may come back to a machine. With one alternative everywhere it
 * is the classic job shop, otherwise the flexible one.
 */
export interface DisjunctiveShop {
  readonly machines: number;
  /** `jobs[j][k]` = the alternatives (≥ 1) of the k-th operation of job j; a job may have no operation. */
  readonly jobs: readonly (readonly (readonly Alternative[])[])[];
}

/**
 * The shop in flat arrays. Operations are numbered job by job; the number `operations` itself stands for
 * "none" wherever a neighbour is asked for, so that hot loops need no branch.
 */
export interface CompiledShop {
  readonly operations: number;
  readonly machines: number;
  readonly jobOf: Int32Array;
  readonly jobPrevious: Int32Array;
  readonly jobNext: Int32Array;
  /** Last operation of each job that has any. */
  readonly lastOfJobs: Int32Array;
  /** Alternatives of operation x are the indices `choiceStart[x]` … `choiceStart[x + 1] − 1`. */
  readonly choiceStart: Int32Array;
  readonly choiceMachine: Int32Array;
  readonly choiceDuration: Int32Array;
  /** Some operation has more than one alternative. */
  readonly flexible: boolean;
}

/** Head + duration + tail of any path must fit into 32 signed bits. */
const LONGEST_TOTAL = 2 ** 30;

export function compileShop(shop: DisjunctiveShop): CompiledShop {
  checkShop(shop);
  const operations = shop.jobs.reduce((sum, job) => sum + job.length, 0);
  const jobOf = new Int32Array(operations + 1).fill(-1);
  const jobPrevious = new Int32Array(operations + 1).fill(operations);
  const jobNext = new Int32Array(operations + 1).fill(operations);
  const choiceStart = new Int32Array(operations + 1);
  const machine: number[] = [];
  const duration: number[] = [];
  const last: number[] = [];
  let operation = 0;
  shop.jobs.forEach((job, index) => {
    job.forEach((alternatives, step) => {
      jobOf[operation] = index;
      if (step > 0) jobPrevious[operation] = operation - 1;
      if (step < job.length - 1) jobNext[operation] = operation + 1;
      else last.push(operation);
      choiceStart[operation] = machine.length;
      for (const alternative of alternatives) {
        machine.push(alternative.machine);
        duration.push(alternative.duration);
      }
      operation++;
    });
  });
  choiceStart[operations] = machine.length;
  return {
    operations,
    machines: shop.machines,
    jobOf,
    jobPrevious,
    jobNext,
    lastOfJobs: Int32Array.from(last),
    choiceStart,
    choiceMachine: Int32Array.from(machine),
    choiceDuration: Int32Array.from(duration),
    flexible: machine.length > operations,
  };
}

function checkShop(shop: DisjunctiveShop): void {
  const problems: string[] = [];
  let total = 0;
  shop.jobs.forEach((job, index) => {
    job.forEach((alternatives, step) => {
      const where = `job ${index}, step ${step}`;
      if (alternatives.length === 0) problems.push(`${where} has no machine`);
      let longest = 0;
      const seen = new Set<number>();
      for (const { machine, duration } of alternatives) {
        if (!Number.isInteger(machine) || machine < 0 || machine >= shop.machines) {
          problems.push(`${where}: there is no machine ${machine}`);
        }
        if (seen.has(machine)) problems.push(`${where} names machine ${machine} twice`);
        seen.add(machine);
        if (!Number.isInteger(duration) || duration < 0) problems.push(`${where}: duration ${duration}`);
        longest = Math.max(longest, duration);
      }
      total += longest;
    });
  });
  if (!(total < LONGEST_TOTAL)) problems.push(`durations add up to ${total}, the limit is ${LONGEST_TOTAL}`);
  if (problems.length > 0) throw new SnapshotFault(problems);
}
