import type { Directory } from '../registry/index.ts';
import type { DaySpan } from './gateway-live.ts';
import { type CalendarCursor, createCursor } from './planned-time.ts';

/** What the registry says of a gateway's machines, by position; made anew when the registry changed. */
export interface GatewayFacts {
  /** Version of the directory it was made from. */
  readonly version: number;
  readonly zones: readonly string[];
  readonly zoneOf: Uint16Array;
  /** The local day looked at last, by zone. */
  readonly days: (DaySpan | undefined)[];
  readonly cursors: readonly (CalendarCursor | undefined)[];
  readonly cursorOf: Uint16Array;
  /** Sparse: most counters never wrap. */
  readonly moduli: ReadonlyMap<number, number>;
  /** Equal when counting and accounting would give the same. */
  readonly fingerprint: string;
}

/** A machine that the registry does not know counts by UTC and is never planned. */
const NO_ZONE = 'UTC';

/** `cursors` is shared by all gateways of a network, by calendar key. */
export function gatewayFacts(
  machineIds: readonly string[],
  directory: Directory,
  cursors: Map<string, CalendarCursor>,
): GatewayFacts {
  const zones: string[] = [];
  const used: (CalendarCursor | undefined)[] = [undefined];
  const zoneOf = new Uint16Array(machineIds.length);
  const cursorOf = new Uint16Array(machineIds.length);
  const moduli = new Map<number, number>();
  machineIds.forEach((id, position) => {
    const machine = directory.machine(id);
    zoneOf[position] = indexIn(zones, machine?.zone ?? NO_ZONE);
    if (!machine) return;
    if (machine.countModulus !== null) moduli.set(position, machine.countModulus);
    const { key } = directory.calendarOf(machine);
    let cursor = cursors.get(key);
    if (cursor === undefined) {
      cursor = createCursor(key, machine);
      cursors.set(key, cursor);
    }
    cursorOf[position] = indexIn(used, cursor);
  });
  const fingerprint = [
    zones.join(),
    zoneOf.join(),
    used.map((cursor) => cursor?.key).join(),
    cursorOf.join(),
    [...moduli].join(),
  ].join('|');
  return {
    version: directory.version,
    zones,
    zoneOf,
    days: zones.map(() => undefined),
    cursors: used,
    cursorOf,
    moduli,
    fingerprint,
  };
}

function indexIn<T>(list: T[], value: T): number {
  const found = list.indexOf(value);
  return found >= 0 ? found : list.push(value) - 1;
}
