import { localDays } from '../calendar/shift-calendar.ts';
import type { FlowProblem } from '../flow/flow-problem.ts';
import { type FlowProgress, solveFlow } from '../flow/solve-flow.ts';
import { clip, durationMs, type Interval, normalize, subtract } from '../interval/interval.ts';
import type { LineSnapshot, MachineSnapshot, Snapshot } from '../snapshot.ts';
import { createLineJobs } from './job.ts';
import { type Candidate, compareText, createModel, type Model } from './model.ts';

/** What one more hour would be worth, by machine group and day. */
export interface HourValues {
  /** By site, then by the first machine's id. */
  readonly groups: readonly GroupHours[];
  /** Hours of work that are wanted within these days, and those of them that no capable group has in time. */
  readonly wantedHours: number;
  readonly unservedHours: number;
  /** How far the values' own plan can be from the best, 0 … 1. */
  readonly gap: number;
}

export interface GroupHours {
  readonly siteId: string;
  /** Sorted. */
  readonly machineIds: readonly string[];
  readonly days: readonly HourValue[];
}

export interface HourValue {
  /** `yyyy-mm-dd` at the site. */
  readonly date: string;
  /** Machine hours that nothing stands on yet. */
  readonly freeHours: number;
  /** Machine hours that the lines of the snapshot take of them. */
  readonly takenHours: number;
  /** Points (minor units of money) by which the best plan would improve with one more hour; falls with the day. */
  readonly valuePerHour: number;
}

export interface HourValueOptions {
  /** Local days from the one that holds `nowMs`; 1 … 60. */
  readonly days: number;
  /** IANA zone by site. */
  readonly zones: Readonly<Record<string, string>>;
  readonly onProgress?: ((progress: FlowProgress) => 'stop' | undefined) | undefined;
}

const MINUTE_MS = 60_000;
const HOUR_MIN = 60;
const DAY_HOURS = 24;
/** Whole lines are large, and a value needs no more digits than money. */
const GAP_AIM = 0.001;
const MOST_LEAD = 127;
const MOST_COST = 2 ** 29;

/**
 * The lines as a divisible flow of machine minutes into the groups' free days [docs/planning/flow.md]; the prices of that
 * flow are the values. Set-ups, minimum lots and the steps beside the binding one are left out, and a line counts with the
 * minutes of its fastest group: values compare groups and days, they are no offer.
 */
export function hourValues(snapshot: Snapshot, options: HourValueOptions): HourValues {
  const model = createModel(snapshot);
  const groups = groupsOf(model, options);
  const wishes = snapshot.lines.flatMap((line) => wishOf(model, line, groups) ?? []);
  const problem = toProblem(wishes, [...groups.values()], options.days);
  const solved = solveFlow(problem, {
    gapAim: GAP_AIM,
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
  const taken = takenMinutes(problem, solved);
  const total = (values: Iterable<number>): number =>
    [...values].reduce((sum, one) => sum + one, 0) / HOUR_MIN;
  return {
    groups: [...groups.values()].map(({ siteId, machineIds, days, index }) => ({
      siteId,
      machineIds,
      days: days.map(({ date, freeMin }, day) => ({
        date,
        freeHours: freeMin / HOUR_MIN,
        takenHours: (taken[index * options.days + day] as number) / HOUR_MIN,
        valuePerHour: Math.round((solved.prices[index * options.days + day] as number) * HOUR_MIN),
      })),
    })),
    wantedHours: total(problem.quantity),
    unservedHours: total(solved.unserved),
    gap: solved.gap,
  };
}

interface Group {
  readonly index: number;
  readonly siteId: string;
  readonly machineIds: readonly string[];
  readonly days: readonly { readonly date: string; readonly endMs: number; readonly freeMin: number }[];
}

/** The machines of the step that takes longest: they decide how much a route can make. */
function bindingStep({ route }: Candidate): {
  readonly key: string;
  readonly msPerPiece: number;
  readonly setUpMs: number;
} {
  let binding = { key: '', msPerPiece: 0, setUpMs: 0 };
  let longest = -1;
  for (const step of route.capability.steps) {
    const share = step.msPerPiece / Math.max(1, step.machineIds.length);
    if (share <= longest) continue;
    longest = share;
    binding = { key: keyOf(step.machineIds), msPerPiece: step.msPerPiece, setUpMs: step.setUpMs };
  }
  return binding;
}

const keyOf = (machineIds: readonly string[]): string => [...machineIds].sort(compareText).join(' ');

function groupsOf({ snapshot }: Model, { days, zones }: HourValueOptions): Map<string, Group> {
  const machines = new Map(snapshot.machines.map((machine) => [machine.id, machine]));
  const found = new Map<string, { siteId: string; machineIds: readonly string[] }>();
  for (const { siteId, steps } of snapshot.capabilities) {
    for (const { machineIds } of steps) {
      found.set(keyOf(machineIds), { siteId, machineIds: [...machineIds].sort(compareText) });
    }
  }
  const sorted = [...found].sort(
    ([, a], [, b]) =>
      compareText(a.siteId, b.siteId) || compareText(a.machineIds[0] ?? '', b.machineIds[0] ?? ''),
  );
  return new Map(
    sorted.map(([key, { siteId, machineIds }], index) => {
      const own = machineIds.flatMap((id) => machines.get(id) ?? []);
      return [
        key,
        { index, siteId, machineIds, days: freeDays(snapshot, own, zones[siteId] ?? 'UTC', days) },
      ];
    }),
  );
}

function freeDays(
  snapshot: Snapshot,
  machines: readonly MachineSnapshot[],
  zone: string,
  days: number,
): Group['days'] {
  // One day more than asked, because the first and the last may be cut by midnight.
  const span = localDays(
    snapshot.nowMs,
    snapshot.nowMs + (days + 1) * DAY_HOURS * 60 * MINUTE_MS,
    zone,
  ).slice(0, days);
  const free = machines.map((machine) => freeTime(snapshot, machine));
  return span.map(({ date, startMs, endMs }) => {
    const from = Math.max(startMs, snapshot.nowMs);
    const ms = free.reduce((sum, windows) => sum + durationMs(clip(windows, { startMs: from, endMs })), 0);
    return { date, endMs, freeMin: Math.floor(ms / MINUTE_MS) };
  });
}

function freeTime(
  { calendars }: Snapshot,
  { calendarId, blocked = [], fixed = [] }: MachineSnapshot,
): Interval[] {
  return subtract(normalize(calendars[calendarId] ?? []), normalize([...blocked, ...fixed]));
}

/** A line and where it could be made in time. */
interface Wish {
  readonly minutes: number;
  readonly latestDay: number;
  /** Points per minute that is not made in time. */
  readonly unservedCost: number;
  readonly arcs: readonly { readonly group: number; readonly cost: number; readonly lead: number }[];
}

function wishOf(model: Model, line: LineSnapshot, groups: ReadonlyMap<string, Group>): Wish | undefined {
  const candidates = createLineJobs(model, line).jobs.flatMap(({ options, partOptions }) => [
    ...options.map(({ candidate }) => candidate),
    ...partOptions,
  ]);
  const ways = [...new Set(candidates)].flatMap((candidate) => {
    const { key, msPerPiece, setUpMs } = bindingStep(candidate);
    const group = groups.get(key);
    if (group === undefined) return [];
    const readyMs = line.dueMs - candidate.transportMs;
    const minutes = Math.max(1, Math.ceil((setUpMs + msPerPiece * line.quantity) / MINUTE_MS));
    return [{ candidate, group, minutes, day: lastWholeDay(group, readyMs) }];
  });
  if (ways.length === 0) return undefined;
  // Beyond these days other hours will do as well: the line says nothing about the value of these.
  if (ways.every(({ group, day }) => day === group.days.length)) return undefined;
  const minutes = Math.min(...ways.map((way) => way.minutes));
  const last = Math.max(...ways.map(({ group, day }) => Math.min(day, group.days.length - 1)));
  const arcs = ways.map(({ candidate, group, day }) => ({
    group: group.index,
    cost: Math.min(MOST_COST, Math.max(0, Math.round(candidate.costMinor(line.quantity) / minutes))),
    // Too late everywhere: then at least as soon as can be.
    lead: last < 0 ? 0 : Math.min(MOST_LEAD, last - Math.min(day, group.days.length - 1)),
  }));
  arcs.sort((a, b) => a.cost - b.cost || a.group - b.group || a.lead - b.lead);
  return {
    minutes,
    latestDay: Math.max(0, last),
    unservedCost: unservedCost(model, line, minutes, arcs),
    arcs,
  };
}

/** −1 = before the first day ends; the number of days = after the last. */
function lastWholeDay({ days }: Group, readyMs: number): number {
  let day = -1;
  while (day + 1 < days.length && (days[day + 1]?.endMs ?? 0) <= readyMs) day++;
  const lastEnd = days.at(-1)?.endMs ?? 0;
  return readyMs >= lastEnd + DAY_HOURS * 60 * MINUTE_MS ? days.length : day;
}

/** A day's lateness of the whole line, above the cheapest way to make it. */
function unservedCost(
  { snapshot: { weights } }: Model,
  { priority }: LineSnapshot,
  minutes: number,
  arcs: Wish['arcs'],
): number {
  const late = (weights.latePerLine[priority] ?? 0) + DAY_HOURS * (weights.tardinessPerHour[priority] ?? 0);
  return Math.min(MOST_COST, (arcs[0]?.cost ?? 0) + Math.max(1, Math.round(late / minutes)));
}

function toProblem(wishes: readonly Wish[], groups: readonly Group[], days: number): FlowProblem {
  const capacity = new Int32Array(groups.length * days);
  for (const { index, days: own } of groups) {
    own.forEach(({ freeMin }, day) => {
      capacity[index * days + day] = freeMin;
    });
  }
  const arcs = wishes.flatMap((wish) => wish.arcs);
  const arcStart = new Int32Array(wishes.length + 1);
  wishes.forEach((wish, order) => {
    arcStart[order + 1] = (arcStart[order] as number) + wish.arcs.length;
  });
  return {
    siteCount: groups.length,
    days,
    capacity,
    quantity: Int32Array.from(wishes, ({ minutes }) => minutes),
    latestDay: Int32Array.from(wishes, ({ latestDay }) => latestDay),
    unservedCost: Int32Array.from(wishes, (wish) => wish.unservedCost),
    arcList: Int32Array.from(wishes, (_, order) => order),
    arcStart,
    arcSite: Int32Array.from(arcs, ({ group }) => group),
    arcCost: Int32Array.from(arcs, ({ cost }) => cost),
    arcLead: Int8Array.from(arcs, ({ lead }) => lead),
  };
}

/** Which days a group's work falls on: each piece as late as it may, from the last day backwards. */
function takenMinutes(
  { siteCount, days, capacity, latestDay, arcSite, arcLead }: FlowProblem,
  { pieceStart, pieceArc, pieceAmount }: ReturnType<typeof solveFlow>,
): Int32Array {
  const taken = new Int32Array(siteCount * days);
  const due: { group: number; day: number; minutes: number }[] = [];
  for (let order = 0; order < latestDay.length; order++) {
    for (let piece = pieceStart[order] as number; piece < (pieceStart[order + 1] as number); piece++) {
      const arc = pieceArc[piece] as number;
      const day = (latestDay[order] as number) - (arcLead?.[arc] ?? 0);
      due.push({ group: arcSite[arc] as number, day, minutes: pieceAmount[piece] as number });
    }
  }
  due.sort((a, b) => b.day - a.day || a.group - b.group);
  for (const { group, day, minutes } of due) {
    let left = minutes;
    for (let at = group * days + Math.min(day, days - 1); at >= group * days && left > 0; at--) {
      const put = Math.min(left, (capacity[at] as number) - (taken[at] as number));
      taken[at] = (taken[at] as number) + put;
      left -= put;
    }
  }
  return taken;
}
