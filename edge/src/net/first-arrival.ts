import { rest } from './rest.ts';

/** Who sets a connection up sends or scans something now and looks; the host waits 25 s for the answer. */
const LOOK_MS = 20_000;

/** Waits for what a far side sends by itself, so that somebody who looks sees it. */
export class FirstArrival {
  readonly #arrived = Promise.withResolvers<void>();

  /** Something came, or nothing will come any more. */
  settle(): void {
    this.#arrived.resolve();
  }

  /** Resolves when it is settled or a person has waited long enough. */
  async wait(): Promise<void> {
    const over = new AbortController();
    await Promise.race([this.#arrived.promise, rest(LOOK_MS, over.signal)]);
    over.abort();
  }
}
