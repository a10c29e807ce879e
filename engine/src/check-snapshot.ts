import type { CapabilitySnapshot, LineSnapshot, Snapshot } from './snapshot.ts';

/** Enough to see what is wrong without printing a whole network. */
const MAX_PROBLEMS = 100;

/** What contradicts itself in a snapshot, in words; empty when nothing does. `match` and `createPlanIndex` refuse such input. */
export function checkSnapshot(snapshot: Snapshot): readonly string[] {
  const problems: string[] = [];
  const note = (problem: string): void => {
    if (problems.length < MAX_PROBLEMS) problems.push(problem);
  };
  if (!(snapshot.horizonEndMs > snapshot.nowMs)) note('the horizon ends before it begins');
  const { transport, weights } = snapshot;
  if (!(transport.kmPerHour > 0 && transport.fixedMs >= 0)) note('transport does not move');
  for (const list of [weights.latePerLine, weights.tardinessPerHour, weights.unplacedPerLine]) {
    if (list.length < 5 || list.some((weight) => !(weight >= 0))) note('a weight is missing or below zero');
  }
  for (const [id, windows] of Object.entries(snapshot.calendars)) {
    const ordered = windows.every(
      ({ startMs, endMs }, i) => startMs < endMs && (windows[i - 1]?.endMs ?? -Infinity) <= startMs,
    );
    if (!ordered) note(`calendar ${id}: windows overlap or are not in order`);
  }
  const siteIds = unique('site', snapshot.sites, note);
  const machineIds = unique('machine', snapshot.machines, note);
  unique('line', snapshot.lines, note);
  unique('capability', snapshot.capabilities, note);
  for (const machine of snapshot.machines) {
    if (!siteIds.has(machine.siteId)) note(`machine ${machine.id}: unknown site ${machine.siteId}`);
    if (!snapshot.calendars[machine.calendarId]) {
      note(`machine ${machine.id}: unknown calendar ${machine.calendarId}`);
    }
  }
  for (const capability of snapshot.capabilities) checkCapability(capability, siteIds, machineIds, note);
  for (const line of snapshot.lines) checkLine(line, note);
  return problems;
}

function unique(
  noun: string,
  rows: readonly { readonly id: string }[],
  note: (problem: string) => void,
): Set<string> {
  const seen = new Set<string>();
  for (const { id } of rows) {
    if (seen.has(id)) note(`${noun} ${id} twice`);
    seen.add(id);
  }
  return seen;
}

function checkCapability(
  capability: CapabilitySnapshot,
  siteIds: ReadonlySet<string>,
  machineIds: ReadonlySet<string>,
  note: (problem: string) => void,
): void {
  const where = `capability ${capability.id}`;
  if (!siteIds.has(capability.siteId)) note(`${where}: unknown site ${capability.siteId}`);
  if (capability.steps.length === 0) note(`${where}: no steps`);
  for (const step of capability.steps) {
    if (step.machineIds.length === 0) note(`${where}: a step without machines`);
    if (!(step.msPerPiece > 0 && step.setUpMs >= 0))
      note(`${where}: rate or set-up is not a positive number`);
    for (const id of step.machineIds) if (!machineIds.has(id)) note(`${where}: unknown machine ${id}`);
  }
}

function checkLine(line: LineSnapshot, note: (problem: string) => void): void {
  const where = `line ${line.id}`;
  if (!(Number.isSafeInteger(line.quantity) && line.quantity >= 1))
    note(`${where}: quantity ${line.quantity}`);
  if (!Number.isFinite(line.dueMs)) note(`${where}: due date is not a number`);
  for (const lock of line.locks ?? []) {
    if (lock.kind !== 'date' && !lock.siteId) note(`${where}: a ${lock.kind} lock without a site`);
    if (lock.kind === 'quantity' && !((lock.quantity ?? 0) >= 1)) {
      note(`${where}: a quantity lock without quantity`);
    }
    if (lock.kind === 'date' && lock.dateMs === undefined) note(`${where}: a date lock without date`);
  }
}
