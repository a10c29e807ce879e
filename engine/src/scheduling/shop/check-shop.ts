import type { Interval } from '../../interval/interval.ts';
import { checkJobs } from './check-jobs.ts';
import { checkUnique, isDuration, isInstant, type Note } from './check-rules.ts';
import type { ShopProblem } from './shop-schedule.ts';
import type { ShopSnapshot } from './shop-snapshot.ts';

/** Enough to see what is wrong without printing a whole shop. */
const MAX_PROBLEMS = 100;
/** Bounds memory: some 200 bytes an operation in the solver. */
const MAX_OPERATIONS = 1_000_000;
/** The largest set-up table is this squared. */
const MAX_FAMILIES = 2_000;

/** Contradictions that can be seen without planning; empty when there are none. */
export function checkShop(shop: ShopSnapshot): readonly ShopProblem[] {
  const problems: ShopProblem[] = [];
  const note: Note = (code, subjectId, detail) => {
    if (problems.length < MAX_PROBLEMS) problems.push({ code, subjectId, detail });
  };
  if (!isInstant(shop.nowMs)) note('number', shop.siteId, `now is ${shop.nowMs}`);
  if (shop.fenceMs !== undefined && !(isInstant(shop.fenceMs) && shop.fenceMs >= shop.nowMs)) {
    note('number', shop.siteId, `the fence ${shop.fenceMs} is no instant at or after now`);
  }
  if (!isDuration(shop.changeToleranceMs ?? 0)) note('number', shop.siteId, 'change tolerance below zero');
  const operations = shop.jobs.reduce((sum, job) => sum + job.operations.length, 0);
  if (operations > MAX_OPERATIONS) note('too-many', shop.siteId, `${operations} operations`);
  for (const [id, windows] of Object.entries(shop.calendars)) checkOrder(`calendar ${id}`, windows, id, note);
  checkMatrices(shop, note);
  checkGroupsAndTools(shop, note);
  checkMachines(shop, note);
  checkJobs(shop, note);
  return problems;
}

function checkOrder(what: string, windows: readonly Interval[], subjectId: string, note: Note): void {
  for (let i = 0; i < windows.length; i++) {
    const { startMs, endMs } = windows[i] as Interval;
    if (!(isInstant(startMs) && isInstant(endMs))) {
      note('number', subjectId, `${what}: ${startMs} to ${endMs} are no instants`);
    } else if (startMs >= endMs || (windows[i - 1]?.endMs ?? Number.NEGATIVE_INFINITY) > startMs) {
      note('disordered', subjectId, `${what}: windows overlap, are empty or not in order at ${startMs}`);
    } else continue;
    return;
  }
}

function checkMatrices(shop: ShopSnapshot, note: Note): void {
  checkUnique((id) => `set-up matrix ${id} twice`, shop.setUpMatrices, note);
  const families = new Set<string>();
  for (const matrix of shop.setUpMatrices) {
    const size = matrix.families.length;
    for (const family of matrix.families) families.add(family);
    if (new Set(matrix.families).size !== size) note('duplicate', matrix.id, 'a family twice');
    const square =
      matrix.ms.length === size &&
      matrix.initialMs.length === size &&
      matrix.ms.every((row) => row.length === size);
    if (!square) note('set-up', matrix.id, `not ${size} × ${size} with ${size} initial set-ups`);
    if (![...matrix.ms, matrix.initialMs].every((row) => row.every((ms) => isDuration(ms)))) {
      note('number', matrix.id, 'a set-up that is no duration');
    }
  }
  if (families.size > MAX_FAMILIES) note('too-many', shop.siteId, `${families.size} set-up families`);
}

function checkGroupsAndTools(shop: ShopSnapshot, note: Note): void {
  checkUnique((id) => `operator group ${id} twice`, shop.operatorGroups, note);
  for (const group of shop.operatorGroups) {
    checkOrder(`operator group ${group.id}`, group.shifts, group.id, note);
    if (!group.shifts.every((shift) => Number.isSafeInteger(shift.headCount) && shift.headCount >= 1)) {
      note('number', group.id, 'a shift whose head count is not a whole number above zero');
    } else if (group.shifts.some((shift) => shift.headCount > 10_000)) {
      note('too-many', group.id, 'more than 10,000 operators in a shift');
    }
  }
  checkUnique((id) => `tool ${id} twice`, shop.tools, note);
  for (const tool of shop.tools) {
    if (!Number.isSafeInteger(tool.count) || tool.count < 1 || tool.count > 10_000) {
      note('number', tool.id, `count ${tool.count}`);
    }
  }
}

function checkMachines(shop: ShopSnapshot, note: Note): void {
  checkUnique((id) => `machine ${id} twice`, shop.machines, note);
  const matrices = new Map(shop.setUpMatrices.map((matrix) => [matrix.id, matrix]));
  for (const machine of shop.machines) {
    const windows = shop.calendars[machine.calendarId];
    if (!windows) {
      note('no-calendar', machine.id, `machine ${machine.id}: unknown calendar ${machine.calendarId}`);
    } else if (!windows.some((window) => window.endMs > shop.nowMs)) {
      note('no-calendar', machine.id, `machine ${machine.id}: calendar ${machine.calendarId} has no windows`);
    }
    checkOrder(`maintenance of machine ${machine.id}`, machine.maintenance ?? [], machine.id, note);
    const matrix = matrices.get(machine.setUpMatrixId ?? '');
    if (machine.setUpMatrixId !== undefined && !matrix) {
      note('unknown', machine.id, `machine ${machine.id}: unknown set-up matrix ${machine.setUpMatrixId}`);
    }
    if (machine.family !== undefined && matrix && !matrix.families.includes(machine.family)) {
      note('set-up', machine.id, `machine ${machine.id}: ${machine.family} is not in ${matrix.id}`);
    }
    if (machine.batchCapacity !== undefined && !isDuration(machine.batchCapacity, 1)) {
      note('number', machine.id, `machine ${machine.id}: batch capacity ${machine.batchCapacity}`);
    }
  }
}
