import type { CapabilitySnapshot, LineLock, LineSnapshot, Snapshot } from './snapshot.ts';

/** Enough to see what is wrong without printing a whole network. */
const MAX_PROBLEMS = 100;

type Note = (problem: string) => void;

/** Beyond this a number is a slip of the keyboard, and sums of such numbers are no longer exact. */
const MOST_PIECES = 1e9;
const LONGEST_STEP_MS = 1_000 * 366 * 86_400_000;
/** Instants outside the years 1970 to 2200 come from a wrong unit. */
const LATEST_INSTANT_MS = Date.UTC(2200, 0, 1);

/** What contradicts itself in a snapshot, in words; empty when nothing does. `match` and `createPlanIndex` refuse such input. */
export function checkSnapshot(snapshot: Snapshot): readonly string[] {
  const problems: string[] = [];
  const note: Note = (problem) => {
    if (problems.length < MAX_PROBLEMS) problems.push(problem);
  };
  for (const name of ['nowMs', 'horizonEndMs', 'fenceMs'] as const) {
    const instant = snapshot[name];
    if (instant !== undefined && !isInstant(instant)) note(`${name}: ${instant} is no instant`);
  }
  if (!(snapshot.horizonEndMs > snapshot.nowMs)) note('the horizon ends before it begins');
  if ((snapshot.fenceMs ?? snapshot.nowMs) >= snapshot.horizonEndMs)
    note('the fence lies behind the horizon');
  if (!((snapshot.safetyMs ?? 0) >= 0)) note(`safety time ${snapshot.safetyMs}`);
  const { transport, weights } = snapshot;
  if (!(transport.kmPerHour > 0 && transport.fixedMs >= 0)) note('transport does not move');
  for (const list of [weights.latePerLine, weights.tardinessPerHour, weights.unplacedPerLine]) {
    if (list.length < 5 || list.some((weight) => !(weight >= 0))) note('a weight is missing or below zero');
  }
  const single = [
    weights.costPerMinor,
    weights.distancePerKm,
    weights.changePerLine,
    weights.fairnessPerHour ?? 0,
  ];
  if (single.some((weight) => !(weight >= 0))) note('a weight is missing or below zero');
  for (const [id, windows] of Object.entries(snapshot.calendars)) {
    const ordered = windows.every(
      ({ startMs, endMs }, i) => startMs < endMs && (windows[i - 1]?.endMs ?? -Infinity) <= startMs,
    );
    if (!ordered) note(`calendar ${id}: windows overlap or are not in order`);
  }
  checkWorkingTime(snapshot, note);
  const siteIds = unique((id) => `site ${id} twice`, snapshot.sites, note);
  unique((id) => `machine ${id} twice`, snapshot.machines, note);
  unique((id) => `line ${id} twice`, snapshot.lines, note);
  unique((id) => `capability ${id} twice`, snapshot.capabilities, note);
  for (const machine of snapshot.machines) {
    if (!siteIds.has(machine.siteId)) note(`machine ${machine.id}: unknown site ${machine.siteId}`);
    if (!snapshot.calendars[machine.calendarId]) {
      note(`machine ${machine.id}: unknown calendar ${machine.calendarId}`);
    }
    for (const span of [...(machine.blocked ?? []), ...(machine.fixed ?? [])]) {
      if (!(span.startMs <= span.endMs)) note(`machine ${machine.id}: a spell ends before it begins`);
    }
  }
  const machineSites = new Map(snapshot.machines.map(({ id, siteId }) => [id, siteId]));
  for (const capability of snapshot.capabilities) checkCapability(capability, siteIds, machineSites, note);
  for (const line of snapshot.lines) {
    checkLine(line, note);
    if (line.locks?.length) checkLocks(line, line.locks, note);
  }
  return problems;
}

function unique(
  twice: (id: string) => string,
  rows: readonly { readonly id: string }[],
  note: Note,
): Set<string> {
  const seen = new Set<string>();
  for (const { id } of rows) {
    if (seen.has(id)) note(twice(id));
    seen.add(id);
  }
  return seen;
}

function checkCapability(
  capability: CapabilitySnapshot,
  siteIds: ReadonlySet<string>,
  machineSites: ReadonlyMap<string, string>,
  note: Note,
): void {
  const where = `capability ${capability.id}`;
  if (!siteIds.has(capability.siteId)) note(`${where}: unknown site ${capability.siteId}`);
  if (capability.steps.length === 0) note(`${where}: no steps`);
  if (!(capability.minLot >= 1 && capability.minLot <= MOST_PIECES)) {
    note(`${where}: minimum lot ${capability.minLot}`);
  }
  if (!(capability.unitCostMinor >= 0 && Number.isFinite(capability.unitCostMinor))) {
    note(`${where}: unit cost ${capability.unitCostMinor}`);
  }
  for (const step of capability.steps) {
    if (step.machineIds.length === 0) note(`${where}: a step without machines`);
    const rates = [step.msPerPiece, ...Object.values(step.msPerPieceByMachine ?? {})];
    if (!rates.every((ms) => ms > 0 && ms <= LONGEST_STEP_MS))
      note(`${where}: rate is not a positive number`);
    if (!(step.setUpMs >= 0 && step.setUpMs <= LONGEST_STEP_MS))
      note(`${where}: set-up of ${step.setUpMs} ms`);
    for (const id of step.machineIds) {
      const siteId = machineSites.get(id);
      if (siteId === undefined) note(`${where}: unknown machine ${id}`);
      else if (siteId !== capability.siteId) note(`${where}: machine ${id} stands at ${siteId}`);
    }
    if (new Set(step.machineIds).size < step.machineIds.length) note(`${where}: a machine twice in a step`);
  }
}

function checkLine(line: LineSnapshot, note: Note): void {
  const where = `line ${line.id}`;
  if (!(Number.isSafeInteger(line.quantity) && line.quantity >= 1 && line.quantity <= MOST_PIECES))
    note(`${where}: quantity ${line.quantity}`);
  // A date before `nowMs` is late, not impossible: such lines exist.
  if (!isInstant(line.dueMs)) note(`${where}: due date ${line.dueMs} is no instant`);
  if (line.earliestMs !== undefined && !isInstant(line.earliestMs)) {
    note(`${where}: earliest start ${line.earliestMs} is no instant`);
  }
  if (![0, 1, 2, 3, 4].includes(line.priority)) note(`${where}: priority ${line.priority}`);
  if (!(line.minShipment >= 0)) note(`${where}: minimum shipment ${line.minShipment}`);
  if (line.maxSites !== undefined && !(Number.isSafeInteger(line.maxSites) && line.maxSites >= 1)) {
    note(`${where}: at most ${line.maxSites} sites`);
  }
  for (const lock of line.locks ?? []) {
    if (lock.kind !== 'date' && !lock.siteId) note(`${where}: a ${lock.kind} lock without a site`);
    if (lock.kind === 'quantity' && !((lock.quantity ?? 0) >= 1)) {
      note(`${where}: a quantity lock without quantity`);
    }
    if (lock.kind === 'date' && lock.dateMs === undefined) note(`${where}: a date lock without date`);
    else if (lock.kind === 'date' && !isInstant(lock.dateMs ?? 0))
      note(`${where}: a date lock on no instant`);
  }
}

/**
 * Locks that cannot be kept together whatever the plan. A lock that the network merely cannot fulfil (a site that is
 * suspended or not capable, a date that has passed) is no contradiction: the line stays unplaced with that reason.
 */
function checkLocks(line: LineSnapshot, locks: readonly LineLock[], note: Note): void {
  const where = `line ${line.id}`;
  const quantities = locks.filter(({ kind }) => kind === 'quantity');
  const pieces = quantities.reduce((sum, { quantity }) => sum + (quantity ?? 0), 0);
  if (quantities.length > 1 && pieces > line.quantity) {
    note(`${where}: ${quantities.length} locks on together ${pieces} of ${line.quantity} pieces`);
  }
  const sites = new Set(locks.filter(({ kind }) => kind === 'site').map(({ siteId }) => siteId));
  const elsewhere = quantities.find(({ siteId }) => sites.size > 0 && !sites.has(siteId));
  if (elsewhere && pieces >= line.quantity) {
    note(
      `${where}: all pieces locked to ${elsewhere.siteId}, and the line to ${[...sites].sort().join(', ')}`,
    );
  }
  for (const { kind, dateMs } of locks) {
    if (kind === 'date' && (dateMs ?? 0) <= (line.earliestMs ?? Number.NEGATIVE_INFINITY)) {
      note(`${where}: locked to a date before its earliest start`);
    }
  }
}

/** Nothing can be planned when no machine that is needed ever works. */
function checkWorkingTime(snapshot: Snapshot, note: Note): void {
  const { calendars, nowMs, horizonEndMs, machines, capabilities, lines } = snapshot;
  if (lines.length === 0 || capabilities.length === 0 || machines.length === 0) return;
  const empty = new Set<string>();
  for (const [id, windows] of Object.entries(calendars)) {
    if (!windows.some(({ startMs, endMs }) => endMs > nowMs && startMs < horizonEndMs)) empty.add(id);
  }
  if (empty.size === 0 || !machines.every(({ calendarId }) => empty.has(calendarId))) return;
  note(`no machine works within the horizon: calendar ${[...empty].sort().join(', ')} is empty`);
}

function isInstant(ms: number): boolean {
  return ms >= 0 && ms <= LATEST_INSTANT_MS;
}
