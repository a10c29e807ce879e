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
  readonly F: number;
  readonly M: number;
  /** By product: [factory, machine of each step], in order of preference. */
  readonly alts: readonly (readonly (readonly number[])[])[];
  /** [id, quantity, seconds to due, priority 1–3, product] */
  readonly orders: readonly (readonly [number, number, number, number, number])[];
}

const DAY_MS = 86_400_000;
const HORIZON_DAYS = 200;

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
  const horizonEndMs = nowMs + HORIZON_DAYS * DAY_MS;
  const weekly = ([1, 2, 3, 4, 5] as const).map((weekday) => ({ weekday, from: '08:00', to: '17:00' }));
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
