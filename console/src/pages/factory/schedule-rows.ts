import type { OrderOfWork, ScheduleOrder, SchedulePin, ScheduleWork, SiteSchedule } from '@millrace/contract';
import type { GanttRow, GanttSpan } from '../../ui/gantt-box.ts';

/** One operation on its machine, with what a person wants to know about it. */
export type WorkBar = GanttSpan &
  Readonly<{
    operationId: string;
    machineId: string;
    machineCode: string;
    /** The first piece; set-up lies before. */
    runFrom: number;
    work: ScheduleWork;
    order: ScheduleOrder;
    /** Of the whole order, past its promised finish, ms. */
    lateMs: number;
    pinned: boolean;
  }>;
/** Time of a machine that is not worked on, and why. */
export type ClosedSpan = GanttSpan & Readonly<{ kind: 'closed' | 'blocked' | 'held' }>;
export type WorkGantt = Readonly<{
  rows: readonly (GanttRow & { readonly machineId: string })[];
  bars: readonly WorkBar[];
  closed: readonly ClosedSpan[];
  from: number;
  to: number;
}>;

/** A little of the past, so that the line of now does not stick to the edge. */
const BEFORE_MS = 30 * 60_000;
const AFTER_MS = 6 * 3_600_000;

/** The machines of a site under each other, each with its work in one order of work or the other. */
export function workGantt(
  schedule: SiteSchedule,
  plan: OrderOfWork,
  pins: ReadonlyMap<string, SchedulePin>,
): WorkGantt {
  const shared = sharedPrefix(schedule.machines.map(({ code }) => code));
  const from = schedule.at - BEFORE_MS;
  const to = Math.max(schedule.at + 24 * 3_600_000, plan.figures.finish ?? 0) + AFTER_MS;
  const orders = new Map(schedule.orders.map((order) => [order.productionOrderId, order]));
  const works = new Map(schedule.work.map((work) => [work.operationId, work]));
  const late = new Map(plan.orders.map(({ productionOrderId, lateMs }) => [productionOrderId, lateMs]));
  const rowOf = new Map(schedule.machines.map(({ id }, row) => [id, row]));
  const bars = plan.operations.flatMap((placed): WorkBar[] => {
    const work = works.get(placed.operationId);
    const order = orders.get(work?.productionOrderId ?? '');
    const row = rowOf.get(placed.machineId);
    const machine = schedule.machines[row ?? -1];
    if (!work || !order || row === undefined || !machine) return [];
    return [
      {
        ...placed,
        row,
        machineCode: machine.code,
        work,
        order,
        lateMs: late.get(order.productionOrderId) ?? 0,
        pinned: pins.has(placed.operationId),
      },
    ];
  });
  return {
    rows: schedule.machines.map(({ id, code }) => ({
      machineId: id,
      label: code.slice(shared),
      first: true,
    })),
    bars,
    closed: schedule.machines.flatMap((machine, row): ClosedSpan[] => [
      ...gaps(machine.windows, schedule.at, to).map((gap) => ({ ...gap, row, kind: 'closed' as const })),
      ...machine.blocked.map((span) => ({ ...span, row, kind: 'blocked' as const })),
      ...machine.held.map((span) => ({ ...span, row, kind: 'held' as const })),
    ]),
    from,
    to,
  };
}

/** Length of what all codes begin with, up to a separator: in a narrow column it only hides what tells them apart. */
export function sharedPrefix(codes: readonly string[]): number {
  const [first = ''] = codes;
  if (codes.length < 2) return 0;
  let shared = 0;
  for (let length = 1; length < first.length; length++) {
    const prefix = first.slice(0, length);
    if (!codes.every((code) => code.startsWith(prefix) && code.length > length)) break;
    if (/[^\p{L}\p{N}]$/u.test(prefix)) shared = length;
  }
  return shared;
}

/** What lies between sorted, disjoint spans, from `from` to `to`. */
export function gaps(
  spans: readonly { readonly from: number; readonly to: number }[],
  from: number,
  to: number,
): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  let cursor = from;
  for (const span of spans) {
    if (span.from > cursor) found.push({ from: cursor, to: Math.min(span.from, to) });
    cursor = Math.max(cursor, span.to);
    if (cursor >= to) return found;
  }
  return cursor < to ? [...found, { from: cursor, to }] : found;
}

/** An order before and after: what the planner decides about. */
export type OrderChange = Readonly<{
  order: ScheduleOrder;
  before: number;
  after: number;
  /** Past the promise afterwards, ms. */
  lateMs: number;
  /** Later than promised and later than people know already: needs a second yes. */
  breaksPromise: boolean;
}>;

/** Differences that nobody would speak of. */
const SAME_MS = 60_000;

export function orderChanges(
  schedule: SiteSchedule,
  before: OrderOfWork,
  after: OrderOfWork,
): readonly OrderChange[] {
  const finishBefore = new Map(before.orders.map((one) => [one.productionOrderId, one.finish]));
  const finishAfter = new Map(after.orders.map((one) => [one.productionOrderId, one]));
  return schedule.orders.flatMap((order): OrderChange[] => {
    const then = finishAfter.get(order.productionOrderId);
    const first = finishBefore.get(order.productionOrderId);
    if (!then || first === undefined) return [];
    return [
      {
        order,
        before: first,
        after: then.finish,
        lateMs: then.lateMs,
        breaksPromise: then.finish > Math.max(order.promisedFinish, order.plannedFinish) + SAME_MS,
      },
    ];
  });
}

export const isLater = ({ before, after }: OrderChange): boolean => after > before + SAME_MS;
export const isEarlier = ({ before, after }: OrderChange): boolean => after < before - SAME_MS;
