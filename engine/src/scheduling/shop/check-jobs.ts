import { checkUnique, isDuration, isInstant, type Note } from './check-rules.ts';
import type { ShopJob, ShopMachine, ShopOperation, ShopSnapshot } from './shop-snapshot.ts';

interface Known {
  readonly machines: ReadonlyMap<string, ShopMachine>;
  readonly matrices: ReadonlyMap<string, ReadonlySet<string>>;
  readonly groupIds: ReadonlySet<string>;
  readonly toolIds: ReadonlySet<string>;
}

export function checkJobs(shop: ShopSnapshot, note: Note): void {
  const known: Known = {
    machines: new Map(shop.machines.map((machine) => [machine.id, machine])),
    matrices: new Map(shop.setUpMatrices.map((matrix) => [matrix.id, new Set(matrix.families)])),
    groupIds: new Set(shop.operatorGroups.map((group) => group.id)),
    toolIds: new Set(shop.tools.map((tool) => tool.id)),
  };
  const jobIds = checkUnique((id) => `job ${id} twice`, shop.jobs, note);
  const operations = shop.jobs.flatMap((job) => job.operations);
  checkUnique((id) => `operation ${id} twice`, operations, note);
  for (const job of shop.jobs) {
    const where = `job ${job.id}`;
    if (!isInstant(job.releaseMs)) note('number', job.id, `${where}: release ${job.releaseMs}`);
    if (!isInstant(job.dueMs)) note('number', job.id, `${where}: due ${job.dueMs}`);
    if (!(Number.isSafeInteger(job.weight) && job.weight >= 0 && job.weight <= 1_000)) {
      note('number', job.id, `${where}: weight ${job.weight} is no whole number from 0 to 1,000`);
    }
    if (job.operations.length === 0) note('no-operation', job.id, `${where}: no operations`);
    for (const id of job.afterJobIds ?? []) {
      if (!jobIds.has(id)) note('unknown', job.id, `${where}: waits for unknown job ${id}`);
    }
    for (const operation of job.operations) checkOperation(known, operation, note);
    checkFacts(shop, job, note);
  }
  checkCycles(shop.jobs, note);
  checkBatchFamilies(operations, note);
}

function checkOperation(known: Known, operation: ShopOperation, note: Note): void {
  const where = `operation ${operation.id}`;
  if (operation.alternatives.length === 0) note('no-alternative', operation.id, `${where}: no machine`);
  const seen = new Set<string>();
  for (const { machineId, durationMs, setUpMs } of operation.alternatives) {
    const machine = known.machines.get(machineId);
    if (!machine) note('unknown', operation.id, `${where}: unknown machine ${machineId}`);
    if (seen.has(machineId)) note('duplicate', operation.id, `${where}: machine ${machineId} twice`);
    seen.add(machineId);
    if (!isDuration(durationMs, 1)) note('number', operation.id, `${where}: duration ${durationMs} ms`);
    if (!isDuration(setUpMs ?? 0)) note('number', operation.id, `${where}: set-up ${setUpMs} ms`);
    const families = known.matrices.get(machine?.setUpMatrixId ?? '');
    if (families && operation.setUpFamily !== undefined && !families.has(operation.setUpFamily)) {
      note(
        'set-up',
        operation.id,
        `${where}: ${machineId} has no set-up for family ${operation.setUpFamily}`,
      );
    }
    if (operation.batch && (machine?.batchCapacity ?? Infinity) < operation.batch.size) {
      note('batch', operation.id, `${where}: size ${operation.batch.size} is more than ${machineId} holds`);
    }
  }
  if (!isDuration(operation.lagMs ?? 0)) note('number', operation.id, `${where}: lag ${operation.lagMs} ms`);
  if (operation.batch && !isDuration(operation.batch.size, 1)) {
    note('number', operation.id, `${where}: batch size ${operation.batch.size}`);
  }
  if (operation.attended !== 'none' && !known.groupIds.has(operation.operatorGroupId ?? '')) {
    note('unknown', operation.id, `${where}: unknown operator group ${operation.operatorGroupId}`);
  }
  if (operation.toolId !== undefined && !known.toolIds.has(operation.toolId)) {
    note('unknown', operation.id, `${where}: unknown tool ${operation.toolId}`);
  }
}

/** Running work, locks and what was told must be possible one by one; whether they fit together shows when placed. */
function checkFacts(shop: ShopSnapshot, job: ShopJob, note: Note): void {
  let lockedMs = Number.NEGATIVE_INFINITY;
  job.operations.forEach((operation, position) => {
    const where = `operation ${operation.id}`;
    const can = (machineId: string): boolean =>
      operation.alternatives.some((alternative) => alternative.machineId === machineId);
    const { running, lock, told } = operation;
    if (running) {
      if (position > 0) note('running', operation.id, `${where}: runs although one before it is not done`);
      if ((job.afterJobIds?.length ?? 0) > 0) {
        note('running', operation.id, `${where}: runs although its job waits for another`);
      }
      if (!can(running.machineId)) {
        note('running', operation.id, `${where}: runs on ${running.machineId}, which cannot do it`);
      }
      if (!isDuration(running.remainingMs, 1)) {
        note('number', operation.id, `${where}: ${running.remainingMs} ms remain`);
      }
      if (lock && (lock.machineId !== running.machineId || lock.startMs !== undefined)) {
        note('lock', operation.id, `${where}: locked although it already runs on ${running.machineId}`);
      }
    } else if (lock) {
      if (!can(lock.machineId)) {
        note('lock', operation.id, `${where}: locked to ${lock.machineId}, which cannot do it`);
      }
      if (lock.startMs !== undefined) {
        if (!isInstant(lock.startMs)) note('number', operation.id, `${where}: locked to ${lock.startMs}`);
        if (lock.startMs < shop.nowMs) note('lock', operation.id, `${where}: locked to start in the past`);
        if (lock.startMs <= lockedMs) {
          note('lock', operation.id, `${where}: locked to start before what comes before it in the job`);
        }
        if (lock.startMs < job.releaseMs) {
          note('lock', operation.id, `${where}: locked to start before its job is released`);
        }
        lockedMs = Math.max(lockedMs, lock.startMs);
      }
    }
    if (told && !isInstant(told.startMs)) note('number', operation.id, `${where}: told ${told.startMs}`);
  });
}

/** Kahn's algorithm over jobs: what is left over waits for itself. */
function checkCycles(jobs: readonly ShopJob[], note: Note): void {
  const waiting = new Map(jobs.map((job) => [job.id, new Set<string>()]));
  const followers = new Map<string, string[]>(jobs.map((job) => [job.id, []]));
  for (const job of jobs) {
    for (const id of job.afterJobIds ?? []) {
      // An unknown job has its own problem.
      if (followers.has(id)) waiting.get(job.id)?.add(id);
      followers.get(id)?.push(job.id);
    }
  }
  const ready = [...waiting].filter(([, before]) => before.size === 0).map(([id]) => id);
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    waiting.delete(id);
    for (const follower of followers.get(id) ?? []) {
      const before = waiting.get(follower);
      before?.delete(id);
      if (before?.size === 0) ready.push(follower);
    }
  }
  const [first] = waiting.keys();
  if (first !== undefined) {
    note('cycle', first, `jobs wait for each other: ${[...waiting.keys()].slice(0, 10).join(', ')}`);
  }
}

function checkBatchFamilies(operations: readonly ShopOperation[], note: Note): void {
  const byFamily = new Map<string, { readonly id: string; readonly terms: string }>();
  for (const operation of operations) {
    if (!operation.batch) continue;
    const terms = JSON.stringify([
      operation.setUpFamily,
      operation.interruptible,
      operation.attended,
      operation.operatorGroupId,
      operation.toolId,
      [...operation.alternatives]
        .sort((a, b) => (a.machineId < b.machineId ? -1 : 1))
        .map(({ machineId, durationMs, setUpMs }) => [machineId, durationMs, setUpMs ?? 0]),
    ]);
    const first = byFamily.get(operation.batch.family);
    if (!first) byFamily.set(operation.batch.family, { id: operation.id, terms });
    else if (first.terms !== terms) {
      const both = `${operation.id} and ${first.id}`;
      note('batch', operation.id, `${both} share batch family ${operation.batch.family} but not their terms`);
    }
  }
}
