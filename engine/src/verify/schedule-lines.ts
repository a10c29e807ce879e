import type { ShopMachine, ShopSnapshot } from '../scheduling/shop/index.ts';
import { isFixed, type Placed, type SayViolation } from './schedule-violation.ts';
import { firstClash, type Span, total } from './schedule-windows.ts';

/** What stands on a machine at one time: an operation, or all of one batch. */
interface Block extends Span {
  readonly first: Placed;
  readonly members: readonly Placed[];
}

/** Everything that is held: machines with their set-ups, tools, operators, furnaces. */
export function checkLines(shop: ShopSnapshot, placed: readonly Placed[], say: SayViolation): void {
  const blocks = blocksOf(placed);
  for (const block of blocks) if (block.first.scheduled.batchId !== undefined) checkBatch(shop, block, say);
  for (const machine of shop.machines) {
    const mine = blocks.filter((block) => block.first.machine === machine);
    checkMachine(shop, machine, mine, say);
  }
  checkTools(shop, blocks, say);
  checkOperators(shop, blocks, say);
}

function blocksOf(placed: readonly Placed[]): Block[] {
  const groups = new Map<string, Placed[]>();
  for (const one of placed) {
    const { batchId, operationId, machineId } = one.scheduled;
    // A batch is one thing only where it stands on one machine.
    const key = batchId === undefined ? `one|${operationId}` : `batch|${batchId}|${machineId}`;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()].flatMap((members) => {
    const [first] = members;
    if (!first) return [];
    return [{ first, members, startMs: first.scheduled.setUpStartMs, endMs: first.scheduled.endMs }];
  });
}

function checkBatch(shop: ShopSnapshot, block: Block, say: SayViolation): void {
  const { first, members } = block;
  let load = 0;
  for (const { scheduled, operation } of members) {
    const id = scheduled.operationId;
    load += operation.batch?.size ?? Number.POSITIVE_INFINITY;
    if (operation.batch?.family !== first.operation.batch?.family) say('batch', id, 'another batch family');
    const together =
      scheduled.setUpStartMs === first.scheduled.setUpStartMs &&
      scheduled.setUpEndMs === first.scheduled.setUpEndMs &&
      scheduled.startMs === first.scheduled.startMs &&
      scheduled.endMs === first.scheduled.endMs &&
      scheduled.toolUnit === first.scheduled.toolUnit &&
      scheduled.operatorSeat === first.scheduled.operatorSeat;
    if (!together) say('batch', id, 'does not run with its batch');
    if ((operation.running !== undefined) !== (first.operation.running !== undefined)) {
      say('batch', id, 'joins a batch that already runs');
    } else if (isFixed(shop, operation) !== isFixed(shop, first.operation)) {
      say('batch', id, 'joins a batch that must not move');
    }
  }
  const capacity = first.machine.batchCapacity ?? 0;
  if (load > capacity) say('batch', first.scheduled.operationId, `${load} in a furnace for ${capacity}`);
}

function checkMachine(
  shop: ShopSnapshot,
  machine: ShopMachine,
  blocks: readonly Block[],
  say: SayViolation,
): void {
  const clash = firstClash(blocks);
  if (clash) {
    const [a, b] = clash;
    say('overlap', b.first.scheduled.operationId, `${machine.id} still has ${a.first.scheduled.operationId}`);
  }
  const matrix = shop.setUpMatrices.find(({ id }) => id === machine.setUpMatrixId);
  let standing = machine.family;
  for (const { first } of [...blocks].sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs)) {
    const { scheduled, operation, alternative, setUpWork } = first;
    const family = operation.setUpFamily;
    let neededMs = alternative.setUpMs ?? 0;
    if (matrix && family !== undefined) {
      const to = matrix.families.indexOf(family);
      const from = standing === undefined ? -1 : matrix.families.indexOf(standing);
      neededMs += (from < 0 ? matrix.initialMs[to] : matrix.ms[from]?.[to]) ?? Number.NaN;
    }
    standing = family;
    if (operation.running) neededMs = 0;
    const workedMs = total(setUpWork);
    const id = scheduled.operationId;
    if (workedMs !== neededMs) say('set-up', id, `${workedMs} ms of set-up where ${neededMs} are needed`);
    if (neededMs === 0) {
      if (scheduled.setUpStartMs !== scheduled.startMs) say('set-up', id, 'holds the machine for nothing');
    } else if (
      setUpWork.at(0)?.startMs !== scheduled.setUpStartMs ||
      setUpWork.at(-1)?.endMs !== scheduled.setUpEndMs
    ) {
      say('calendar', id, 'set-up begins or ends outside working time');
    } else if (!operation.interruptible && setUpWork.length > 1) {
      say('interrupted', id, 'set-up pauses');
    }
  }
}

function checkTools(shop: ShopSnapshot, blocks: readonly Block[], say: SayViolation): void {
  for (const tool of shop.tools) {
    const users = blocks.filter((block) => block.first.operation.toolId === tool.id);
    const byUnit = new Map<number, Block[]>();
    for (const block of users) {
      const unit = block.first.scheduled.toolUnit ?? -1;
      if (!(Number.isInteger(unit) && unit >= 0 && unit < tool.count)) {
        say('tool', block.first.scheduled.operationId, `copy ${unit} of ${tool.count} of ${tool.id}`);
      }
      byUnit.set(unit, [...(byUnit.get(unit) ?? []), block]);
    }
    for (const held of byUnit.values()) {
      const clash = firstClash(held);
      if (clash) say('tool', clash[1].first.scheduled.operationId, `${tool.id} is still held`);
    }
  }
}

/** A seat is taken while it works; that it is there at all is a question of the calendar. */
function checkOperators(shop: ShopSnapshot, blocks: readonly Block[], say: SayViolation): void {
  const taken = new Map<string, (Span & { readonly operationId: string })[]>();
  for (const { first } of blocks) {
    const { operation, scheduled, setUpWork, runWork } = first;
    if (operation.attended === 'none') continue;
    const seat = scheduled.operatorSeat ?? -1;
    const group = shop.operatorGroups.find(({ id }) => id === operation.operatorGroupId);
    const heads = (group?.shifts ?? []).reduce((most, shift) => Math.max(most, shift.headCount), 0);
    if (!(Number.isInteger(seat) && seat >= 0 && seat < heads)) {
      say('operator', scheduled.operationId, `seat ${seat} of ${heads} in ${operation.operatorGroupId}`);
    }
    const spans = operation.attended === 'whole' ? [...setUpWork, ...runWork] : setUpWork;
    const key = `${operation.operatorGroupId}|${seat}`;
    const list = taken.get(key) ?? [];
    for (const span of spans) list.push({ ...span, operationId: scheduled.operationId });
    taken.set(key, list);
  }
  for (const [seat, spans] of taken) {
    const clash = firstClash(spans);
    if (clash) say('operator', clash[1].operationId, `${seat} still works on ${clash[0].operationId}`);
  }
}
