import {
  type Allocation,
  advance,
  type BlockedInterval,
  createPlanIndex,
  type LineSnapshot,
  overlaps,
  type PlanIndex,
  type PromiseOption,
  promise,
  replan,
  type Snapshot,
  type SubLot,
  verifyPlan,
  workingMs,
} from '@millrace/engine';
import { type OnlineOutcome, outcomeOf, promisedDate } from './online-outcome.ts';
import type { Arrival, Breakdown, OnlineWorld } from './online-world.ts';

const HOUR_MS = 3_600_000;
/** Work is laid so that it arrives this much before the date, where there is room: two mean repairs. */
const SAFETY_MS = 12 * HOUR_MS;
/** Lines that may be moved to make room for one that would be late. */
const MOST_MOVED = 24;
const ROUNDS = 200;

interface Order {
  readonly asked: LineSnapshot;
  /** The same with the promised date as its due date: what re-plans have to keep. */
  line: LineSnapshot;
  planned: readonly Allocation[];
  arrivedMs: number;
}

/** A sub-lot that has begun: it stays, and breakdowns make it longer. */
interface Running {
  readonly machineId: string;
  startMs: number;
  endMs: number;
  readonly order: Order;
  readonly wayMs: number;
}

export interface OnlineRun extends OnlineOutcome {
  readonly replans: number;
  readonly violations: number;
}

/** Promises through `promise`, breakdowns and rushes through `replan`, as the platform does it; nothing of the future is known. */
export function simulateOnline(world: OnlineWorld): OnlineRun {
  const events: readonly (Arrival | Breakdown)[] = [...world.arrivals, ...world.breakdowns].sort(
    (a, b) => timeOf(a) - timeOf(b),
  );
  const shop = new Shop(world.network);
  for (const event of events) {
    shop.begin(timeOf(event));
    if ('line' in event) shop.order(event.line);
    else shop.breakDown(event);
  }
  shop.begin(world.network.horizonEndMs);
  return shop.outcome();
}

function timeOf(event: Arrival | Breakdown): number {
  return 'line' in event ? event.atMs : event.startMs;
}

class Shop {
  private readonly network: Snapshot;
  private readonly orders: Order[] = [];
  private open: Order[] = [];
  private running: Running[] = [];
  private readonly blocked = new Map<string, BlockedInterval[]>();
  private index: PlanIndex;
  private nowMs: number;
  private replans = 0;
  private violations = 0;

  constructor(network: Snapshot) {
    this.network = { ...network, safetyMs: SAFETY_MS };
    this.nowMs = network.nowMs;
    this.index = createPlanIndex(this.network);
  }

  /** The clock moves on: what starts before is under way. */
  begin(nowMs: number): void {
    this.nowMs = nowMs;
    this.running = this.running.filter(({ endMs }) => endMs > nowMs);
    for (const order of this.open) {
      if (order.planned.every(({ startMs }) => startMs > nowMs)) continue;
      for (const allocation of order.planned) {
        if (allocation.startMs > nowMs) continue;
        const wayMs = allocation.arriveMs - allocation.finishMs;
        order.arrivedMs = Math.max(order.arrivedMs, allocation.arriveMs);
        for (const { machineId, startMs, endMs } of allocation.subLots) {
          this.running.push({ machineId, startMs, endMs, order, wayMs });
        }
      }
      order.planned = order.planned.filter(({ startMs }) => startMs > nowMs);
    }
    this.open = this.open.filter(({ planned }) => planned.length > 0);
  }

  order(asked: LineSnapshot): void {
    const { options } = promise(this.index, asked, { nowMs: this.nowMs });
    const order: Order = { asked, line: asked, planned: [], arrivedMs: 0 };
    this.orders.push(order);
    const best = chosen(options);
    if (best && !best.inTime && this.makeRoom(order)) return;
    if (!best) {
      order.arrivedMs = this.network.horizonEndMs;
      return;
    }
    this.index.reserve(best.allocations.flatMap(({ subLots }) => subLots));
    this.promise(order, best.allocations, best.arriveMs);
  }

  /** Others move, as far as what was promised to them stays true, so that this one can be in time. */
  private makeRoom(order: Order): boolean {
    const sites = new Set(
      this.network.capabilities.flatMap(({ itemId, siteId }) =>
        itemId === order.asked.itemId ? [siteId] : [],
      ),
    );
    const movable = this.open
      .filter(
        ({ planned, line }) =>
          planned.some((one) => sites.has(one.siteId) && one.startMs < order.asked.dueMs) &&
          line.dueMs > order.asked.dueMs,
      )
      .sort((a, b) => b.line.dueMs - a.line.dueMs || (a.asked.id < b.asked.id ? -1 : 1))
      .slice(0, MOST_MOVED);
    if (movable.length === 0) return false;
    const moved = new Map([...movable, order].map((one) => [one.asked.id, one]));
    const snapshot = this.snapshot([...this.open, order]);
    const current = this.open.flatMap(({ planned }) => planned);
    const result = replan(
      snapshot,
      current,
      { lineIds: [...moved.keys()] },
      { explain: false, rounds: ROUNDS },
    );
    this.replans++;
    if (result.plan.unplaced.length > 0 || result.plan.allocations.some(({ lateMs }) => lateMs > 0))
      return false;
    this.adopt(result.plan.allocations, [...moved.values()]);
    const mine = order.planned;
    this.promise(
      order,
      mine,
      mine.reduce((last, { arriveMs }) => Math.max(last, arriveMs), 0),
    );
    return true;
  }

  breakDown({ machineId, startMs, endMs }: Breakdown): void {
    const spells = this.blocked.get(machineId) ?? [];
    this.blocked.set(machineId, [...spells, { startMs, endMs, kind: 'breakdown' }]);
    this.prolong(machineId, startMs, endMs);
    const hit = this.open.filter(({ planned }) =>
      planned.some((one) => one.subLots.some((lot) => this.isTaken(lot))),
    );
    const current = this.open.flatMap(({ planned }) => planned);
    const snapshot = this.snapshot(this.open);
    const disturbance = { lineIds: hit.map(({ asked }) => asked.id) };
    const result = replan(snapshot, current, disturbance, { explain: false, rounds: ROUNDS });
    this.replans++;
    const allocations = [...result.kept, ...result.plan.allocations];
    this.violations += verifyPlan(snapshot, { allocations, unplaced: result.plan.unplaced }).length;
    const touched = new Set(result.moves.map(({ lineId }) => lineId));
    for (const order of this.open) {
      if (!touched.has(order.asked.id)) continue;
      order.planned = allocations.filter(({ lineId }) => lineId === order.asked.id);
    }
    for (const { lineId } of result.plan.unplaced) {
      const order = this.open.find(({ asked }) => asked.id === lineId);
      if (order) order.arrivedMs = this.network.horizonEndMs;
    }
    this.index = createPlanIndex({ ...snapshot, lines: [] });
    for (const { planned } of this.open) for (const { subLots } of planned) this.index.force(subLots);
  }

  /** What is under way on the machine goes on after the repair; what has begun elsewhere of the same order does not wait. */
  private prolong(machineId: string, fromMs: number, untilMs: number): void {
    const windows =
      this.network.calendars[this.network.machines.find(({ id }) => id === machineId)?.calendarId ?? ''] ??
      [];
    let cursorMs = untilMs;
    const here = this.running
      .filter((lot) => lot.machineId === machineId)
      .sort((a, b) => a.startMs - b.startMs);
    for (const lot of here) {
      const restMs = workingMs(windows, Math.max(lot.startMs, fromMs), lot.endMs);
      lot.endMs = advance(windows, cursorMs, restMs) ?? this.network.horizonEndMs;
      lot.startMs = Math.min(lot.startMs, lot.endMs);
      cursorMs = lot.endMs;
      lot.order.arrivedMs = Math.max(lot.order.arrivedMs, lot.endMs + lot.wayMs);
    }
  }

  private isTaken(lot: SubLot): boolean {
    return this.running.some((other) => other.machineId === lot.machineId && overlaps(other, lot));
  }

  private snapshot(orders: readonly Order[]): Snapshot {
    const machines = this.network.machines.map((machine) => ({
      ...machine,
      blocked: (this.blocked.get(machine.id) ?? []).filter(({ endMs }) => endMs > this.nowMs),
      fixed: this.running.flatMap(({ machineId, startMs, endMs }) =>
        machineId === machine.id ? [{ startMs, endMs }] : [],
      ),
    }));
    const lines = orders.map(({ line, planned }): LineSnapshot => {
      const quantity = planned.reduce((sum, one) => sum + one.quantity, 0);
      return quantity > 0 ? { ...line, quantity } : line;
    });
    return { ...this.network, nowMs: this.nowMs, machines, lines };
  }

  private adopt(allocations: readonly Allocation[], orders: readonly Order[]): void {
    for (const { planned } of orders) for (const { subLots } of planned) this.index.release(subLots);
    for (const order of orders) {
      order.planned = allocations.filter(({ lineId }) => lineId === order.asked.id);
      for (const { subLots } of order.planned) this.index.force(subLots);
    }
  }

  private promise(order: Order, planned: readonly Allocation[], arriveMs: number): void {
    order.line = { ...order.asked, dueMs: promisedDate(order.asked.dueMs, arriveMs) };
    order.planned = planned.map((one) => ({ ...one, lateMs: Math.max(0, one.arriveMs - order.line.dueMs) }));
    this.open.push(order);
  }

  outcome(): OnlineRun {
    const orders = this.orders.map(({ asked, line, arrivedMs }) => ({
      line: asked,
      promisedMs: line.dueMs,
      arrivedMs,
    }));
    return { ...outcomeOf(orders), replans: this.replans, violations: this.violations };
  }
}

/** As early as it gets: at high load an hour that nobody works is never got back. */
function chosen(options: readonly PromiseOption[]): PromiseOption | undefined {
  return [...options].sort((a, b) => a.arriveMs - b.arriveMs || a.costMinor - b.costMinor)[0];
}
