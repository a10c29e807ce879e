import type {
  ScheduledOperation,
  ShopMachine,
  ShopOperation,
  ShopSchedule,
  ShopSnapshot,
} from '../scheduling/shop/index.ts';
import { checkLines } from './schedule-lines.ts';
import { checkOutcome } from './schedule-outcome.ts';
import { checkPromises } from './schedule-promises.ts';
import type { Placed, SayViolation, ScheduleViolation } from './schedule-violation.ts';
import { common, inside, type Span, total, without } from './schedule-windows.ts';

// The verifier shares no code with the solvers, also where that means saying something twice.

/** Replays a shop schedule against its snapshot and lists everything that could not really happen; empty = feasible. */
export function verifySchedule(
  shop: ShopSnapshot,
  schedule: Pick<ShopSchedule, 'operations' | 'jobs' | 'objective' | 'slippedOperationIds'>,
): ScheduleViolation[] {
  const found: ScheduleViolation[] = [];
  const say: SayViolation = (code, operationId, detail) => void found.push({ code, operationId, detail });
  const placed = pairUp(shop, schedule.operations, say);
  for (const one of placed) checkWork(one, say);
  checkPromises(shop, placed, new Set(schedule.slippedOperationIds), say);
  checkLines(shop, placed, say);
  checkOutcome(shop, schedule, placed, say);
  return found;
}

/** Each scheduled operation with its row in the snapshot; what has none is told and left out. */
function pairUp(shop: ShopSnapshot, scheduled: readonly ScheduledOperation[], say: SayViolation): Placed[] {
  const rows = new Map<string, Pick<Placed, 'operation' | 'job' | 'position'>>();
  for (const job of shop.jobs) {
    job.operations.forEach((operation, position) => {
      rows.set(operation.id, { operation, job, position });
    });
  }
  const open = new Set(rows.keys());
  const windows = windowsOf(shop);
  const placed: Placed[] = [];
  for (const one of scheduled) {
    const row = rows.get(one.operationId);
    if (!row || row.job.id !== one.jobId) {
      say('unknown-operation', one.operationId, `not in job ${one.jobId}`);
      continue;
    }
    if (!open.delete(one.operationId)) {
      say('duplicate', one.operationId, 'twice');
      continue;
    }
    const machine = shop.machines.find(({ id }) => id === one.machineId);
    const alternative = row.operation.alternatives.find(({ machineId }) => machineId === one.machineId);
    if (!machine || !alternative) {
      say('alternative', one.operationId, `${one.machineId} cannot do it`);
      continue;
    }
    const own = windows.machine(machine);
    const seated = windows.seated(machine, row.operation, one.operatorSeat ?? -1);
    const setUpWindows = row.operation.attended === 'none' ? own : seated;
    const runWindows = row.operation.attended === 'whole' ? seated : own;
    placed.push({
      scheduled: one,
      ...row,
      machine,
      alternative,
      setUpWindows,
      runWindows,
      setUpWork: inside(setUpWindows, one.setUpStartMs, one.setUpEndMs),
      runWork: inside(runWindows, one.startMs, one.endMs),
    });
  }
  for (const id of open) say('missing', id, 'has no place');
  return placed;
}

interface Windows {
  machine(machine: ShopMachine): readonly Span[];
  seated(machine: ShopMachine, operation: ShopOperation, seat: number): readonly Span[];
}

/** Remembers what was crossed once: a shop has thousands of operations on a few calendars. */
function windowsOf(shop: ShopSnapshot): Windows {
  const known = new Map<string, readonly Span[]>();
  const remember = (key: string, make: () => readonly Span[]): readonly Span[] => {
    const made = known.get(key) ?? make();
    known.set(key, made);
    return made;
  };
  const machine = (row: ShopMachine): readonly Span[] =>
    remember(`machine|${row.id}`, () => without(shop.calendars[row.calendarId] ?? [], row.maintenance ?? []));
  return {
    machine,
    seated: (row, operation, seat) =>
      remember(`${operation.operatorGroupId}|${seat}|${row.id}`, () => {
        const group = shop.operatorGroups.find(({ id }) => id === operation.operatorGroupId);
        const shifts = (group?.shifts ?? []).filter((shift) => seat >= 0 && shift.headCount > seat);
        return common(machine(row), shifts);
      }),
  };
}

/** Set-up and run lie in order, hold the working time they need, and pause only where they may. */
function checkWork(one: Placed, say: SayViolation): void {
  const { scheduled, operation, alternative, runWork } = one;
  const { operationId: id, setUpStartMs, setUpEndMs, startMs, endMs } = scheduled;
  const ordered = setUpStartMs <= setUpEndMs && setUpEndMs <= startMs && startMs < endMs;
  if (!ordered || ![setUpStartMs, setUpEndMs, startMs, endMs].every(Number.isSafeInteger)) {
    say('arithmetic', id, 'set-up, start and end are not in order');
  }
  const neededMs = operation.running?.remainingMs ?? alternative.durationMs;
  const workedMs = total(runWork);
  if (workedMs !== neededMs) say('calendar', id, `${workedMs} ms worked of ${neededMs}`);
  else if (runWork.at(-1)?.endMs !== endMs) say('calendar', id, 'ends outside working time');
  else if (!operation.running && runWork[0]?.startMs !== startMs) {
    say('calendar', id, 'starts outside working time');
  } else if (!operation.running && !operation.interruptible && runWork.length > 1) {
    say('interrupted', id, `pauses at ${runWork[0]?.endMs}`);
  }
  for (const span of one.machine.maintenance ?? []) {
    if (!operation.running && span.startMs < endMs && span.endMs > setUpStartMs) {
      say('maintenance', id, `${one.machine.id} is maintained from ${span.startMs}`);
    }
  }
  const told = scheduled.working.map((span) => `${span.startMs}-${span.endMs}`).join();
  const joined = inside([...one.setUpWork, ...runWork], setUpStartMs, endMs);
  if (told !== joined.map((span) => `${span.startMs}-${span.endMs}`).join()) {
    say('arithmetic', id, 'the working intervals are not those of the calendar');
  }
}
