import type { OrderFile } from '@millrace/engine';

// The scripts whose figures ../shared/data/README.md gives, written again so that their weighted tardiness is known
// too; they share no code with the engine.

/** What a plan is worth, whoever made it. */
export interface OrderOutcome {
  readonly late: number;
  /** By the file's priority: 1 (highest), 2, 3. */
  readonly lateByPriority: readonly [number, number, number];
  /** Hours late times 4, 2, 1 for priority 1, 2, 3. */
  readonly weightedTardinessH: number;
}

export interface Baseline {
  readonly name: string;
  readonly run: (file: OrderFile) => OrderOutcome;
}

export const BASELINES: readonly Baseline[] = [
  { name: 'backward then forward', run: (file) => new Shop(file).run('priority', 'backward') },
  { name: 'the same split in two', run: (file) => new Shop(file).run('priority', 'backward-split') },
  { name: 'forward by due date', run: (file) => new Shop(file).run('due', 'forward') },
  { name: 'forward by priority', run: (file) => new Shop(file).run('priority', 'forward') },
];

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;
const SET_UP_S = 1_800;
const PER_PIECE_S = 60;
const WEIGHT_OF_PRIORITY = [0, 4, 2, 1] as const;

/** Counts orders by what they miss; instants in seconds from the file's `now`. */
export class OutcomeTally {
  private readonly late: [number, number, number] = [0, 0, 0];
  private weightedS = 0;

  add(priority: number, endS: number, dueS: number): void {
    if (endS <= dueS) return;
    const at = Math.min(3, Math.max(1, priority)) as 1 | 2 | 3;
    this.late[at - 1] = (this.late[at - 1] ?? 0) + 1;
    this.weightedS += (endS - dueS) * WEIGHT_OF_PRIORITY[at];
  }

  outcome(): OrderOutcome {
    const [one, two, three] = this.late;
    return {
      late: one + two + three,
      lateByPriority: [one, two, three],
      weightedTardinessH: this.weightedS / HOUR_S,
    };
  }
}

/** Working seconds since the Monday before `now`: the shift is Monday to Friday, 08:00 to 17:00. */
class ShiftClock {
  private readonly startS: number;
  private readonly isRoundTheClock: boolean;
  private static readonly SHIFT_S = 9 * HOUR_S;
  private static readonly OPENS_S = 8 * HOUR_S;

  constructor(file: OrderFile) {
    const now = new Date(`${file.now}Z`);
    const midnightMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
    this.startS = ((now.getUTCDay() + 6) % 7) * DAY_S + (now.getTime() - midnightMs) / 1_000;
    this.isRoundTheClock = file.shift === 0;
  }

  toWork(sinceNowS: number): number {
    if (this.isRoundTheClock) return sinceNowS;
    const clockS = this.startS + sinceNowS;
    const day = Math.floor(clockS / DAY_S);
    const weekday = day % 7;
    const whole = (Math.floor(day / 7) * 5 + Math.min(weekday, 5)) * ShiftClock.SHIFT_S;
    if (weekday >= 5) return whole;
    return whole + Math.min(Math.max(clockS - day * DAY_S - ShiftClock.OPENS_S, 0), ShiftClock.SHIFT_S);
  }

  /** When work that ends there ends, in seconds from `now`. */
  toClock(workS: number): number {
    if (this.isRoundTheClock) return workS;
    const day = Math.max(0, Math.ceil(workS / ShiftClock.SHIFT_S) - 1);
    const clockS = (Math.floor(day / 5) * 7 + (day % 5)) * DAY_S + ShiftClock.OPENS_S;
    return clockS + workS - day * ShiftClock.SHIFT_S - this.startS;
  }
}

interface Placed {
  readonly machines: readonly number[];
  readonly starts: readonly number[];
  readonly length: number;
  readonly start: number;
  readonly end: number;
}

type Route = readonly number[];

class Shop {
  private readonly file: OrderFile;
  private readonly clock: ShiftClock;
  private readonly now: number;
  /** By machine: busy working time, sorted; two lists of the same length. */
  private readonly starts: number[][];
  private readonly ends: number[][];

  constructor(file: OrderFile) {
    this.file = file;
    this.clock = new ShiftClock(file);
    this.now = this.clock.toWork(0);
    this.starts = Array.from({ length: file.F * file.M }, () => []);
    this.ends = Array.from({ length: file.F * file.M }, () => []);
  }

  run(order: 'due' | 'priority', mode: 'forward' | 'backward' | 'backward-split'): OrderOutcome {
    const tally = new OutcomeTally();
    const byPriority = order === 'priority' ? 1 : 0;
    const orders = [...this.file.orders].sort(
      (a, b) => byPriority * (a[3] - b[3]) || a[2] - b[2] || a[0] - b[0],
    );
    for (const [, quantity, dueS, priority, product] of orders) {
      const routes = this.file.alts[product] ?? [];
      const dueWork = this.clock.toWork(dueS);
      const end =
        (mode === 'forward' ? undefined : this.inTime(routes, [quantity], dueWork)) ??
        (mode === 'backward-split' ? this.inTime(routes, halves(quantity), dueWork) : undefined) ??
        this.soonest(routes, quantity);
      tally.add(priority, this.clock.toClock(end), dueS);
    }
    return tally.outcome();
  }

  /** All parts backward from the due date, each where it starts latest; all or nothing. */
  private inTime(
    routes: readonly Route[],
    quantities: readonly number[],
    dueWork: number,
  ): number | undefined {
    const done: Placed[] = [];
    for (const quantity of quantities) {
      let best: Placed | undefined;
      for (const route of routes) {
        const placed = this.backward(route, SET_UP_S + PER_PIECE_S * quantity, dueWork);
        if (placed && (!best || placed.start > best.start)) best = placed;
      }
      if (!best) {
        for (const placed of done) this.free(placed);
        return undefined;
      }
      this.book(best);
      done.push(best);
    }
    return Math.max(...done.map(({ end }) => end));
  }

  private soonest(routes: readonly Route[], quantity: number): number {
    let best: Placed | undefined;
    for (const route of routes) {
      const placed = this.forward(route, SET_UP_S + PER_PIECE_S * quantity);
      if (!best || placed.end < best.end) best = placed;
    }
    if (!best) return Number.POSITIVE_INFINITY;
    this.book(best);
    return best.end;
  }

  private forward(route: Route, length: number): Placed {
    const machines = this.machinesOf(route);
    let at = this.now;
    const found: number[] = [];
    for (const machine of machines) {
      const starts = this.starts[machine] ?? [];
      const ends = this.ends[machine] ?? [];
      for (let i = firstAbove(ends, at); i < starts.length; i++) {
        if ((starts[i] ?? 0) >= at + length) break;
        at = Math.max(at, ends[i] ?? 0);
      }
      found.push(at);
      at += length;
    }
    return { machines, starts: found, length, start: found[0] ?? at, end: at };
  }

  private backward(route: Route, length: number, dueWork: number): Placed | undefined {
    const machines = this.machinesOf(route);
    let until = dueWork;
    const found: number[] = [];
    for (const machine of [...machines].reverse()) {
      const starts = this.starts[machine] ?? [];
      const ends = this.ends[machine] ?? [];
      for (let i = firstAbove(starts, until - 1) - 1; i >= 0; i--) {
        if ((ends[i] ?? 0) <= until - length) break;
        until = Math.min(until, starts[i] ?? 0);
      }
      until -= length;
      if (until < this.now) return undefined;
      found.unshift(until);
    }
    return { machines, starts: found, length, start: until, end: (found.at(-1) ?? until) + length };
  }

  private machinesOf([factory, ...steps]: Route): readonly number[] {
    return steps.map((machine) => (factory ?? 0) * this.file.M + machine);
  }

  private book({ machines, starts, length }: Placed): void {
    machines.forEach((machine, step) => {
      const start = starts[step] ?? 0;
      const at = firstAbove(this.starts[machine] ?? [], start);
      this.starts[machine]?.splice(at, 0, start);
      this.ends[machine]?.splice(at, 0, start + length);
    });
  }

  private free({ machines, starts }: Placed): void {
    machines.forEach((machine, step) => {
      const at = this.starts[machine]?.indexOf(starts[step] ?? -1) ?? -1;
      this.starts[machine]?.splice(at, 1);
      this.ends[machine]?.splice(at, 1);
    });
  }
}

function halves(quantity: number): readonly number[] {
  return quantity < 2 ? [quantity] : [Math.floor(quantity / 2), quantity - Math.floor(quantity / 2)];
}

/** Position of the first value > x; whole seconds, so x − 1 asks for ≥ x. */
function firstAbove(sorted: readonly number[], x: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) > x) high = middle;
    else low = middle + 1;
  }
  return low;
}
