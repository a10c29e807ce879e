import type { MachineState } from '@millrace/contract';
import type { DutySpan } from './fixture.ts';
import type { SimMachine } from './network.ts';
import type { Random } from './random.ts';

/** Work given to a machine by the platform: one sub-lot. */
export interface Work {
  readonly operationId: string;
  readonly itemId: string;
  readonly quantity: number;
  readonly ratePerHour: number;
  readonly setUpMinutes: number;
  readonly plannedStart: number;
}
/** One minute of one machine, as its controller tells it. */
export interface Minute {
  readonly runningS: number;
  readonly count: number;
  readonly state: MachineState;
  readonly energyWh: number;
}

/** What a machine does minute by minute: shifts, set-ups, breakdowns, drift. Deterministic for its seed and its work. */
export class MachineModel {
  readonly machine: SimMachine;
  private readonly random: Random;
  private readonly duty: readonly DutySpan[];
  /** Pieces since local midnight, with the fraction of the piece in the machine. */
  private count: number;
  private day = '';
  /** Good pieces made of each operation; forgotten when it leaves the work list. */
  private readonly made = new Map<string, number>();
  private setUpLeftMin = 0;
  private lastItem = '';
  private downLeftMin = 0;
  private runningHoursToBreak: number;
  private dutySecond = 0;
  private drift = 1;

  constructor(machine: SimMachine, random: Random, duty: readonly DutySpan[], countToday = 0) {
    this.machine = machine;
    this.random = random;
    this.duty = duty;
    this.count = countToday;
    this.runningHoursToBreak = machine.mtbfHours * random.exponential();
  }

  /** `work` in plan order; `onShift` by the site's calendar; `day` is the site's local day. */
  tick(minute: number, day: string, onShift: boolean, work: readonly Work[]): Minute {
    if (day !== this.day) {
      if (this.day !== '') this.count = 0;
      this.day = day;
      // Tools wear and are changed: the speed wanders a little from day to day.
      this.drift = Math.min(1.05, Math.max(0.9, this.drift + this.random.between(-0.02, 0.02)));
    }
    if (this.downLeftMin > 0) {
      this.downLeftMin--;
      return this.say('down', 0, 20);
    }
    if (!onShift) return this.say('off', 0, 2);
    const current = work.find((one) => one.plannedStart <= minute && this.left(one) > 0);
    return current ? this.make(current) : this.say('idle', 0, 180);
  }

  /** Pieces of this operation that the machine has made; the rest is on the list. */
  madeOf(operationId: string): number {
    return Math.floor(this.made.get(operationId) ?? 0);
  }

  /** What the platform has booked may be ahead after a restart of the simulator. */
  adopt(operationId: string, good: number): void {
    if (!this.made.has(operationId)) this.made.set(operationId, good);
  }

  forgetAllBut(operationIds: ReadonlySet<string>): void {
    for (const id of this.made.keys()) if (!operationIds.has(id)) this.made.delete(id);
  }

  private left(work: Work): number {
    return work.quantity - (this.made.get(work.operationId) ?? 0);
  }

  private make(work: Work): Minute {
    if (this.lastItem !== work.itemId) {
      this.lastItem = work.itemId;
      this.setUpLeftMin = work.setUpMinutes;
    }
    if (this.setUpLeftMin > 0) {
      this.setUpLeftMin--;
      return this.say('setup', 0, 400);
    }
    this.runningHoursToBreak -= 1 / 60;
    if (this.runningHoursToBreak <= 0) return this.breakDown();
    const runningS = this.machine.recordedDuty ? this.dutyRunningS() : 60;
    const pace =
      (work.ratePerHour / 3600) * this.machine.speed * this.drift * this.random.between(0.96, 1.03);
    const pieces = Math.min(this.left(work), pace * runningS);
    this.count += pieces;
    this.made.set(work.operationId, (this.made.get(work.operationId) ?? 0) + pieces);
    return this.say(runningS >= 30 ? 'running' : 'idle', runningS, 180 + runningS * 12);
  }

  private breakDown(): Minute {
    this.runningHoursToBreak = this.machine.mtbfHours * this.random.exponential();
    this.downLeftMin = Math.round(this.machine.mttrHours * 60 * this.random.exponential());
    return this.say('down', 0, 20);
  }

  /** Seconds of the next minute in which the recorded machining center was cutting. */
  private dutyRunningS(): number {
    const cycle = this.duty.reduce((total, span) => total + span.seconds, 0);
    let running = 0;
    for (let second = 0; second < 60; second++) {
      let at = (this.dutySecond + second) % cycle;
      const span = this.duty.find((one) => {
        at -= one.seconds;
        return at < 0;
      });
      if (span?.active) running++;
    }
    this.dutySecond = (this.dutySecond + 60) % cycle;
    return running;
  }

  private say(state: MachineState, runningS: number, energyWh: number): Minute {
    // A fraction of a piece is not counted until it is whole.
    return { runningS, state, count: Math.floor(this.count + 1e-9), energyWh: Math.round(energyWh) };
  }
}
