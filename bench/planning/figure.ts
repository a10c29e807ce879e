import type { BenchFigure } from '../figure.ts';

export interface PlanningOptions {
  /** CPU seconds given to each instance instead of those the figure names. */
  readonly seconds?: number;
  /** Fetch rivals that are too large to be dependencies. */
  readonly rivals?: boolean;
  /** One line of the table; standard error when the answer is JSON. */
  readonly say: (line: string) => void;
}

/** One instance of a figure, as `npm run bench -- planning` prints it. */
export interface InstanceFigure {
  readonly name: string;
  readonly figure: number;
  readonly unit: string;
  readonly goal?: number;
  /** The peer's or the published figure for the same instance. */
  readonly reference?: { readonly name: string; readonly figure: number };
  readonly ratio?: number;
  /** What the verifier found in the plan: no violation may be there. */
  readonly violations: number;
  readonly ok: boolean;
  readonly note?: string;
}

/** A figure P1 … P10 with its instances; `ok` needs every instance free of violations. */
export interface PlanningFigure extends BenchFigure {
  readonly instances: readonly InstanceFigure[];
}

/** User and system time of this process, in seconds. */
export function cpuSeconds(since?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}
