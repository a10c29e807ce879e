import type { Sample } from '../../driver/index.ts';
import type { NodeValue } from './subscription.ts';
import { CLOCK_EARLIEST_MS } from './value.ts';

/** Values that arrive while a repaired connection is being looked at; more than that is a new beginning. */
const HELD_MAX = 100_000;
/** After a repair the server sends its queues at once; what changed since then is of the present. */
const QUEUE_COMES_MS = 5_000;
/** Messages take some time on their way: so little says nothing of a clock. */
const CLOCKS_AGREE_MS = 2_000;

/** A connection that is being repaired or was, and what the server queued meanwhile. Times are epoch ms by the gateway's clock. */
export class Repair {
  /** Defined while it is under way. */
  #held: NodeValue[] | undefined;
  #endedAt = Number.NEGATIVE_INFINITY;
  /** Of the server's clock against ours, ms. */
  #clockMs = 0;

  get isUnderWay(): boolean {
    return this.#held !== undefined;
  }

  begin(): void {
    this.#held = [];
  }

  /** Keeps values until it is certain that it is the same server with the same nodes; false when they are too many. */
  hold(values: readonly NodeValue[]): boolean {
    if (this.#held === undefined || this.#held.length + values.length > HELD_MAX) return false;
    this.#held.push(...values);
    return true;
  }

  /** Gives what was held. */
  end(now: number): readonly NodeValue[] {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#endedAt = now;
    return held;
  }

  /** The connection is lost: there is nothing to repair. */
  giveUp(): void {
    this.#held = undefined;
  }

  /** A message came that the server sent then by its clock. What comes in a repair was sent before. */
  heard(publishedAt: Date | null, now: number): void {
    const at = publishedAt?.getTime() ?? 0;
    // Servers that do not say it send the first instant of the protocol, in 1601.
    if (at < CLOCK_EARLIEST_MS || this.isUnderWay) return;
    const clockMs = at - now;
    this.#clockMs = Math.abs(clockMs) > CLOCKS_AGREE_MS ? clockMs : 0;
  }

  /** What was queued at the server comes with the repair or just after it, and happened before. */
  placed(sample: Sample, now: number): Sample {
    const historyAt = sample.at - this.#clockMs;
    const isKept = now - this.#endedAt < QUEUE_COMES_MS && historyAt < this.#endedAt;
    return isKept ? { ...sample, historyAt } : sample;
  }
}
