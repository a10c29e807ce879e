import type { Interval } from '../../interval/interval.ts';

export interface ScheduledOperation {
  readonly operationId: string;
  readonly jobId: string;
  readonly machineId: string;
  /** The machine (and the tool) is held from here to `endMs`. */
  readonly setUpStartMs: number;
  /** Equals `setUpStartMs` when there is no set-up; may lie before `startMs`, the machine then waits for the job. */
  readonly setUpEndMs: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Where the machine works on set-up or run: [setUpStartMs, endMs) without pauses and waiting. */
  readonly working: readonly Interval[];
  /** Place in the operator group, from 0: present in shifts with a head count above it. */
  readonly operatorSeat?: number;
  /** Copy of the tool, from 0. */
  readonly toolUnit?: number;
  /** Id of the operation that names the batch; the same for all that run together. */
  readonly batchId?: string;
}

export interface JobOutcome {
  readonly jobId: string;
  readonly finishMs: number;
  /** ≥ 0. */
  readonly tardinessMs: number;
}

/** What an operation started after: the later of it and its own working time decided when. */
export type WaitedFor =
  | 'release'
  | 'operation-before'
  | 'job-before'
  | 'machine'
  | 'tool'
  | 'operator'
  | 'calendar'
  | 'fence'
  | 'lock';

export interface LateStep {
  readonly operationId: string;
  readonly machineId: string;
  readonly waitedFor: WaitedFor;
  /** The operation that held what was waited for. */
  readonly heldByOperationId?: string;
  /** From when the job was ready for the operation to its start. */
  readonly waitedMs: number;
}

/** The binding chain of one late job, from its end back to where nothing held it any more. */
export interface LateJob {
  readonly jobId: string;
  readonly tardinessMs: number;
  /** Were the job alone in the shop it would still be late by this. */
  readonly unavoidableMs: number;
  readonly steps: readonly LateStep[];
}

/** Compared in this order: tardiness, then make-span, then changes. */
export interface ShopObjective {
  /** Sum over jobs of weight × tardiness in ms; a whole number. */
  readonly weightedTardiness: number;
  /** From now to the end of the last operation. */
  readonly makespanMs: number;
  /** Operations that leave the machine or, beyond the tolerance, the start that was told. */
  readonly changes: number;
}

export interface RuleOutcome extends ShopObjective {
  readonly rule: string;
}

export interface ShopSchedule {
  readonly kind: 'schedule';
  readonly siteId: string;
  /** In the order of jobs and operations of the snapshot. */
  readonly operations: readonly ScheduledOperation[];
  readonly jobs: readonly JobOutcome[];
  readonly late: readonly LateJob[];
  readonly objective: ShopObjective;
  /** Frozen operations that facts (running work, a breakdown) pushed past the start that was told. */
  readonly slippedOperationIds: readonly string[];
  /** All rules that were tried, in order; the best one is where the improvement started. */
  readonly rules: readonly RuleOutcome[];
  /** Weighted tardiness no schedule can be below: each job alone in the shop. */
  readonly lowerBound: number;
  /** Moves tried. */
  readonly rounds: number;
  /** The caller stopped it before the rounds were used up; the schedule is the best found until then. */
  readonly stopped: boolean;
}

export type ShopProblemCode =
  | 'duplicate'
  | 'unknown'
  | 'number'
  | 'no-calendar'
  | 'disordered'
  | 'no-operation'
  | 'no-alternative'
  | 'set-up'
  | 'batch'
  | 'cycle'
  | 'running'
  | 'lock'
  | 'never-fits'
  | 'calendar-ends'
  | 'too-many';

/** One contradiction in a shop; `subjectId` is the row that has to change. */
export interface ShopProblem {
  readonly code: ShopProblemCode;
  readonly subjectId: string;
  /** For people who look into it; not translated. */
  readonly detail: string;
}

/** No schedule exists, or none was found that keeps every lock. */
export interface ShopRefusal {
  readonly kind: 'refusal';
  readonly problems: readonly ShopProblem[];
}

export type ShopResult = ShopSchedule | ShopRefusal;

export interface ShopProgress {
  /** What is being done: the rule's name, or `improve`. */
  readonly phase: string;
  readonly rounds: number;
  /** Of the best complete schedule so far; undefined before the first one. */
  readonly best: ShopObjective | undefined;
  readonly lowerBound: number;
}
