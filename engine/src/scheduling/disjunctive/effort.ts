/** What a run tells about itself; answering 'stop' ends it with the best it has. */
export interface MakespanProgress {
  /** Moves made so far. */
  readonly iterations: number;
  /** Make-span of the best schedule so far. */
  readonly makespan: number;
  /** No schedule can be shorter. */
  readonly bound: number;
}

export type OnMakespanProgress = (progress: MakespanProgress) => 'stop' | undefined;

/** Moves between two reports, divided by operations: some milliseconds of work on shops of any size. */
const OPERATION_MOVES_PER_REPORT = 200_000;

/** The budget of a run in moves, never in time, and its one door for cancellation. */
export class Effort {
  iterations = 0;
  over: boolean;
  best = Number.POSITIVE_INFINITY;
  readonly bound: number;
  private readonly limit: number;
  private readonly pace: number;
  private steps = 0;
  private readonly onProgress: OnMakespanProgress | undefined;

  constructor(limit: number, bound: number, operations: number, onProgress: OnMakespanProgress | undefined) {
    this.limit = limit;
    this.over = limit <= 0;
    this.bound = bound;
    this.pace = Math.max(1, Math.ceil(OPERATION_MOVES_PER_REPORT / (operations + 50)));
    this.onProgress = onProgress;
  }

  /** Counts one move. */
  spend(): void {
    if (++this.iterations >= this.limit) this.over = true;
    if (++this.steps >= this.pace) this.report();
  }

  /** A step of other work than a move, of like length: counts for reports only. */
  breathe(): void {
    if (++this.steps >= this.pace) this.report();
  }

  found(makespan: number): void {
    if (makespan < this.best) this.best = makespan;
    if (this.best <= this.bound) this.over = true;
  }

  report(): void {
    this.steps = 0;
    const { iterations, best: makespan, bound } = this;
    if (this.onProgress?.({ iterations, makespan, bound }) === 'stop') this.over = true;
  }
}
