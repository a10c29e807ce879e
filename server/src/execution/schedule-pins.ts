import type { SchedulePin } from '@millrace/contract';
import { type Refusal, refuse } from '../kernel/index.ts';
import {
  type Floor,
  type FloorMachine,
  type FloorOperation,
  isFrozen,
  nextWorking,
  openTime,
  type Placed,
  setUpAfter,
  workUntil,
} from './floor.ts';

interface Pinned {
  readonly pin: SchedulePin;
  /** Position in the request. */
  readonly index: number;
  readonly operation: FloorOperation;
  readonly machine: FloorMachine;
  readonly productionNo: string;
  readonly to: number;
}

/** Says which pin cannot be, and why: unknown work, a machine that cannot do it, a closed hour, what stays there, another pin. */
export function refusePins(
  floor: Floor,
  today: readonly Placed[],
  pins: readonly SchedulePin[],
): Refusal | undefined {
  const pinned: Pinned[] = [];
  const seen = new Set<string>();
  for (const [index, pin] of pins.entries()) {
    const operation = floor.operations.find(({ row }) => row.id === pin.operationId);
    if (!operation) return no('pin-unknown', index, 'operationId', 'The pinned work is no longer open.', {});
    const productionNo = numberOf(floor, operation);
    if (seen.has(pin.operationId)) {
      return no('pin-twice', index, 'operationId', `${productionNo} is pinned twice.`, { productionNo });
    }
    seen.add(pin.operationId);
    const found = checkOne(floor, pin, index, operation, productionNo);
    if ('refused' in found) return found;
    pinned.push(found);
  }
  return findBusy(floor, today, pinned) ?? findOverlap(pinned);
}

/** What runs, and what begins before the fence, stays: a pin has to go around it. */
function findBusy(floor: Floor, today: readonly Placed[], pinned: readonly Pinned[]): Refusal | undefined {
  const free = new Set(pinned.map(({ pin }) => pin.operationId));
  const firm = today.filter((placed) => isFrozen(floor, placed) && !free.has(placed.operationId));
  for (const { index, pin, machine, productionNo, to } of pinned) {
    const held = firm.find((one) => one.machineId === machine.id && one.from < to && one.to > pin.runFrom);
    const operation = floor.operations.find(({ row }) => row.id === held?.operationId);
    if (!held || !operation) continue;
    const other = numberOf(floor, operation);
    const detail = `${machine.code} is busy with ${other} when ${productionNo} is pinned.`;
    return no('pin-busy', index, 'runFrom', detail, {
      productionNo,
      other,
      machineCode: machine.code,
      earliestAt: held.to,
    });
  }
  return undefined;
}

function checkOne(
  floor: Floor,
  pin: SchedulePin,
  index: number,
  operation: FloorOperation,
  productionNo: string,
): Pinned | Refusal {
  if (operation.row.state === 'running') {
    return no('pin-running', index, 'operationId', `${productionNo} is already running.`, { productionNo });
  }
  const machine = floor.machines.find(({ id }) => id === pin.machineId);
  const way = operation.alternatives.find(({ machineId }) => machineId === pin.machineId);
  if (!machine || !way) {
    const machineCode = machine?.code ?? '?';
    const detail = `${machineCode} cannot make what ${productionNo} needs.`;
    return no('pin-machine', index, 'machineId', detail, { productionNo, machineCode });
  }
  const values = { productionNo, machineCode: machine.code };
  if (pin.runFrom < floor.fenceMs) {
    const detail = `${productionNo} cannot be pinned this early: what starts so soon is not moved any more.`;
    return no('pin-too-early', index, 'runFrom', detail, { ...values, earliestAt: floor.fenceMs });
  }
  const open = openTime(machine);
  if (open.every(({ endMs }) => endMs <= pin.runFrom) || nextWorking(open, pin.runFrom) !== pin.runFrom) {
    const detail = `${machine.code} does not work when ${productionNo} is pinned.`;
    return no('pin-closed', index, 'runFrom', detail, { ...values, pinnedAt: pin.runFrom });
  }
  const to = workUntil(open, pin.runFrom, way.runMs);
  if (machine.held.some(({ startMs, endMs }) => startMs < to && endMs > pin.runFrom)) {
    const detail = `${machine.code} is promised to other work when ${productionNo} is pinned.`;
    return no('pin-held', index, 'runFrom', detail, { ...values, pinnedAt: pin.runFrom });
  }
  return { pin, index, operation, machine, productionNo, to };
}

function findOverlap(pinned: readonly Pinned[]): Refusal | undefined {
  const ordered = [...pinned].sort((a, b) => a.pin.runFrom - b.pin.runFrom);
  for (const [at, later] of ordered.entries()) {
    const before = ordered.slice(0, at).findLast(({ machine }) => machine === later.machine);
    if (!before) continue;
    const open = openTime(later.machine);
    const ready = workUntil(open, before.to, setUpAfter(before.operation.row.item_id, later.operation));
    if (ready <= later.pin.runFrom) continue;
    const detail = `${before.productionNo} and ${later.productionNo} are pinned over each other on ${later.machine.code}.`;
    return no('pins-overlap', later.index, 'runFrom', detail, {
      productionNo: later.productionNo,
      other: before.productionNo,
      machineCode: later.machine.code,
      earliestAt: ready,
    });
  }
  return undefined;
}

function no(
  code: string,
  index: number,
  field: keyof SchedulePin,
  detail: string,
  values: Record<string, string | number>,
): Refusal {
  return refuse(code, 409, detail, {
    fields: [{ pointer: `/body/pins/${index}/${field}`, message: detail }],
    values,
  });
}

const numberOf = (floor: Floor, { row }: FloorOperation): string =>
  floor.orders.find(({ id }) => id === row.production_order_id)?.production_no ?? '?';
