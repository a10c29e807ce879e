import type { Interval } from '../../interval/interval.ts';

/** Working time a machine needs between two families; a missing family is a contradiction, not zero. */
export interface SetUpMatrix {
  readonly id: string;
  readonly families: readonly string[];
  /** Working milliseconds `[from][to]`, both by position in `families`; the diagonal is usually 0. */
  readonly ms: readonly (readonly number[])[];
  /** Working milliseconds by position in `families` when it is not known what the machine is set up for. */
  readonly initialMs: readonly number[];
}

/** Does one operation (or one batch) at a time; nothing is worked on outside its calendar's windows. */
export interface ShopMachine {
  readonly id: string;
  readonly calendarId: string;
  /** No operation may occupy the machine here, also not one that merely pauses; a running one waits. */
  readonly maintenance?: readonly Interval[] | undefined;
  /** Without a matrix no change of family costs anything. */
  readonly setUpMatrixId?: string | undefined;
  /** What the machine is set up for now. */
  readonly family?: string | undefined;
  /** A furnace: operations of one batch family run together while their sizes add up to at most this. */
  readonly batchCapacity?: number | undefined;
}

/** Shifts of a group do not overlap; an operation that needs an operator pauses or waits outside them. */
export interface OperatorShift extends Interval {
  /** ≥ 1. */
  readonly headCount: number;
}

export interface OperatorGroup {
  readonly id: string;
  readonly shifts: readonly OperatorShift[];
}

/** Held from the start of the set-up to the end of the operation, pauses included. */
export interface ShopTool {
  readonly id: string;
  /** ≥ 1. */
  readonly count: number;
}

/** When an operator must stand at the machine; during pauses he is free. */
export type Attended = 'none' | 'set-up' | 'whole';

export interface OperationAlternative {
  readonly machineId: string;
  /** Working time, ≥ 1. */
  readonly durationMs: number;
  /** Working time on top of the matrix, whatever was made before; 0 when missing. */
  readonly setUpMs?: number | undefined;
}

export interface BatchRule {
  /** Only operations of one family share a batch; they must agree in everything but job and size. */
  readonly family: string;
  /** In the unit of `batchCapacity`, ≥ 1. */
  readonly size: number;
}

/** What people were told in the last plan. Before the fence it stays; after it a move counts as a change. */
export interface ToldStart {
  readonly machineId: string;
  readonly startMs: number;
}

/** What an operator has decided; with `startMs` to the millisecond. */
export interface OperationLock {
  readonly machineId: string;
  readonly startMs?: number | undefined;
}

/** On the machine now. It is a fact: it needs no set-up, keeps its machine and merely waits where that stands still. */
export interface RunningWork {
  readonly machineId: string;
  /** Working time still needed, from real counts; ≥ 1. */
  readonly remainingMs: number;
}

export interface ShopOperation {
  readonly id: string;
  /** At least one. */
  readonly alternatives: readonly OperationAlternative[];
  /** Without one no matrix applies, and the machine counts as not set up afterwards. */
  readonly setUpFamily?: string | undefined;
  /** May pause where the calendar does; otherwise set-up and run each fit into one window. */
  readonly interruptible: boolean;
  readonly attended: Attended;
  /** Needed unless `attended` is none. */
  readonly operatorGroupId?: string | undefined;
  readonly toolId?: string | undefined;
  readonly batch?: BatchRule | undefined;
  /** Time on the clock from its end to the start of what follows (drying, transport); 0 when missing. */
  readonly lagMs?: number | undefined;
  readonly told?: ToldStart | undefined;
  readonly lock?: OperationLock | undefined;
  readonly running?: RunningWork | undefined;
}

export interface ShopJob {
  readonly id: string;
  /** The first operation starts no earlier (material, approval). */
  readonly releaseMs: number;
  readonly dueMs: number;
  /** Points per hour of tardiness relative to other jobs; whole, 0…1,000. */
  readonly weight: number;
  /** Only what is still to do, in order; a running one comes first. */
  readonly operations: readonly ShopOperation[];
  /** Jobs that end before this one starts (parts of an assembly). */
  readonly afterJobIds?: readonly string[] | undefined;
}

/** Everything one shop schedule knows. Instants are epoch milliseconds, integers. */
export interface ShopSnapshot {
  readonly siteId: string;
  readonly nowMs: number;
  /** What was told to start before stays, nothing else starts before; `nowMs` when missing. */
  readonly fenceMs?: number | undefined;
  readonly seed: number;
  /** Working windows, e.g. from `calendarWindows`; they must reach as far as the work. */
  readonly calendars: Readonly<Record<string, readonly Interval[]>>;
  readonly setUpMatrices: readonly SetUpMatrix[];
  readonly machines: readonly ShopMachine[];
  readonly operatorGroups: readonly OperatorGroup[];
  readonly tools: readonly ShopTool[];
  readonly jobs: readonly ShopJob[];
  /** A start that moves by no more is no change; 0 when missing. */
  readonly changeToleranceMs?: number | undefined;
}
