/** Where a run is; told every few milliseconds of work. */
export interface MatchProgress {
  readonly phase: 'construct' | 'bound' | 'improve' | 'explain';
  /** Lines placed, rounds of tightening the bound or of improvement, or lines explained, of `of`. */
  readonly done: number;
  readonly of: number;
  /** Points of the best plan so far; undefined until there is a complete one. */
  readonly objective: number | undefined;
  /** No plan has fewer points. */
  readonly lowerBound: number;
}

/** `stop` ends the run at once with the best plan so far; a line without a place yet is unplaced in it. */
export type OnMatchProgress = (progress: MatchProgress) => 'stop' | undefined;

/** Beats of work (a line placed, a round) between two calls: some milliseconds, and the call itself costs nothing. */
const BEATS_PER_CALL = 32;

/** More work cannot win more than this share of the points: not worth its time. */
const GOOD_ENOUGH_GAP = 0.002;

/** Tells how far a run is and hears whether it shall go on. */
export class Pulse {
  private readonly listen: OnMatchProgress | undefined;
  private phase: MatchProgress['phase'] = 'construct';
  private done = 0;
  private of = 0;
  objective: number | undefined;
  lowerBound = 0;
  isStopped = false;

  constructor(listen: OnMatchProgress | undefined) {
    this.listen = listen;
  }

  isGoodEnough(objective: number): boolean {
    return objective <= this.lowerBound * (1 + GOOD_ENOUGH_GAP);
  }

  begin(phase: MatchProgress['phase'], of: number): void {
    this.phase = phase;
    this.of = of;
    this.done = 0;
  }

  /** True when the run shall end. */
  beat(): boolean {
    return ++this.done % BEATS_PER_CALL === 0 ? this.tell() : this.isStopped;
  }

  /** The same for work of some milliseconds at once. */
  longBeat(): boolean {
    this.done++;
    return this.tell();
  }

  private tell(): boolean {
    if (!this.listen || this.isStopped) return this.isStopped;
    const { phase, done, of, objective, lowerBound } = this;
    this.isStopped = this.listen({ phase, done, of, objective, lowerBound }) === 'stop';
    return this.isStopped;
  }
}
