import type { Allocation, MatchPlan, SubLot } from '../plan.ts';
import type { CapabilitySnapshot, LineSnapshot, MachineSnapshot, Snapshot } from '../snapshot.ts';
import { checkLine, type KnownPlaces } from './line-rules.ts';
import { type Violation, violation } from './violation.ts';

// The verifier shares no code with the solvers, also where that means saying something twice.

interface Occupancy {
  readonly startMs: number;
  readonly endMs: number;
  readonly what: 'fixed' | 'blocked' | 'sub-lot';
  readonly allocation: Allocation | undefined;
}

interface Known extends KnownPlaces {
  readonly machines: ReadonlyMap<string, MachineSnapshot>;
  readonly lines: ReadonlyMap<string, LineSnapshot>;
}

/** Replays a plan against its snapshot and lists everything that could not really happen; empty = feasible. */
export function verifyPlan(
  snapshot: Snapshot,
  plan: Pick<MatchPlan, 'allocations' | 'unplaced'>,
): Violation[] {
  const found: Violation[] = [];
  const known: Known = {
    snapshot,
    sites: new Map(snapshot.sites.map((site) => [site.id, site])),
    machines: new Map(snapshot.machines.map((machine) => [machine.id, machine])),
    capabilities: new Map(snapshot.capabilities.map((capability) => [capability.id, capability])),
    lines: new Map(snapshot.lines.map((line) => [line.id, line])),
  };
  const byLine = new Map<string, Allocation[]>();
  const byMachine = new Map<string, Occupancy[]>();
  for (const allocation of plan.allocations) {
    found.push(...checkAllocation(known, allocation));
    const siblings = byLine.get(allocation.lineId);
    if (siblings) siblings.push(allocation);
    else byLine.set(allocation.lineId, [allocation]);
    for (const lot of allocation.subLots) {
      const occupancy: Occupancy = { startMs: lot.startMs, endMs: lot.endMs, what: 'sub-lot', allocation };
      const others = byMachine.get(lot.machineId);
      if (others) others.push(occupancy);
      else byMachine.set(lot.machineId, [occupancy]);
    }
  }
  for (const machine of snapshot.machines)
    found.push(...checkMachine(machine, byMachine.get(machine.id) ?? []));
  const unplaced = new Map<string, number>();
  for (const rest of plan.unplaced) {
    if (!known.lines.has(rest.lineId)) found.push(violation('unknown-line', 'unplaced', rest.lineId));
    unplaced.set(rest.lineId, (unplaced.get(rest.lineId) ?? 0) + rest.quantity);
  }
  for (const line of snapshot.lines) {
    found.push(...checkLine(known, line, byLine.get(line.id) ?? [], unplaced.get(line.id) ?? 0));
  }
  return found;
}

function checkAllocation(known: Known, allocation: Allocation): Violation[] {
  const line = known.lines.get(allocation.lineId);
  if (!line) return [violation('unknown-line', 'no such line', allocation.lineId)];
  const capability = known.capabilities.get(allocation.capabilityId);
  if (!capability) return [violation('not-capable', `no capability ${allocation.capabilityId}`, line.id)];
  const site = known.sites.get(allocation.siteId);
  const found: Violation[] = [];
  const say = (code: Violation['code'], detail: string): void => {
    found.push(violation(code, detail, line.id));
  };
  if (capability.siteId !== allocation.siteId || capability.itemId !== line.itemId || !site) {
    say('not-capable', `${capability.id} is not for this item and site`);
  }
  if (capability.state !== 'qualified') say('not-qualified', capability.state);
  if (site?.suspended) say('suspended', site.id);
  if (!Number.isSafeInteger(allocation.quantity) || allocation.quantity < 1) {
    say('quantity', `allocation of ${allocation.quantity}`);
  }
  if (allocation.quantity < capability.minLot) {
    say('minimum-lot', `${allocation.quantity} below ${capability.minLot}`);
  }
  const starts = allocation.subLots.map((lot) => lot.startMs);
  const ends = allocation.subLots.map((lot) => lot.endMs);
  if (starts.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) !== allocation.startMs) {
    say('arithmetic', 'start is not the first sub-lot');
  }
  if (ends.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) !== allocation.finishMs) {
    say('arithmetic', 'finish is not the last sub-lot');
  }
  const frozenUntilMs = Math.max(known.snapshot.nowMs, known.snapshot.fenceMs ?? 0);
  if (allocation.startMs < frozenUntilMs) say('fence', 'starts before the fence');
  if (allocation.startMs < (line.earliestMs ?? frozenUntilMs)) say('earliest', 'starts before it may');
  if (allocation.finishMs > known.snapshot.horizonEndMs) say('horizon', 'ends after the horizon');
  checkSteps(known, capability, allocation, say);
  return found;
}

function checkSteps(
  known: Known,
  capability: CapabilitySnapshot,
  allocation: Allocation,
  say: (code: Violation['code'], detail: string) => void,
): void {
  let stepBeforeEndsMs = Number.NEGATIVE_INFINITY;
  capability.steps.forEach((step, stepIndex) => {
    const lots = allocation.subLots.filter((lot) => lot.stepIndex === stepIndex);
    const pieces = lots.reduce((sum, lot) => sum + lot.quantity, 0);
    if (pieces !== allocation.quantity)
      say('quantity', `step ${stepIndex} makes ${pieces} of ${allocation.quantity}`);
    let endsMs = stepBeforeEndsMs;
    for (const lot of lots) {
      if (!step.machineIds.includes(lot.machineId))
        say('not-capable', `machine ${lot.machineId} in step ${stepIndex}`);
      if (!Number.isSafeInteger(lot.quantity) || lot.quantity < 1)
        say('quantity', `sub-lot of ${lot.quantity}`);
      if (lot.startMs < stepBeforeEndsMs)
        say('precedence', `step ${stepIndex} starts before the one before ended`);
      if (lot.setUpMs !== step.setUpMs) say('arithmetic', `set-up of ${lot.setUpMs} ms`);
      const rateMs = step.msPerPieceByMachine?.[lot.machineId] ?? step.msPerPiece;
      checkWork(known, lot, step.setUpMs + Math.ceil(lot.quantity * rateMs), say);
      endsMs = Math.max(endsMs, lot.endMs);
    }
    stepBeforeEndsMs = endsMs;
  });
  if (allocation.subLots.some((lot) => !(lot.stepIndex in capability.steps))) {
    say('not-capable', 'a sub-lot of a step that the routing does not have');
  }
}

/** Work needed = working time between start and end; it neither starts nor ends in a pause. */
function checkWork(
  known: Known,
  lot: SubLot,
  neededMs: number,
  say: (code: Violation['code'], detail: string) => void,
): void {
  const machine = known.machines.get(lot.machineId);
  const windows = machine ? (known.snapshot.calendars[machine.calendarId] ?? []) : [];
  let workedMs = 0;
  let startsInside = false;
  let endsInside = false;
  for (const { startMs, endMs } of windows) {
    if (endMs <= lot.startMs || startMs >= lot.endMs) continue;
    workedMs += Math.min(endMs, lot.endMs) - Math.max(startMs, lot.startMs);
    startsInside ||= startMs <= lot.startMs && lot.startMs < endMs;
    endsInside ||= startMs < lot.endMs && lot.endMs <= endMs;
  }
  if (workedMs !== neededMs) say('calendar', `${lot.machineId} works ${workedMs} ms of ${neededMs}`);
  if (!startsInside || !endsInside) say('calendar', `${lot.machineId} starts or ends outside working time`);
}

function checkMachine(machine: MachineSnapshot, subLots: readonly Occupancy[]): Violation[] {
  const found: Violation[] = [];
  const still: Occupancy[] = [
    ...(machine.fixed ?? []).map((span): Occupancy => ({ ...span, what: 'fixed', allocation: undefined })),
    ...(machine.blocked ?? []).map(
      (span): Occupancy => ({
        startMs: span.startMs,
        endMs: span.endMs,
        what: 'blocked',
        allocation: undefined,
      }),
    ),
  ].filter((span) => span.startMs < span.endMs);
  const all = [...still, ...subLots].sort((a, b) => a.startMs - b.startMs);
  // Those that reach furthest so far, one planned and one not: what merely stands behind them is covered by them.
  let furthestLot: Occupancy | undefined;
  let furthestStill: Occupancy | undefined;
  for (const span of all) {
    for (const earlier of [furthestLot, furthestStill]) {
      if (!earlier || span.startMs >= earlier.endMs) continue;
      const mine = span.what === 'sub-lot' ? span : earlier;
      if (mine.what !== 'sub-lot') continue;
      const other = mine === span ? earlier : span;
      found.push(
        violation(
          other.what === 'blocked' ? 'blocked' : 'overlap',
          machine.id,
          mine.allocation?.lineId ?? '',
        ),
      );
    }
    if (span.what === 'sub-lot') {
      if (!furthestLot || span.endMs > furthestLot.endMs) furthestLot = span;
    } else if (!furthestStill || span.endMs > furthestStill.endMs) furthestStill = span;
  }
  return found;
}
