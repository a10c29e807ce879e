import { advance, type Interval, type LineSnapshot, type Snapshot, subtract } from '@millrace/engine';
import { type OnlineOutcome, outcomeOf, promisedDate } from './online-outcome.ts';
import type { OnlineWorld } from './online-world.ts';

export type QueueOrder = 'first-come' | 'priority';

const EARTH_RADIUS_KM = 6_371;

interface Job {
  readonly line: LineSnapshot;
  readonly number: number;
  readonly workMs: number;
  readonly wayMs: number;
  promisedMs: number;
  arrivedMs: number;
}

interface Machine {
  readonly calendar: readonly Interval[];
  /** The calendar less the breakdowns, which nobody knows before they come. */
  readonly windows: readonly Interval[];
  readonly queue: Job[];
  freeMs: number;
}

/**
 * What a shop without planning does: an order goes to the machine that would be done with it first as things stand,
 * and each machine works its queue in the order of arrival or of priority. Whole orders, one machine each.
 */
export function dispatchOnline(
  { network, arrivals, breakdowns }: OnlineWorld,
  order: QueueOrder,
): OnlineOutcome {
  const machines = new Map<string, Machine>();
  for (const { id, calendarId } of network.machines) {
    const calendar = network.calendars[calendarId] ?? [];
    const windows = subtract(
      calendar,
      breakdowns.filter(({ machineId }) => machineId === id),
    );
    machines.set(id, { calendar, windows, queue: [], freeMs: network.nowMs });
  }
  const done: Job[] = [];
  arrivals.forEach(({ atMs, line }, number) => {
    for (const machine of machines.values()) work(machine, atMs, order, done);
    let best: { readonly machine: Machine; readonly job: Job; readonly plannedMs: number } | undefined;
    for (const { siteId, itemId, steps } of network.capabilities) {
      if (itemId !== line.itemId) continue;
      const wayMs = transportMs(network, siteId, line);
      for (const id of steps[0]?.machineIds ?? []) {
        const machine = machines.get(id);
        const workMs = (steps[0]?.setUpMs ?? 0) + Math.ceil(line.quantity * (steps[0]?.msPerPiece ?? 0));
        const job: Job = { line, number, workMs, wayMs, promisedMs: 0, arrivedMs: 0 };
        const plannedMs = machine && planned(machine, atMs, job, order) + wayMs;
        if (machine && plannedMs !== undefined && (!best || plannedMs < best.plannedMs))
          best = { machine, job, plannedMs };
      }
    }
    if (!best) return;
    best.job.promisedMs = promisedDate(line.dueMs, best.plannedMs);
    best.machine.queue.push(best.job);
  });
  for (const machine of machines.values()) work(machine, network.horizonEndMs, order, done);
  const left = [...machines.values()].flatMap(({ queue }) => queue);
  for (const job of left) job.arrivedMs = network.horizonEndMs;
  return outcomeOf([...done, ...left]);
}

/** Starts what can be started before `untilMs`. */
function work(machine: Machine, untilMs: number, order: QueueOrder, done: Job[]): void {
  while (machine.queue.length > 0 && machine.freeMs < untilMs) {
    const job = next(machine, order);
    machine.queue.splice(machine.queue.indexOf(job), 1);
    const endMs = advance(machine.windows, machine.freeMs, job.workMs) ?? Number.MAX_SAFE_INTEGER;
    machine.freeMs = endMs;
    job.arrivedMs = endMs + job.wayMs;
    done.push(job);
  }
  // Whoever waits for work is free from now on, not from when the last work ended.
  if (machine.queue.length === 0) machine.freeMs = Math.max(machine.freeMs, untilMs);
}

function next({ queue }: Machine, order: QueueOrder): Job {
  let first = queue[0] as Job;
  for (const job of queue) if (isBefore(job, first, order)) first = job;
  return first;
}

function isBefore(a: Job, b: Job, order: QueueOrder): boolean {
  if (order === 'priority' && a.line.priority !== b.line.priority) return a.line.priority < b.line.priority;
  return a.number < b.number;
}

/** When the machine would be done if nothing else came and nothing broke. */
function planned({ calendar, queue, freeMs }: Machine, nowMs: number, job: Job, order: QueueOrder): number {
  let workMs = job.workMs;
  for (const other of queue) if (isBefore(other, job, order)) workMs += other.workMs;
  return advance(calendar, Math.max(freeMs, nowMs), workMs) ?? Number.MAX_SAFE_INTEGER;
}

function transportMs({ sites, transport }: Snapshot, siteId: string, { destination }: LineSnapshot): number {
  const from = sites.find(({ id }) => id === siteId)?.position;
  if (!from || !destination) return transport.fixedMs;
  const rad = (degrees: number): number => (degrees * Math.PI) / 180;
  const across =
    Math.cos(rad(from.lat)) * Math.cos(rad(destination.lat)) * Math.cos(rad(destination.lon - from.lon));
  const cosine = Math.sin(rad(from.lat)) * Math.sin(rad(destination.lat)) + across;
  const km = Math.round(EARTH_RADIUS_KM * Math.acos(Math.max(-1, Math.min(1, cosine))));
  return transport.fixedMs + Math.ceil((km / transport.kmPerHour) * 3_600_000);
}
