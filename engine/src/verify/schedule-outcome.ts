import type { ShopSchedule, ShopSnapshot } from '../scheduling/shop/index.ts';
import type { Placed, SayViolation } from './schedule-violation.ts';

/** What the schedule says about itself, counted again. */
export function checkOutcome(
  shop: ShopSnapshot,
  schedule: Pick<ShopSchedule, 'jobs' | 'objective'>,
  placed: readonly Placed[],
  say: SayViolation,
): void {
  const endOf = new Map(placed.map((one) => [one.scheduled.operationId, one.scheduled.endMs]));
  const outcomes = new Map(schedule.jobs.map((outcome) => [outcome.jobId, outcome]));
  if (outcomes.size !== shop.jobs.length) say('objective', '', 'not one outcome for each job');
  let weighted = 0;
  let latestMs = shop.nowMs;
  for (const job of shop.jobs) {
    const lastId = job.operations.at(-1)?.id ?? '';
    const finishMs = endOf.get(lastId) ?? Number.NaN;
    const tardinessMs = finishMs > job.dueMs ? finishMs - job.dueMs : 0;
    const outcome = outcomes.get(job.id);
    if (outcome?.finishMs !== finishMs || outcome.tardinessMs !== tardinessMs) {
      say('objective', lastId, `job ${job.id} ends at ${finishMs}, ${tardinessMs} ms late`);
    }
    weighted += job.weight * tardinessMs;
  }
  for (const endMs of endOf.values()) if (endMs > latestMs) latestMs = endMs;
  const changes = placed.filter(({ operation, scheduled }) => {
    const { told, running } = operation;
    if (!told || running) return false;
    const movedMs = Math.abs(scheduled.startMs - told.startMs);
    return told.machineId !== scheduled.machineId || movedMs > (shop.changeToleranceMs ?? 0);
  }).length;
  const { objective } = schedule;
  if (objective.weightedTardiness !== weighted) say('objective', '', `weighted tardiness is ${weighted}`);
  if (objective.makespanMs !== latestMs - shop.nowMs) say('objective', '', `make-span ends at ${latestMs}`);
  if (objective.changes !== changes) say('objective', '', `${changes} changes`);
}
