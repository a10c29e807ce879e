import { calendarWindows } from '../calendar/shift-calendar.ts';
import {
  type CapabilitySnapshot,
  DEFAULT_WEIGHTS,
  type LineSnapshot,
  type MachineSnapshot,
  type Priority,
  type SiteSnapshot,
  type Snapshot,
} from '../snapshot.ts';
import { seededRandom } from './seeded-random.ts';

/** The planning instances on which frePPLe was measured, described in fixtures/README.md. */
export interface OrderFile {
  /** Local time without zone; taken as UTC. */
  readonly now: string;
  /** 0 = machines work around the clock; otherwise, and when missing, Monday to Friday 08:00–17:00. */
  readonly shift?: number;
  readonly F: number;
  readonly M: number;
  /** By product: [factory, machine of each step], in order of preference. */
  readonly alts: readonly (readonly (readonly number[])[])[];
  /** [id, quantity, seconds to due, priority 1–3, product] */
  readonly orders: readonly (readonly [number, number, number, number, number])[];
}

const DAY_MS = 86_400_000;
const LEAST_HORIZON_DAYS = 200;
/** An uneven spread over the machines may take this many times the days of an even one. */
const HORIZON_SLACK = 2;

/** An instance of the same shape as the files, for where they are not. */
export function makeOrderFile(
  seed: number,
  factories: number,
  products: number,
  orders: number,
  load: number,
): OrderFile {
  const random = seededRandom(seed);
  const M = 4;
  const alts = Array.from({ length: products }, () =>
    Array.from({ length: 5 }, () => [random.below(factories), ...random.shuffled(M).slice(0, 3)]),
  );
  const minutesPerOrder = 3 * (30 + 275);
  const days = ((orders * minutesPerOrder) / (factories * M * 9 * 60 * load)) * (7 / 5);
  const rows = Array.from({ length: orders }, (_, id) => {
    const dueSeconds = Math.round((10 + random.next() * days) * 86_400);
    return [id, 50 + random.below(451), dueSeconds, 1 + random.below(3), random.below(products)] as const;
  });
  return { now: '2026-01-05T00:00:00', F: factories, M, alts, orders: rows };
}

export function orderSnapshot(file: OrderFile, splitAllowed: boolean): Snapshot {
  const nowMs = Date.parse(`${file.now}Z`);
  const horizonEndMs = nowMs + horizonDays(file) * DAY_MS;
  const weekly =
    file.shift === 0
      ? ([1, 2, 3, 4, 5, 6, 7] as const).map((weekday) => ({ weekday, from: '00:00', to: '24:00' }))
      : ([1, 2, 3, 4, 5] as const).map((weekday) => ({ weekday, from: '08:00', to: '17:00' }));
  const shift = calendarWindows({ weekly, exceptions: [] }, 'UTC', nowMs, horizonEndMs);
  const sites: SiteSnapshot[] = [];
  const machines: MachineSnapshot[] = [];
  for (let f = 0; f < file.F; f++) {
    sites.push({ id: `f${f}` });
    for (let m = 0; m < file.M; m++)
      machines.push({ id: `f${f}m${m}`, siteId: `f${f}`, calendarId: 'shift' });
  }
  const capabilities = file.alts.flatMap((alternatives, product) =>
    alternatives.map(
      ([factory, ...route], k): CapabilitySnapshot => ({
        id: `p${product}.${k}`,
        siteId: `f${factory}`,
        itemId: `p${product}`,
        state: 'qualified',
        minLot: 1,
        unitCostMinor: 0,
        steps: route.map((m) => ({
          machineIds: [`f${factory}m${m}`],
          setUpMs: 1_800_000,
          msPerPiece: 60_000,
        })),
      }),
    ),
  );
  const lines = file.orders.map(
    ([id, quantity, dueSeconds, priority, product]): LineSnapshot => ({
      id: `o${id}`,
      itemId: `p${product}`,
      quantity,
      dueMs: nowMs + dueSeconds * 1000,
      priority: priority as Priority,
      splitAllowed,
      minShipment: 1,
      maxSites: 2,
    }),
  );
  return {
    networkId: 'orders',
    nowMs,
    horizonEndMs,
    seed: 42,
    calendars: { shift },
    machines,
    sites,
    capabilities,
    lines,
    transport: { fixedMs: 0, kmPerHour: 50, costMinorPerShipment: 0, costMinorPerKmPer1000Pieces: 0 },
    weights: DEFAULT_WEIGHTS,
  };
}

/** Long enough that an overloaded file is late rather than unplaced. */
function horizonDays({ F, M, orders }: OrderFile): number {
  let minutes = 0;
  let lastDueSeconds = 0;
  for (const [, quantity, dueSeconds] of orders) {
    minutes += 3 * (30 + quantity);
    lastDueSeconds = Math.max(lastDueSeconds, dueSeconds);
  }
  const workingDays = minutes / (9 * 60) / Math.max(1, F * M);
  const days = Math.ceil(lastDueSeconds / 86_400 + HORIZON_SLACK * (7 / 5) * workingDays);
  return Math.max(LEAST_HORIZON_DAYS, days);
}
