/** One line of a bench's report. */
export interface BenchFigure {
  readonly id: string;
  readonly what: string;
  readonly figure: number;
  readonly unit: string;
  readonly goal: number;
  /** The goal is an upper bound; otherwise a lower one. */
  readonly atMost?: boolean;
  readonly reference?: { readonly name: string; readonly figure: number };
  readonly ratio?: number;
  readonly ok: boolean;
  readonly note?: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The smallest value that at least `share` (0…1) of the values do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN;
}
