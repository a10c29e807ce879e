import type { MachineRecord } from '@millrace/contract';
import type { Reading } from './far-side/index.ts';

const MINUTE_MS = 60_000;
/** Minutes that may wait to be shown: what a floor plays at once, and a little. */
const MINUTES_MAX = 300;

/** A machine between the minutes that its model tells: pieces come one by one, and it stands when they are made. */
export class LiveMachine {
  #minutes: MachineRecord[] = [];
  /** Pieces and Wh before the first of the waiting minutes. */
  #pieces = 0;
  #energyWh = 0;
  /** Count since midnight of the minute played last. */
  #count = 0;
  #state: Reading['state'] = 'off';
  readonly #made = new Map<number, number>();

  /** Somebody else told of the minutes until now; so far the count had come. */
  beginAt(count: number): void {
    this.#count = count;
  }

  play(record: MachineRecord): void {
    const count = record.count ?? 0;
    const before = this.#count;
    // It falls at midnight only.
    this.#made.set(record.minute, count >= before ? count - before : count);
    this.#count = count;
    this.#minutes.push(record);
    if (this.#minutes.length > MINUTES_MAX) this.#pass();
  }

  /** What the controller shows at a domain instant; instants never go back. */
  readAt(instant: number): Reading {
    while (this.#minutes[0] !== undefined && this.#minutes[0].minute + MINUTE_MS <= instant) this.#pass();
    const [record] = this.#minutes;
    const intoS = record === undefined ? -1 : (instant - record.minute) / 1_000;
    if (record === undefined || intoS < 0)
      return { pieces: this.#pieces, state: this.#state, energyWh: this.#energyWh };
    const runningS = record.runningS ?? 0;
    const isRunning = intoS < runningS;
    const share = runningS > 0 ? Math.min(1, intoS / runningS) : 0;
    const rest = record.state === undefined || record.state === 'running' ? 'idle' : record.state;
    return {
      pieces: this.#pieces + Math.floor((this.#made.get(record.minute) ?? 0) * share),
      state: isRunning ? 'running' : rest,
      energyWh: this.#energyWh + Math.round((record.energyWh ?? 0) * (intoS / 60)),
    };
  }

  #pass(): void {
    const record = this.#minutes.shift();
    if (record === undefined) return;
    this.#pieces += this.#made.get(record.minute) ?? 0;
    this.#made.delete(record.minute);
    this.#energyWh += record.energyWh ?? 0;
    this.#state = record.state ?? 'unknown';
  }
}
