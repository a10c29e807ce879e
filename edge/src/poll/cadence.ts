/**
 * Runs `beat` at start, start + period, start + 2·period …: a late beat does not move those after it, and one that takes longer
 * than the period skips the beats it has missed instead of piling them up.
 */
export class Cadence {
  readonly #periodMs: number;
  readonly #beat: () => Promise<void>;
  readonly #skipped: (beats: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  /** Monotonic: a corrected wall clock neither stops the polling nor makes it race. */
  #dueMs = 0;

  /** @param beat must not reject; @param skipped is told how many beats were missed. */
  constructor(periodMs: number, beat: () => Promise<void>, skipped: (beats: number) => void) {
    this.#periodMs = periodMs;
    this.#beat = beat;
    this.#skipped = skipped;
  }

  start(): void {
    this.#dueMs = performance.now();
    void this.#run();
  }

  /** No beat begins after it; one under way ends by itself. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    if (this.#stopped) return;
    await this.#beat();
    if (this.#stopped) return;
    const lateMs = performance.now() - this.#dueMs;
    const missed = Math.floor(lateMs / this.#periodMs);
    if (missed > 0) this.#skipped(missed);
    this.#dueMs += (missed + 1) * this.#periodMs;
    this.#timer = setTimeout(() => void this.#run(), Math.max(0, this.#dueMs - performance.now()));
  }
}
