import { setTimeout as pause } from 'node:timers/promises';

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
    const waited = pause(LOOK_MS, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([this.#arrived.promise, waited]);
    over.abort();
  }
}
