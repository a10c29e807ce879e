import type { Interval } from '../../interval/interval.ts';
import { normalize } from '../../interval/interval.ts';
import { ATTENDED, PIN, type ShopModel } from './shop-model.ts';
import type {
  JobOutcome,
  LateJob,
  LateStep,
  ScheduledOperation,
  ShopSchedule,
  WaitedFor,
} from './shop-schedule.ts';
import { BOUND, type ShopState } from './shop-state.ts';
import type { Timing } from './timing.ts';

/** Nobody reads a longer chain, and a thousand late jobs must not print the whole shop each. */
const MOST_STEPS = 30;

const WAITED_FOR: Readonly<Record<number, WaitedFor>> = {
  [BOUND.nothing]: 'calendar',
  [BOUND.before]: 'operation-before',
  [BOUND.machine]: 'machine',
  [BOUND.tool]: 'tool',
  [BOUND.seat]: 'operator',
  [BOUND.release]: 'release',
  [BOUND.fence]: 'fence',
  [BOUND.pin]: 'lock',
};

/** The state in the words of the trade, instants absolute again. */
export function readSchedule(
  state: ShopState,
  timing: Timing,
  alone: Float64Array,
): Pick<ShopSchedule, 'siteId' | 'operations' | 'jobs' | 'late' | 'slippedOperationIds'> {
  const { model } = state;
  const operations = model.operations.map((_, operation) => readOperation(state, timing, operation));
  const jobs: JobOutcome[] = [];
  const late: LateJob[] = [];
  model.shop.jobs.forEach((job, index) => {
    const last = (model.jobFirst[index + 1] as number) - 1;
    const due = model.jobDue[index] as number;
    const finish = state.end[last] as number;
    const tardinessMs = Math.max(0, finish - due);
    jobs.push({ jobId: job.id, finishMs: model.shop.nowMs + finish, tardinessMs });
    if (tardinessMs === 0) return;
    const unavoidableMs = Math.max(0, (alone[last] as number) - due);
    late.push({ jobId: job.id, tardinessMs, unavoidableMs, steps: bindingChain(state, timing, last) });
  });
  const slippedOperationIds = model.operations
    .filter(
      (_, operation) =>
        model.pin[operation] === PIN.frozen &&
        (state.start[operation] as number) !== (model.toldMs[operation] as number),
    )
    .map(({ id }) => id);
  return { siteId: model.shop.siteId, operations, jobs, late, slippedOperationIds };
}

function readOperation(state: ShopState, timing: Timing, operation: number): ScheduledOperation {
  const { model } = state;
  const { shop, resources } = model;
  const origin = shop.nowMs;
  const machine = state.machineOf(operation);
  const seatLine = state.seatLine[operation] as number;
  const toolLine = state.toolLine[operation] as number;
  const leader = state.leader[operation] as number;
  const setUpStart = state.setUpStart[operation] as number;
  const setUpEnd = state.setUpEnd[operation] as number;
  const start = state.start[operation] as number;
  const end = state.end[operation] as number;
  const working: Interval[] = [];
  const setUpCalendar = timing.calendarOf(machine, operation, seatLine, ATTENDED.setUp);
  const runCalendar = timing.calendarOf(machine, operation, seatLine, ATTENDED.whole);
  resources.calendars.collect(setUpCalendar, setUpStart, setUpEnd, origin, working);
  resources.calendars.collect(runCalendar, start, end, origin, working);
  return {
    operationId: idOf(model, operation),
    jobId: shop.jobs[model.jobOf[operation] as number]?.id ?? '',
    machineId: shop.machines[machine]?.id ?? '',
    setUpStartMs: origin + setUpStart,
    setUpEndMs: origin + setUpEnd,
    startMs: origin + start,
    endMs: origin + end,
    working: normalize(working),
    ...(seatLine < 0 ? {} : { operatorSeat: seatLine - (model.seatFrom[operation] as number) }),
    ...(toolLine < 0 ? {} : { toolUnit: toolLine - (model.toolFrom[operation] as number) }),
    ...(leader === operation && (state.memberAfter[operation] as number) < 0
      ? {}
      : { batchId: idOf(model, leader) }),
  };
}

function bindingChain(state: ShopState, timing: Timing, last: number): LateStep[] {
  const { model } = state;
  const steps: LateStep[] = [];
  let operation = last;
  while (operation >= 0 && steps.length < MOST_STEPS) {
    const holder = state.bindingOperation[operation] as number;
    const start = state.start[operation] as number;
    const ready = timing.readyMs(state.leader[operation] as number);
    steps.push({
      operationId: idOf(model, operation),
      machineId: model.shop.machines[state.machineOf(operation)]?.id ?? '',
      waitedFor: waitedFor(state, operation, holder, start > ready),
      ...(holder < 0 ? {} : { heldByOperationId: idOf(model, holder) }),
      waitedMs: Math.max(0, start - ready),
    });
    operation = holder;
  }
  return steps;
}

function waitedFor(state: ShopState, operation: number, holder: number, waited: boolean): WaitedFor {
  const { model } = state;
  const binding = state.binding[operation] as number;
  if (binding === BOUND.pin && model.pin[operation] === PIN.frozen) return 'fence';
  // The job was ready and nobody else was there: only the calendar is left.
  if (waited && (binding === BOUND.before || binding === BOUND.release)) return 'calendar';
  if (binding === BOUND.before && holder >= 0 && model.jobOf[holder] !== model.jobOf[operation]) {
    return 'job-before';
  }
  return WAITED_FOR[binding] ?? 'calendar';
}

function idOf(model: ShopModel, operation: number): string {
  return model.operations[operation]?.id ?? '';
}
