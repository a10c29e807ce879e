import type { ShopSnapshot } from '../scheduling/shop/index.ts';
import { isFixed, isFrozen, type Placed, type SayViolation } from './schedule-violation.ts';
import { inside } from './schedule-windows.ts';

/** Order of work, releases, and what people were told or have decided. */
export function checkPromises(
  shop: ShopSnapshot,
  placed: readonly Placed[],
  slipped: ReadonlySet<string>,
  say: SayViolation,
): void {
  const byId = new Map(placed.map((one) => [one.scheduled.operationId, one]));
  const lastOf = new Map(shop.jobs.map((job) => [job.id, job.operations.at(-1)?.id ?? '']));
  const byMachine = new Map<string, Placed[]>();
  for (const one of placed) {
    const others = byMachine.get(one.machine.id);
    if (others) others.push(one);
    else byMachine.set(one.machine.id, [one]);
  }
  for (const id of slipped) {
    const one = byId.get(id);
    if (!one || !isFrozen(shop, one.operation)) say('fence', id, 'said to have slipped, but was not frozen');
  }
  for (const one of placed) {
    const { scheduled, operation, job, position } = one;
    const id = scheduled.operationId;
    const beforeIds =
      position > 0
        ? [job.operations[position - 1]?.id ?? '']
        : (job.afterJobIds ?? []).map((jobId) => lastOf.get(jobId) ?? '');
    let readyMs = Number.NEGATIVE_INFINITY;
    for (const beforeId of beforeIds) {
      const before = byId.get(beforeId);
      if (!before) continue;
      const fromMs = before.scheduled.endMs + (before.operation.lagMs ?? 0);
      if (scheduled.startMs < fromMs) say('precedence', id, `starts before ${beforeId} and its lag end`);
      readyMs = Math.max(readyMs, fromMs);
    }
    if (position === 0 && !operation.running) {
      if (scheduled.startMs < job.releaseMs) say('release', id, `starts before ${job.releaseMs}`);
      readyMs = Math.max(readyMs, job.releaseMs);
    }
    if (operation.running) checkRunning(shop, one, say);
    else if (operation.lock?.startMs !== undefined || isFrozen(shop, operation)) {
      if (scheduled.setUpStartMs < shop.nowMs) say('fence', id, 'starts in the past');
    } else if (scheduled.setUpStartMs < (shop.fenceMs ?? shop.nowMs)) {
      say('fence', id, 'starts before the fence');
    }
    if (operation.lock && !operation.running) {
      const wrong =
        operation.lock.machineId !== scheduled.machineId ||
        (operation.lock.startMs ?? scheduled.startMs) !== scheduled.startMs;
      if (wrong) say('lock', id, `locked to ${operation.lock.machineId} at ${operation.lock.startMs}`);
    }
    if (isFrozen(shop, operation)) {
      checkFrozen(shop, one, byMachine.get(one.machine.id) ?? [], readyMs, slipped.has(id), say);
    }
  }
}

function checkRunning(shop: ShopSnapshot, one: Placed, say: SayViolation): void {
  const { scheduled, operation } = one;
  const id = scheduled.operationId;
  if (scheduled.machineId !== operation.running?.machineId) {
    say('running', id, `runs on ${operation.running?.machineId}`);
  }
  if (scheduled.startMs !== shop.nowMs || scheduled.setUpStartMs !== shop.nowMs) {
    say('running', id, 'runs already and cannot start again');
  }
}

/** On its machine at its start, or later for a reason that can be seen. */
function checkFrozen(
  shop: ShopSnapshot,
  one: Placed,
  onMachine: readonly Placed[],
  readyMs: number,
  mayBeLater: boolean,
  say: SayViolation,
): void {
  const { scheduled, operation } = one;
  const id = scheduled.operationId;
  const toldMs = operation.told?.startMs ?? scheduled.startMs;
  if (scheduled.machineId !== operation.told?.machineId)
    say('fence', id, `told ${operation.told?.machineId}`);
  if (scheduled.startMs === toldMs) return;
  if (scheduled.startMs < toldMs || !mayBeLater) {
    say('fence', id, `told to start at ${toldMs}`);
    return;
  }
  const spanMs = scheduled.endMs - scheduled.startMs;
  const setUpMs = scheduled.startMs - scheduled.setUpStartMs;
  const handsNeeded = operation.toolId !== undefined || operation.attended !== 'none';
  const [first] = inside(one.runWindows, toldMs, toldMs + spanMs);
  const closed =
    first?.startMs !== toldMs ||
    (!operation.interruptible && first.endMs < toldMs + spanMs) ||
    (one.machine.maintenance ?? []).some(
      (span) => span.startMs < toldMs + spanMs && span.endMs > toldMs - setUpMs,
    );
  // Work for the sake of something fixed later in its job is laid as early as what was told.
  const pushed = onMachine.some(
    (other) =>
      other !== one &&
      (isFixed(shop, other.operation) || other.job.operations.some((row) => isFixed(shop, row))) &&
      other.scheduled.setUpStartMs < toldMs + spanMs &&
      other.scheduled.endMs > toldMs - setUpMs,
  );
  const noRoomForSetUp = toldMs - setUpMs < shop.nowMs;
  if (!(toldMs < shop.nowMs || readyMs > toldMs || closed || pushed || handsNeeded || noRoomForSetUp)) {
    say('fence', id, `slipped from ${toldMs} although nothing was in the way`);
  }
}
