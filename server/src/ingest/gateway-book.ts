import type { Actor } from '../access/index.ts';
import { Bug, type Database, PLATFORM, type Tx } from '../kernel/index.ts';
import {
  type GatewayMachine,
  machinesOfGateways,
  machinesOfOrganisation,
  readVersions,
} from '../registry/index.ts';
import { deviceGatewayOf } from './device-gateway.ts';
import {
  createEntry,
  type GatewayEntry,
  type Layout,
  type LayoutMachine,
  type LayoutOwner,
  nextLayout,
} from './layout.ts';
import { insertLayout, readLayouts, readNewestLayouts, readNewestMinutes } from './store-layout.ts';
import { mappedMachines } from './store-mapping.ts';

/** How far back a gateway's newest minute is looked for: beyond, whatever comes is newer anyway. */
const NEWEST_LOOKBACK_MS = 86_400_000;
/** Gateways of one loading transaction: a start wakes thousands at once. */
const LOAD_MAX = 200;
/** Two processes may store the same next version at once; the loser reads and tries again. */
const STORE_ATTEMPTS = 5;
/** How often registry changes are looked for: one row per network. */
export const REGISTRY_POLL_MS = 1_000;

/** Every gateway that has uploaded since the start, with its layout; loaded on its first upload, in batches. */
export interface GatewayBook {
  /** Without waiting, when it is known and still true. */
  known(owner: LayoutOwner): GatewayEntry | undefined;
  load(owner: LayoutOwner): Promise<GatewayEntry>;
  /** The next use reads the registry again. */
  forget(gatewayId: string): void;
  /** The same for every gateway: machines moved between gateways and devices. */
  forgetAll(): void;
  /** A version of the layout with these signals too; positions stay. */
  addSignals(entry: GatewayEntry, names: Iterable<string>): Promise<void>;
  layoutVersion(tx: Tx, layout: Layout, layoutId: number): Promise<Layout>;
  refreshVersions(): Promise<void>;
  /** Registry version of the network as last seen. */
  registryVersion(networkId: string): number;
}

/** A gateway is its own owner; an API key stands for its organisation, whose id its pseudo-gateway carries. */
export function ownerOf(actor: Actor): LayoutOwner {
  return {
    orgId: actor.organisationId,
    networkId: actor.networkId,
    gatewayId: actor.kind === 'gateway' ? actor.id : actor.organisationId,
  };
}

interface Pending {
  readonly owner: LayoutOwner;
  readonly resolve: (entry: GatewayEntry) => void;
  readonly reject: (error: unknown) => void;
}

export function createGatewayBook(db: Database, now: () => number): GatewayBook {
  const entries = new Map<string, GatewayEntry>();
  const versions = new Map<string, number>();
  const olderLayouts = new Map<string, readonly Layout[]>();
  const pending: Pending[] = [];
  const loading = new Map<string, Promise<GatewayEntry>>();

  const registryVersion = (networkId: string): number => versions.get(networkId) ?? 0;
  const known = (owner: LayoutOwner): GatewayEntry | undefined => {
    const entry = entries.get(owner.gatewayId);
    return entry?.registryVersion === registryVersion(owner.networkId) ? entry : undefined;
  };
  const loadPending = async (): Promise<void> => {
    while (pending.length > 0) {
      const group = pending.splice(0, LOAD_MAX);
      try {
        const loaded = await loadEntries(
          db,
          group.map(({ owner }) => owner),
          now(),
          registryVersion,
        );
        for (const { owner, resolve } of group) {
          const fresh = loaded.get(owner.gatewayId) as GatewayEntry;
          // What was marked and seen before stays true; only the list of machines may have changed.
          const before = entries.get(owner.gatewayId);
          if (before) fresh.newestMinute = Math.max(fresh.newestMinute, before.newestMinute);
          entries.set(owner.gatewayId, fresh);
          resolve(fresh);
        }
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
  };

  return {
    known,
    registryVersion,
    load: (owner) => {
      const entry = known(owner);
      if (entry) return Promise.resolve(entry);
      const running = loading.get(owner.gatewayId);
      if (running) return running;
      const task = new Promise<GatewayEntry>((resolve, reject) => {
        pending.push({ owner, resolve, reject });
        // One turn later, so that what arrives together is read together.
        if (pending.length === 1) setImmediate(() => void loadPending());
      }).finally(() => loading.delete(owner.gatewayId));
      loading.set(owner.gatewayId, task);
      return task;
    },
    forget: (gatewayId) => void entries.delete(gatewayId),
    forgetAll: () => entries.clear(),
    addSignals: async (entry, names) => {
      for (let attempt = 0; attempt < STORE_ATTEMPTS; attempt++) {
        const signals = [...new Set([...entry.layout.signals, ...names])];
        if (signals.length === entry.layout.signals.length) return;
        const next = { ...entry.layout, layoutId: entry.layout.layoutId + 1, signals };
        const stored = await db.transaction(PLATFORM, (tx) => insertLayout(tx, next));
        if (stored) entry.layout = next;
        else entry.layout = await newestOf(db, entry.layout);
      }
    },
    layoutVersion: async (tx, layout, layoutId) => {
      if (layout.layoutId === layoutId) return layout;
      const cached = olderLayouts.get(layout.gatewayId)?.find((one) => one.layoutId === layoutId);
      if (cached) return cached;
      const all = (await readLayouts(tx, layout.orgId, layout.gatewayId)).map((stored) =>
        nextLayout(stored, stored, []),
      );
      olderLayouts.set(layout.gatewayId, all);
      const found = all.find((one) => one.layoutId === layoutId);
      if (!found) throw new Bug(`gateway ${layout.gatewayId} has no layout ${layoutId}`);
      return found;
    },
    refreshVersions: async () => {
      for (const { networkId, version } of await db.transaction(PLATFORM, readVersions))
        versions.set(networkId, version);
    },
  };
}

/** Signals that another process stored first; machines and everything else stay ours. */
async function newestOf(db: Database, layout: Layout): Promise<Layout> {
  const stored = await db.transaction(PLATFORM, (tx) => readNewestLayouts(tx, [layout]));
  const newest = stored.get(layout.gatewayId);
  if (!newest) throw new Bug(`gateway ${layout.gatewayId} has lost its layout`);
  return { ...layout, layoutId: newest.layoutId, signals: newest.signals };
}

async function loadEntries(
  db: Database,
  owners: readonly LayoutOwner[],
  now: number,
  registryVersion: (networkId: string) => number,
): Promise<Map<string, GatewayEntry>> {
  // Taken before the read: a change in between is then read again, never missed.
  const before = new Map(owners.map((owner) => [owner.networkId, registryVersion(owner.networkId)]));
  for (let attempt = 0; attempt < STORE_ATTEMPTS; attempt++) {
    const loaded = await db.transaction(PLATFORM, async (tx) => {
      const machines = await machinesOf(tx, owners);
      const stored = await readNewestLayouts(tx, owners);
      const minutes = await readNewestMinutes(tx, owners, now - NEWEST_LOOKBACK_MS);
      const found = new Map<string, GatewayEntry>();
      for (const owner of owners) {
        const layout = nextLayout(owner, stored.get(owner.gatewayId), machines.get(owner.gatewayId) ?? []);
        const kept =
          layout.layoutId > 0
            ? layout
            : { ...layout, layoutId: (stored.get(owner.gatewayId)?.layoutId ?? 0) + 1 };
        if (layout.layoutId === 0 && !(await insertLayout(tx, kept))) return undefined;
        const newest = minutes.get(owner.gatewayId) ?? -1;
        found.set(owner.gatewayId, createEntry(kept, newest, before.get(owner.networkId) ?? 0));
      }
      return found;
    });
    if (loaded) return loaded;
  }
  throw new Bug('layouts of gateways change faster than they can be read');
}

/** Machines by gateway; those without one by their organisation's pseudo-gateways. A mapped machine is its device's alone. */
async function machinesOf(tx: Tx, owners: readonly LayoutOwner[]): Promise<Map<string, LayoutMachine[]>> {
  const networks = [...new Set(owners.map(({ networkId }) => networkId))];
  const gatewayIds = owners.map(({ gatewayId }) => gatewayId);
  const mapped = await mappedMachines(tx, [...new Set(owners.map(({ orgId }) => orgId))]);
  const byGateway = new Map<string, LayoutMachine[]>(gatewayIds.map((gatewayId) => [gatewayId, []]));
  for (const row of await machinesOfGateways(tx, networks, gatewayIds)) {
    if (!mapped.has(row.id)) byGateway.get(row.gatewayId ?? '')?.push(toLayoutMachine(row, false));
  }
  for (const { orgId, networkId, gatewayId } of owners) {
    const ofDevices = gatewayId === deviceGatewayOf(orgId);
    if (gatewayId !== orgId && !ofDevices) continue;
    const own = await machinesOfOrganisation(tx, networkId, orgId);
    byGateway.set(
      gatewayId,
      own
        .filter(({ id, gatewayId: wired }) =>
          ofDevices ? mapped.has(id) : wired === null && !mapped.has(id),
        )
        .map((row) => toLayoutMachine(row, ofDevices)),
    );
  }
  return byGateway;
}

function toLayoutMachine(row: GatewayMachine, increment: boolean): LayoutMachine {
  const { id, code, siteId, zone, countModulus } = row;
  return { id, code, siteId, zone, countModulus, increment };
}
