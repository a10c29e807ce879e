import type { Sample } from '../driver/index.ts';

/** Clocks that differ by no more tell the same minute, but for its edges. */
const CLOCKS_AGREE_MS = 10_000;
/** After the last kept value the minutes wait so long for more of them, or for what is true now. */
const MORE_MS = 10_000;
/** Older than that a kept value counts in the first minute of this span: of so many minutes each machine keeps a page. */
export const HISTORY_MAX_MS = 86_400_000;

/** Milliseconds between a connection's source and the gateway, by the last change that was told live. */
export type SourceLags = Readonly<Record<string, number>>;

/**
 * Values that a source kept while nobody listened, on their way into the minutes in which they happened. A source whose
 * clock is wrong must not fill wrong minutes: what it kept is believed only if the difference of the clocks that the driver
 * reckoned with is the one that its live values showed.
 */
export class History {
  readonly #lags: Map<string, number>;
  /** When no more of it is waited for. */
  #until = Number.NEGATIVE_INFINITY;

  constructor(lags: SourceLags | undefined) {
    this.#lags = new Map(Object.entries(lags ?? {}));
  }

  get lags(): SourceLags {
    return Object.fromEntries(this.#lags);
  }

  /** A change of a known value was told live: its age is the difference of the clocks, and the way. */
  compare(connection: string, lagMs: number): void {
    this.#lags.set(connection, lagMs);
  }

  /** When a kept value happened by the gateway's clock; undefined when that cannot be believed. */
  place(
    connection: string,
    { at, historyAt }: Pick<Sample, 'at' | 'historyAt'>,
    now: number,
  ): number | undefined {
    if (historyAt === undefined || historyAt > now + CLOCKS_AGREE_MS) return undefined;
    const lag = this.#lags.get(connection);
    if (lag !== undefined && Math.abs(lag - (historyAt - at)) > CLOCKS_AGREE_MS) return undefined;
    return Math.max(now - HISTORY_MAX_MS, Math.min(historyAt, now));
  }

  /** One was put into its minute. */
  open(now: number): void {
    this.#until = now + MORE_MS;
  }

  /** More of it may come. A clock that was set back must not keep the minutes waiting. */
  isOpen(now: number): boolean {
    return now < this.#until && this.#until <= now + MORE_MS;
  }

  end(): void {
    this.#until = Number.NEGATIVE_INFINITY;
  }

  /** The same machine with another configuration goes on with it. */
  takeOver(before: History): void {
    this.#until = before.#until;
  }
}
