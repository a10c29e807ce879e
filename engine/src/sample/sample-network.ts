import { calendarWindows, type WeeklyShift } from '../calendar/shift-calendar.ts';
import type { Interval } from '../interval/interval.ts';
import {
  type CapabilitySnapshot,
  DEFAULT_TRANSPORT,
  DEFAULT_WEIGHTS,
  type LineLock,
  type LineSnapshot,
  type MachineSnapshot,
  type Position,
  type Priority,
  type SiteSnapshot,
  type Snapshot,
} from '../snapshot.ts';
import { type Random, seededRandom } from './seeded-random.ts';

export interface SampleOptions {
  readonly seed: number;
  readonly sites: number;
  readonly groupsPerSite: number;
  readonly machinesPerGroup: number;
  readonly items: number;
  readonly routesPerItem: number;
  readonly lines: number;
  readonly days: number;
  /** Work of all lines as a share of what all machines can do until the last due date. */
  readonly load: number;
  /** Shares of machines with a breakdown and with a fixed reservation, of lines with a lock. 0…1. */
  readonly troubles: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FIRST_MONDAY_MS = Date.parse('2026-01-05T00:00:00Z');

/** Due dates lie in this part (from, to) of the horizon, so that what is late still has room. */
const FIRST_DUE_SHARE = 0.1;
const DUE_SHARE = 0.6;

/** A network made from a seed, for tests, benches and first tries: the same options give the same snapshot. */
export function sampleSnapshot(options: SampleOptions): Snapshot {
  const random = seededRandom(options.seed);
  const nowMs = FIRST_MONDAY_MS;
  const horizonEndMs = nowMs + options.days * DAY_MS;
  const calendars = sampleCalendars(nowMs, horizonEndMs);
  const sites: SiteSnapshot[] = [];
  const machines: MachineSnapshot[] = [];
  for (let s = 0; s < options.sites; s++) {
    sites.push({
      id: `s${s}`,
      position: samplePosition(random),
      suspended: random.chance(options.troubles / 10),
    });
    const calendarId = random.pick(Object.keys(calendars));
    for (let m = 0; m < options.groupsPerSite * options.machinesPerGroup; m++) {
      machines.push(sampleMachine(random, `s${s}m${m}`, `s${s}`, calendarId, nowMs, options));
    }
  }
  const capabilities = sampleCapabilities(random, options);
  const draft = { calendars, machines, options, random, nowMs };
  return {
    networkId: `sample-${options.seed}`,
    nowMs,
    horizonEndMs,
    seed: options.seed,
    calendars,
    machines,
    sites,
    capabilities,
    lines: sampleLines(draft, capabilities),
    transport: DEFAULT_TRANSPORT,
    weights: DEFAULT_WEIGHTS,
  };
}

/** One, two and three shifts; the last works through the weekend. */
function sampleCalendars(fromMs: number, toMs: number): Record<string, readonly Interval[]> {
  const weekly = (days: number, shifts: readonly (readonly [string, string])[]): WeeklyShift[] =>
    ([1, 2, 3, 4, 5, 6, 7] as const)
      .slice(0, days)
      .flatMap((weekday) => shifts.map(([from, to]) => ({ weekday, from, to })));
  const make = (shifts: WeeklyShift[]): readonly Interval[] =>
    calendarWindows({ weekly: shifts, exceptions: [] }, 'Asia/Shanghai', fromMs, toMs);
  return {
    day: make(
      weekly(5, [
        ['08:00', '12:00'],
        ['13:00', '17:00'],
      ]),
    ),
    two: make(
      weekly(6, [
        ['06:00', '14:00'],
        ['14:00', '22:00'],
      ]),
    ),
    round: make(weekly(7, [['00:00', '24:00']])),
  };
}

function sampleMachine(
  random: Random,
  id: string,
  siteId: string,
  calendarId: string,
  nowMs: number,
  { troubles, days }: SampleOptions,
): MachineSnapshot {
  const span = (): Interval => {
    const startMs = nowMs + Math.floor(random.next() * days * DAY_MS * DUE_SHARE) - DAY_MS;
    return { startMs, endMs: startMs + Math.ceil((1 + random.next() * 30) * HOUR_MS) };
  };
  return {
    id,
    siteId,
    calendarId,
    blocked: random.chance(troubles) ? [{ ...span(), kind: 'maintenance' }] : [],
    fixed: random.chance(troubles) ? [span()] : [],
  };
}

function sampleCapabilities(random: Random, options: SampleOptions): CapabilitySnapshot[] {
  const capabilities: CapabilitySnapshot[] = [];
  for (let item = 0; item < options.items; item++) {
    const msPerPiece = 20_000 + random.below(100_000);
    for (let r = 0; r < options.routesPerItem; r++) {
      const site = random.below(options.sites);
      const groups = random
        .shuffled(options.groupsPerSite)
        .slice(0, 1 + random.below(Math.min(3, options.groupsPerSite)));
      capabilities.push({
        id: `c${item}.${r}`,
        siteId: `s${site}`,
        itemId: `i${item}`,
        state: random.chance(options.troubles / 5) ? 'applied' : 'qualified',
        minLot: 1 + random.below(40),
        unitCostMinor: 100 + random.below(100),
        steps: groups.map((group) => ({
          machineIds: Array.from({ length: options.machinesPerGroup }, (_, m) => {
            return `s${site}m${group * options.machinesPerGroup + m}`;
          }),
          setUpMs: random.below(4) * 900_000,
          msPerPiece: Math.round(msPerPiece * (0.8 + 0.4 * random.next())) + 0.5,
        })),
      });
    }
  }
  return capabilities;
}

interface Draft {
  readonly calendars: Readonly<Record<string, readonly Interval[]>>;
  readonly machines: readonly MachineSnapshot[];
  readonly options: SampleOptions;
  readonly random: Random;
  readonly nowMs: number;
}

function sampleLines(draft: Draft, capabilities: readonly CapabilitySnapshot[]): LineSnapshot[] {
  const { options, random, nowMs } = draft;
  const lastDueMs = nowMs + options.days * DAY_MS * DUE_SHARE;
  const firstDueMs = nowMs + options.days * DAY_MS * FIRST_DUE_SHARE;
  const stepsOfItem = new Map<string, CapabilitySnapshot>();
  for (const capability of capabilities) stepsOfItem.set(capability.itemId, capability);
  const msPerLine = (options.load * machineTime(draft, lastDueMs)) / options.lines;
  const lines: LineSnapshot[] = [];
  for (let l = 0; l < options.lines; l++) {
    const itemId = `i${random.below(options.items)}`;
    const steps = stepsOfItem.get(itemId)?.steps ?? [];
    const msPerPiece = steps.reduce((sum, step) => sum + step.msPerPiece, 0);
    const setUpMs = steps.reduce((sum, step) => sum + step.setUpMs, 0);
    const quantity = Math.max(
      1,
      Math.round(((msPerLine - setUpMs) / msPerPiece) * (0.25 + 1.5 * random.next())),
    );
    lines.push({
      id: `l${l}`,
      itemId,
      quantity,
      dueMs: Math.floor(firstDueMs + random.next() * (lastDueMs - firstDueMs)),
      priority: random.below(5) as Priority,
      splitAllowed: random.chance(0.5),
      minShipment: random.below(20),
      maxSites: 1 + random.below(4),
      destination: samplePosition(random),
      locks: random.chance(options.troubles)
        ? [sampleLock(random, itemId, quantity, lastDueMs, capabilities)]
        : [],
    });
  }
  return lines;
}

function sampleLock(
  random: Random,
  itemId: string,
  quantity: number,
  dateMs: number,
  capabilities: readonly CapabilitySnapshot[],
): LineLock {
  const { siteId } = random.pick(capabilities.filter((capability) => capability.itemId === itemId));
  const kind = random.pick(['site', 'quantity', 'date'] as const);
  if (kind === 'date') return { kind, dateMs };
  return kind === 'site' ? { kind, siteId } : { kind, siteId, quantity: Math.ceil(quantity / 2) };
}

function machineTime({ calendars, machines }: Draft, untilMs: number): number {
  let sum = 0;
  const byCalendar = new Map<string, number>();
  for (const [id, windows] of Object.entries(calendars)) {
    byCalendar.set(
      id,
      windows.reduce((ms, window) => ms + Math.max(0, Math.min(window.endMs, untilMs) - window.startMs), 0),
    );
  }
  for (const machine of machines) sum += byCalendar.get(machine.calendarId) ?? 0;
  return sum;
}

/** Somewhere in the populated east of China; 0.01 degree. */
function samplePosition(random: Random): Position {
  return { lat: 22 + random.below(1800) / 100, lon: 105 + random.below(1700) / 100 };
}
