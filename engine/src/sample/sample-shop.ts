import { calendarWindows, type ShiftCalendar, type Weekday } from '../calendar/shift-calendar.ts';
import type { Interval } from '../interval/interval.ts';
import type {
  OperationAlternative,
  OperatorGroup,
  OperatorShift,
  SetUpMatrix,
  ShopJob,
  ShopMachine,
  ShopOperation,
  ShopSnapshot,
  ShopTool,
} from '../scheduling/shop/shop-snapshot.ts';
import { type Random, seededRandom } from './seeded-random.ts';

export interface SampleShopOptions {
  readonly seed: number;
  /** About so many: jobs have three to seven each. */
  readonly operations: number;
  /** Work that arrives over what the machines can do in that time, set-ups not counted; 1.1 when missing: queues build up. */
  readonly load?: number | undefined;
  /** Share of machines with work on them at the start; 0.5 when missing. */
  readonly running?: number | undefined;
  /** Monday 23 March 2026 in Berlin when missing: the clock goes forward six days later. */
  readonly nowMs?: number | undefined;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const TIME_ZONE = 'Europe/Berlin';
const HORIZON_DAYS = 300;
const FAMILIES = 8;
/** Of the most urgent kind to the least: weights of jobs and how many in a hundred have them. */
const WEIGHTS: readonly (readonly [number, number])[] = [
  [8, 5],
  [4, 20],
  [2, 35],
  [1, 40],
];

/** A kind of work; machines are shared out by `share`. */
interface Process {
  readonly name: string;
  readonly share: number;
  readonly calendar: 'two-shift' | 'three-shift' | 'round-the-clock' | 'day';
  readonly attended: ShopOperation['attended'];
  readonly meanMs: number;
  readonly meanSetUpMs: number;
  readonly interruptible: number;
  readonly toolShare: number;
  readonly isFurnace: boolean;
}

const cutting = { attended: 'set-up', isFurnace: false, meanSetUpMs: 35 * MINUTE_MS } as const;
const PROCESSES: readonly Process[] = [
  {
    ...cutting,
    name: 'turn',
    share: 6,
    calendar: 'three-shift',
    meanMs: 2 * HOUR_MS,
    interruptible: 0.8,
    toolShare: 0,
  },
  {
    ...cutting,
    name: 'mill',
    share: 7,
    calendar: 'two-shift',
    meanMs: 2.5 * HOUR_MS,
    interruptible: 0.8,
    toolShare: 0.2,
  },
  {
    ...cutting,
    name: 'grind',
    share: 4,
    calendar: 'two-shift',
    meanMs: 1.5 * HOUR_MS,
    interruptible: 0.4,
    toolShare: 0.3,
  },
  {
    name: 'furnace',
    share: 1,
    calendar: 'round-the-clock',
    attended: 'none',
    meanMs: 4 * HOUR_MS,
    meanSetUpMs: 40 * MINUTE_MS,
    interruptible: 0,
    toolShare: 0,
    isFurnace: true,
  },
  {
    name: 'assemble',
    share: 4,
    calendar: 'day',
    attended: 'whole',
    meanMs: 1.5 * HOUR_MS,
    meanSetUpMs: 10 * MINUTE_MS,
    interruptible: 1,
    toolShare: 0,
    isFurnace: false,
  },
];

/**
 * A seeded job shop as small manufacturers run it: parallel machines of unequal speed, shifts over a change of the
 * clock, set-ups by family, furnaces with batches, tools, operators, maintenance, work already running. The same
 * options give the same shop.
 */
export function sampleShop(options: SampleShopOptions): ShopSnapshot {
  const random = seededRandom(options.seed);
  const nowMs = options.nowMs ?? Date.parse('2026-03-23T06:00:00+01:00');
  const machineCount = Math.max(8, Math.round(options.operations / 33));
  const groups = shareOut(machineCount, random, nowMs);
  const jobs = makeJobs(options, groups, random, nowMs);
  return {
    siteId: `sample-${options.seed}`,
    nowMs,
    seed: options.seed,
    calendars: makeCalendars(nowMs),
    setUpMatrices: PROCESSES.map((process) => makeMatrix(process, random)),
    machines: groups.flatMap((group) => group.machines),
    operatorGroups: groups.flatMap((group) => group.operators ?? []),
    tools: groups.flatMap((group) => group.tools),
    jobs,
  };
}

interface Group {
  readonly process: Process;
  readonly machines: readonly ShopMachine[];
  /** By machine: its time over the standard time. */
  readonly pace: readonly number[];
  readonly operators: OperatorGroup | undefined;
  readonly tools: readonly ShopTool[];
}

const WORKDAYS: readonly Weekday[] = [1, 2, 3, 4, 5];
const ALL_DAYS: readonly Weekday[] = [1, 2, 3, 4, 5, 6, 7];
const SHIFTS: Readonly<Record<Process['calendar'], ShiftCalendar>> = {
  day: weekly(WORKDAYS, [['07:00', '16:00']]),
  'two-shift': weekly(WORKDAYS, [
    ['06:00', '14:00'],
    ['14:00', '22:00'],
  ]),
  'three-shift': weekly(
    [7, 1, 2, 3, 4],
    [
      ['22:00', '06:00'],
      ['06:00', '14:00'],
      ['14:00', '22:00'],
    ],
  ),
  'round-the-clock': weekly(ALL_DAYS, [['00:00', '24:00']]),
};

function weekly(days: readonly Weekday[], spans: readonly (readonly [string, string])[]): ShiftCalendar {
  const shifts = days.flatMap((weekday) => spans.map(([from, to]) => ({ weekday, from, to })));
  return { weekly: shifts, exceptions: [] };
}

function makeCalendars(nowMs: number): Record<string, readonly Interval[]> {
  return Object.fromEntries(
    Object.entries(SHIFTS).map(([name, shifts]) => [
      name,
      calendarWindows(shifts, TIME_ZONE, nowMs, nowMs + HORIZON_DAYS * DAY_MS),
    ]),
  );
}

function shareOut(machineCount: number, random: Random, nowMs: number): Group[] {
  const shares = PROCESSES.reduce((sum, process) => sum + process.share, 0);
  return PROCESSES.map((process): Group => {
    const count = Math.max(1, Math.round((machineCount * process.share) / shares));
    const machines = Array.from({ length: count }, (_, k): ShopMachine => {
      const serviced = random.chance(0.3) && !process.isFurnace;
      // Ten o'clock on a day of the first weeks, four hours.
      const startMs = nowMs + (1 + random.below(20)) * DAY_MS + 4 * HOUR_MS;
      return {
        id: `${process.name}-${k}`,
        calendarId: process.calendar,
        setUpMatrixId: process.name,
        ...(random.chance(0.8) ? { family: `${process.name}-f${random.below(FAMILIES)}` } : {}),
        ...(serviced ? { maintenance: [{ startMs, endMs: startMs + 4 * HOUR_MS }] } : {}),
        ...(process.isFurnace ? { batchCapacity: 12 } : {}),
      };
    });
    const heads = Math.max(1, Math.ceil(count * (process.attended === 'whole' ? 0.9 : 0.35)));
    const tools = process.toolShare > 0 ? Math.max(1, Math.round(count / 3)) : 0;
    return {
      process,
      machines,
      pace: machines.map(() => 0.85 + 0.4 * random.next()),
      operators:
        process.attended === 'none'
          ? undefined
          : { id: `${process.name}-operators`, shifts: makeShifts(process, heads, nowMs) },
      tools: Array.from({ length: tools }, (_, k) => ({
        id: `${process.name}-tool-${k}`,
        count: 1 + random.below(2),
      })),
    };
  });
}

/** Nights and afternoons have fewer people than mornings. */
function makeShifts(process: Process, heads: number, nowMs: number): OperatorShift[] {
  const untilMs = nowMs + HORIZON_DAYS * DAY_MS;
  return SHIFTS[process.calendar].weekly
    .flatMap((shift) => {
      const headCount = shift.from === '22:00' ? Math.ceil(heads / 2) : heads;
      const windows = calendarWindows({ weekly: [shift], exceptions: [] }, TIME_ZONE, nowMs, untilMs);
      return windows.map((window) => ({ ...window, headCount }));
    })
    .sort((a, b) => a.startMs - b.startMs);
}

/** Families lie on a ring: neighbours need little set-up, and back is not the same as forth. */
function makeMatrix(process: Process, random: Random): SetUpMatrix {
  const minutes = (meanMs: number): number => MINUTE_MS * Math.max(1, Math.round(meanMs / MINUTE_MS));
  const families = Array.from({ length: FAMILIES }, (_, k) => `${process.name}-f${k}`);
  const ms = families.map((_, from) =>
    families.map((__, to) => {
      if (from === to) return 0;
      const steps = (to - from + FAMILIES) % FAMILIES;
      return minutes(process.meanSetUpMs * (0.3 + (1.2 * steps) / FAMILIES + 0.4 * random.next()));
    }),
  );
  return { id: process.name, families, ms, initialMs: families.map(() => minutes(process.meanSetUpMs)) };
}

function makeJobs(
  options: SampleShopOptions,
  groups: readonly Group[],
  random: Random,
  nowMs: number,
): ShopJob[] {
  const drafts: { readonly operations: ShopOperation[]; readonly workMs: number }[] = [];
  let operations = 0;
  let workMs = 0;
  while (operations < options.operations) {
    const left = options.operations - operations;
    const length = Math.min(left < 6 ? left : 3 + random.below(5), left);
    const draft = makeOperations(`j${drafts.length}`, length, groups, random);
    drafts.push(draft);
    operations += length;
    workMs += draft.workMs;
  }
  // The week has 168 hours, the mean machine works some 85 of them.
  const machines = groups.reduce((sum, group) => sum + group.machines.length, 0);
  const spanMs = workMs / (machines * (85 / 168)) / (options.load ?? 1.1);
  const jobs = drafts.map((draft, index): ShopJob => {
    const releaseMs = nowMs + (random.chance(0.25) ? 0 : minute(random.next() * spanMs));
    const flow = 1.5 + 3.5 * random.next();
    return {
      id: `j${index}`,
      releaseMs,
      dueMs: releaseMs + minute((draft.workMs * flow * 168) / 85 + DAY_MS),
      weight: pickWeight(random),
      operations: draft.operations,
    };
  });
  return startSome(jobs, options.running ?? 0.5, machines, nowMs, random);
}

function makeOperations(
  jobId: string,
  length: number,
  groups: readonly Group[],
  random: Random,
): { operations: ShopOperation[]; workMs: number } {
  const tickets = groups.flatMap((group) =>
    Array<Group>(group.process.isFurnace ? 2 : group.process.share).fill(group),
  );
  let workMs = 0;
  const operations = Array.from({ length }, (_, k): ShopOperation => {
    const group = random.pick(tickets);
    const { process } = group;
    const family = random.below(FAMILIES);
    // Right-skewed like real run times, a tenth to four times the mean; a furnace program lasts what it lasts.
    const factor = process.isFurnace
      ? 0.75 + family / 12
      : Math.min(4, 0.1 - 0.9 * Math.log(1 - random.next()));
    const standardMs = minute(process.meanMs * factor);
    workMs += standardMs;
    const choices = process.isFurnace
      ? group.machines.length
      : 1 + random.below(Math.min(4, group.machines.length));
    const alternatives = random
      .shuffled(group.machines.length)
      .slice(0, choices)
      .sort((a, b) => a - b);
    const tool =
      random.chance(process.toolShare) && group.tools.length > 0 ? random.pick(group.tools) : undefined;
    return {
      id: `${jobId}.${k}`,
      alternatives: alternatives.map(
        (machine): OperationAlternative => ({
          machineId: group.machines[machine]?.id ?? '',
          durationMs: process.isFurnace ? standardMs : minute(standardMs * (group.pace[machine] ?? 1)),
        }),
      ),
      setUpFamily: `${process.name}-f${family}`,
      interruptible: random.chance(process.interruptible),
      attended: process.attended,
      ...(group.operators ? { operatorGroupId: group.operators.id } : {}),
      ...(tool ? { toolId: tool.id } : {}),
      ...(process.isFurnace ? { batch: { family: `program-${family}`, size: 1 + random.below(5) } } : {}),
      ...(random.chance(0.2) ? { lagMs: minute(random.next() * 2 * HOUR_MS) } : {}),
    };
  });
  return { operations, workMs };
}

/** The first operation of some jobs already runs, one on a machine. */
function startSome(
  jobs: readonly ShopJob[],
  share: number,
  machines: number,
  nowMs: number,
  random: Random,
): ShopJob[] {
  const busy = new Set<string>();
  const staffed = new Map<string, number>();
  const tools = new Set<string>();
  return jobs.map((job) => {
    const [first, ...rest] = job.operations;
    const machineId = first?.alternatives[0]?.machineId ?? '';
    const group = first?.operatorGroupId ?? '';
    const free =
      first && job.releaseMs <= nowMs && busy.size < share * machines && !busy.has(machineId) && !first.batch;
    // One operator and one copy of a tool are always there; more running work might not find hands.
    if (!free || (staffed.get(group) ?? 0) > 0 || tools.has(first.toolId ?? 'none')) return job;
    busy.add(machineId);
    if (first.attended === 'whole') staffed.set(group, 1);
    if (first.toolId) tools.add(first.toolId);
    const remainingMs = minute((first.alternatives[0]?.durationMs ?? HOUR_MS) * (0.1 + 0.9 * random.next()));
    return { ...job, operations: [{ ...first, running: { machineId, remainingMs } }, ...rest] };
  });
}

function pickWeight(random: Random): number {
  let ticket = random.below(100);
  for (const [weight, share] of WEIGHTS) {
    if (ticket < share) return weight;
    ticket -= share;
  }
  return 1;
}

function minute(ms: number): number {
  return Math.max(MINUTE_MS, Math.round(ms / MINUTE_MS) * MINUTE_MS);
}
