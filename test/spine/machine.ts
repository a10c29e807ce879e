import type { MachineRecord, MachineWork } from '@millrace/contract';

const MINUTE_MS = 60_000;

/** A machine that does what it is told, minute by minute, and counts since its own midnight. */
export class TestMachine {
  readonly code: string;
  /** Broken: stands still and says so. */
  stopped = false;
  private readonly zone: Intl.DateTimeFormat;
  private count = 0;
  private day = '';
  private readonly made = new Map<string, number>();

  constructor(code: string, timeZone: string) {
    this.code = code;
    this.zone = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  }

  /** `work`: what the platform has for this machine, in plan order. */
  minute(at: number, work: readonly MachineWork[]): MachineRecord {
    const day = this.zone.format(at);
    if (day !== this.day) this.count = 0;
    this.day = day;
    const current = this.stopped
      ? undefined
      : work.find((one) => one.plannedStart <= at && this.left(one) > 0);
    if (!current) {
      const state = this.stopped ? 'down' : 'idle';
      return { machine: this.code, minute: at, runningS: 0, count: Math.floor(this.count), state };
    }
    const pieces = Math.min(this.left(current), current.ratePerHour / 60);
    this.count += pieces;
    this.made.set(current.operationId, (this.made.get(current.operationId) ?? 0) + pieces);
    return {
      machine: this.code,
      minute: at,
      runningS: 60,
      count: Math.floor(this.count + 1e-6),
      state: 'running',
    };
  }

  private left({ operationId, quantity }: MachineWork): number {
    return quantity - (this.made.get(operationId) ?? 0);
  }
}

export const minuteOf = (at: number): number => at - (at % MINUTE_MS);
