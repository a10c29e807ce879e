import {
  calendarWindows,
  DEFAULT_WEIGHTS,
  type Interval,
  type LineSnapshot,
  type Priority,
  type Random,
  type Snapshot,
  seededRandom,
} from '@millrace/engine';

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const DAYS = 60;
/** What is ordered on the last day still has to be made and delivered. */
const RUN_OUT_DAYS = 40;
const SITES = 10;
const GROUPS_PER_SITE = 3;
const MACHINES_PER_GROUP = 2;
const ITEMS = 40;
const ROUTES_PER_ITEM = 4;
const LOAD = 0.85;
const MEAN_WORK_H = 9;
const SET_UP_MS = HOUR_MS / 2;
const RUSH_SHARE = 0.1;
const MEAN_DAYS_BETWEEN_BREAKDOWNS = 12;

export interface Arrival {
  readonly atMs: number;
  /** `dueMs` is the date the buyer asks for. */
  readonly line: LineSnapshot;
}

export interface Breakdown extends Interval {
  readonly machineId: string;
}

/** One random stream of orders and breakdowns; every policy gets the same. */
export interface OnlineWorld {
  /** The empty network at the first minute. */
  readonly network: Snapshot;
  readonly arrivals: readonly Arrival[];
  readonly breakdowns: readonly Breakdown[];
}

/** Sixty days of a network at load 0.85: one order in ten is a rush, each machine fails about every twelfth day. */
export function onlineWorld(seed: number): OnlineWorld {
  const random = seededRandom(seed);
  const network = onlineNetwork(random, seed);
  const lastMs = network.nowMs + DAYS * DAY_MS;
  const breakdowns = network.machines
    .flatMap(({ id }) => breakdownsOf(random, id, network.nowMs, network.horizonEndMs))
    .sort((a, b) => a.startMs - b.startMs || (a.machineId < b.machineId ? -1 : 1));
  let capacityMs = 0;
  for (const { calendarId } of network.machines) {
    for (const { startMs, endMs } of network.calendars[calendarId] ?? []) {
      capacityMs += Math.max(0, Math.min(endMs, lastMs) - startMs);
    }
  }
  const count = Math.round((LOAD * capacityMs) / (MEAN_WORK_H * HOUR_MS));
  const times = Array.from(
    { length: count },
    () => network.nowMs + Math.floor(random.next() * DAYS * DAY_MS),
  );
  const arrivals = times
    .sort((a, b) => a - b)
    .map((atMs, n) => ({ atMs, line: orderAt(random, network, atMs, n) }));
  return { network, arrivals, breakdowns };
}

function onlineNetwork(random: Random, seed: number): Snapshot {
  const nowMs = Date.parse('2026-01-05T00:00:00Z');
  const horizonEndMs = nowMs + (DAYS + RUN_OUT_DAYS) * DAY_MS;
  const weekly = ([1, 2, 3, 4, 5, 6] as const).map((weekday) => ({ weekday, from: '06:00', to: '22:00' }));
  const twoShifts = calendarWindows({ weekly, exceptions: [] }, 'Asia/Shanghai', nowMs, horizonEndMs);
  const sites = Array.from({ length: SITES }, (_, s) => ({
    id: `s${s}`,
    position: { lat: 25 + random.below(1_000) / 100, lon: 108 + random.below(1_000) / 100 },
  }));
  const machineIds = (s: number, g: number): string[] =>
    Array.from({ length: MACHINES_PER_GROUP }, (_, m) => `s${s}g${g}m${m}`);
  const machines = sites.flatMap(({ id }, s) =>
    Array.from({ length: GROUPS_PER_SITE }, (_, g) => machineIds(s, g))
      .flat()
      .map((machine) => ({ id: machine, siteId: id, calendarId: 'two-shifts' })),
  );
  const capabilities = Array.from({ length: ITEMS }, (_, item) => {
    const rateMs = 20_000 + random.below(80_000);
    return random
      .shuffled(SITES * GROUPS_PER_SITE)
      .slice(0, ROUTES_PER_ITEM)
      .map((at) => ({
        id: `c${item}-${at}`,
        siteId: `s${Math.floor(at / GROUPS_PER_SITE)}`,
        itemId: `i${item}`,
        state: 'qualified' as const,
        minLot: 1,
        unitCostMinor: 100 + random.below(20),
        steps: [
          {
            machineIds: machineIds(Math.floor(at / GROUPS_PER_SITE), at % GROUPS_PER_SITE),
            setUpMs: SET_UP_MS,
            msPerPiece: Math.round(rateMs * (0.9 + 0.2 * random.next())),
          },
        ],
      }));
  }).flat();
  return {
    networkId: `online-${seed}`,
    nowMs,
    horizonEndMs,
    seed,
    calendars: { 'two-shifts': twoShifts },
    machines,
    sites,
    capabilities,
    lines: [],
    transport: {
      fixedMs: 2 * HOUR_MS,
      kmPerHour: 50,
      costMinorPerShipment: 5_000,
      costMinorPerKmPer1000Pieces: 20,
    },
    weights: DEFAULT_WEIGHTS,
  };
}

/** Work between a quarter and seven quarters of the mean; a rush wants it in one to two days, others in two to eight. */
function orderAt(random: Random, { capabilities }: Snapshot, atMs: number, n: number): LineSnapshot {
  const { itemId, steps } = random.pick(capabilities);
  const workMs = MEAN_WORK_H * HOUR_MS * (0.25 + 1.5 * random.next()) - SET_UP_MS;
  const isRush = random.chance(RUSH_SHARE);
  const days = isRush ? 1 + random.next() : 2 + 6 * random.next();
  return {
    id: `o${String(n).padStart(5, '0')}`,
    itemId,
    quantity: Math.max(1, Math.round(workMs / (steps[0]?.msPerPiece ?? 1))),
    dueMs: atMs + Math.round(days * DAY_MS),
    priority: (isRush ? 0 : 1 + random.below(4)) as Priority,
    splitAllowed: random.chance(0.5),
    minShipment: 1,
    maxSites: 2,
    destination: { lat: 25 + random.below(1_000) / 100, lon: 108 + random.below(1_000) / 100 },
  };
}

function breakdownsOf(random: Random, machineId: string, fromMs: number, untilMs: number): Breakdown[] {
  const found: Breakdown[] = [];
  const gapMs = (): number => Math.ceil(-Math.log(1 - random.next()) * MEAN_DAYS_BETWEEN_BREAKDOWNS * DAY_MS);
  for (let atMs = fromMs + gapMs(); atMs < untilMs; ) {
    const endMs = atMs + Math.ceil((1 + 9 * random.next()) * HOUR_MS);
    found.push({ machineId, startMs: atMs, endMs });
    atMs = endMs + gapMs();
  }
  return found;
}
