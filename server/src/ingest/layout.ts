import { NO_MINUTE } from './count.ts';

/** One machine as ingest needs it. */
export interface LayoutMachine {
  readonly id: string;
  readonly code: string;
  readonly siteId: string;
  readonly zone: string;
  readonly countModulus: number | null;
  /** The stored count is the pieces of the minute (mapped devices that send increments). */
  readonly increment: boolean;
}

/**
 * A version of a gateway's list of machines and signals. Positions keep their machine from version to version; a machine
 * that left keeps its position with `code` null, so that nothing more is accepted for it.
 */
export interface Layout {
  readonly orgId: string;
  readonly networkId: string;
  readonly gatewayId: string;
  /** 0 before it is stored. */
  readonly layoutId: number;
  readonly machineIds: readonly string[];
  readonly codes: readonly (string | null)[];
  readonly signals: readonly string[];
  /** Empty when none of the machines sends increments, which is nearly always. */
  readonly increments: readonly boolean[];
  /** Distinct zones, and the position of each machine's. */
  readonly zones: readonly string[];
  readonly zoneOf: Uint16Array;
  /** Sparse: most counters never wrap. */
  readonly moduli: ReadonlyMap<number, number>;
}

/** Names beyond this are a mistake of the device: signal names are a vocabulary, not data. */
export const LAYOUT_SIGNALS_MAX = 256;

/** What is in the table of a layout. */
export interface StoredLayout {
  readonly orgId: string;
  readonly networkId: string;
  readonly gatewayId: string;
  readonly layoutId: number;
  readonly machineIds: readonly string[];
  readonly signals: readonly string[];
  readonly increments: readonly boolean[];
}

export interface LayoutOwner {
  readonly orgId: string;
  readonly networkId: string;
  readonly gatewayId: string;
}

/** The stored version where it still says the truth, else the next one (`layoutId` 0, to be stored). */
export function nextLayout(
  owner: LayoutOwner,
  stored: StoredLayout | undefined,
  machines: readonly LayoutMachine[],
): Layout {
  const byId = new Map(machines.map((machine) => [machine.id, machine]));
  // The registry's own text where it has one: a million ids are 56 MB, and need not be there twice.
  const machineIds = (stored?.machineIds ?? []).map((id) => byId.get(id)?.id ?? id);
  const known = new Set(machineIds);
  for (const { id } of machines) if (!known.has(id)) machineIds.push(id);
  const increments = machineIds.map((id, i) => byId.get(id)?.increment ?? stored?.increments[i] ?? false);
  const same =
    stored !== undefined &&
    machineIds.length === stored.machineIds.length &&
    increments.every((increment, i) => increment === stored.increments[i]);
  const zones = [...new Set(machineIds.map((id) => byId.get(id)?.zone ?? 'UTC'))];
  return {
    orgId: owner.orgId,
    networkId: owner.networkId,
    gatewayId: owner.gatewayId,
    layoutId: same ? stored.layoutId : 0,
    machineIds,
    codes: machineIds.map((id) => byId.get(id)?.code ?? null),
    signals: stored?.signals ?? [],
    increments: increments.includes(true) ? increments : [],
    zones,
    zoneOf: Uint16Array.from(machineIds, (id) => zones.indexOf(byId.get(id)?.zone ?? 'UTC')),
    moduli: new Map(
      machineIds.flatMap((id, position) => {
        const modulus = byId.get(id)?.countModulus ?? null;
        return modulus === null ? [] : [[position, modulus] as const];
      }),
    ),
  };
}

/** A gateway as the hot path knows it. */
export interface GatewayEntry {
  layout: Layout;
  /** Positions by code and by machine id; made when an upload does not follow the layout's order. */
  positions: Map<string, number> | undefined;
  /** Newest minute stored or about to be. */
  newestMinute: number;
  /** Hour already marked for roll-up, in hours since the epoch; hours before it are marked each time. */
  markedHour: number;
  /** What the registry said when this was made; another object when it says otherwise. */
  readonly source: unknown;
}

export function createEntry(layout: Layout, newestMinute: number, source: unknown): GatewayEntry {
  return { layout, positions: undefined, newestMinute, markedHour: NO_MINUTE, source };
}

/** -1 when the gateway has no such machine. Most uploads name the machines in the layout's order: `hint` is tried first. */
export function positionOf(entry: GatewayEntry, name: string, hint: number): number {
  if (entry.layout.codes[hint] === name) return hint;
  entry.positions ??= indexPositions(entry.layout);
  return entry.positions.get(name) ?? -1;
}

function indexPositions({ codes, machineIds }: Layout): Map<string, number> {
  const positions = new Map<string, number>();
  codes.forEach((code, position) => {
    if (code === null) return;
    positions.set(machineIds[position] as string, position);
    positions.set(code, position);
  });
  return positions;
}
