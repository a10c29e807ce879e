import type { Actor } from '../access/index.ts';
import { Bug, type Database, PLATFORM, type Tx } from '../kernel/index.ts';
import type { Directory, RegisteredMachine, Registry } from '../registry/index.ts';
import { NO_MINUTE } from './count.ts';
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

/** Every gateway that has uploaded since the start, with its layout; loaded on its first upload, in batches. */
export interface GatewayBook {
  /** Without waiting, when it is known and still true. */
  known(owner: LayoutOwner): GatewayEntry | undefined;
  load(owner: LayoutOwner): Promise<GatewayEntry>;
  /** Machines moved between gateways and devices: the next use makes every layout anew. */
  forgetAll(): void;
  /** A version of the layout with these signals too; positions stay. */
  addSignals(entry: GatewayEntry, names: Iterable<string>): Promise<void>;
  layoutVersion(tx: Tx, layout: Layout, layoutId: number): Promise<Layout>;
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

/** Where the machines of gateways come from. */
export type MachineSource = Pick<Registry, 'directory' | 'directoryNow'>;

export function createGatewayBook(db: Database, registry: MachineSource, now: () => number): GatewayBook {
  const entries = new Map<string, GatewayEntry>();
  const olderLayouts = new Map<string, readonly Layout[]>();
  const pending: Pending[] = [];
  const loading = new Map<string, Promise<GatewayEntry>>();

  const known = (owner: LayoutOwner): GatewayEntry | undefined => {
    const entry = entries.get(owner.gatewayId);
    if (entry === undefined) return undefined;
    const directory = registry.directoryNow(owner.networkId);
    return directory && entry.source === sourceOf(directory, owner) ? entry : undefined;
  };
  const loadPending = async (): Promise<void> => {
    while (pending.length > 0) {
      const group = pending.splice(0, LOAD_MAX);
      try {
        const loaded = await loadEntries(
          db,
          registry,
          group.map(({ owner }) => owner),
          now(),
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
  };
}

/** Signals that another process stored first; machines and everything else stay ours. */
async function newestOf(db: Database, layout: Layout): Promise<Layout> {
  const stored = await db.transaction(PLATFORM, (tx) => readNewestLayouts(tx, [layout]));
  const newest = stored.get(layout.gatewayId);
  if (!newest) throw new Bug(`gateway ${layout.gatewayId} has lost its layout`);
  return { ...layout, layoutId: newest.layoutId, signals: newest.signals };
}

/**
 * What a layout was made from, to be compared by identity: the directory keeps one list per gateway and makes another when
 * one of its machines changed. Pseudo-gateways gather what is left of an organisation, so for them any change counts.
 */
function sourceOf(directory: Directory, { orgId, gatewayId }: LayoutOwner): unknown {
  return isPseudo(orgId, gatewayId) ? directory.version : directory.machinesOfGateway(gatewayId);
}

const isPseudo = (orgId: string, gatewayId: string): boolean =>
  gatewayId === orgId || gatewayId === deviceGatewayOf(orgId);

async function loadEntries(
  db: Database,
  registry: MachineSource,
  owners: readonly LayoutOwner[],
  now: number,
): Promise<Map<string, GatewayEntry>> {
  const directories = new Map<string, Directory>();
  for (const { networkId } of owners) {
    if (!directories.has(networkId)) directories.set(networkId, await registry.directory(networkId));
  }
  for (let attempt = 0; attempt < STORE_ATTEMPTS; attempt++) {
    const loaded = await db.transaction(PLATFORM, (tx) => readEntries(tx, directories, owners, now));
    if (loaded) return loaded;
  }
  throw new Bug('layouts of gateways change faster than they can be read');
}

/** Undefined when another process stored a next version first. */
async function readEntries(
  tx: Tx,
  directories: ReadonlyMap<string, Directory>,
  owners: readonly LayoutOwner[],
  now: number,
): Promise<Map<string, GatewayEntry> | undefined> {
  const mapped = await mappedMachines(tx, [...new Set(owners.map(({ orgId }) => orgId))]);
  const stored = await readNewestLayouts(tx, owners);
  const minutes = await readNewestMinutes(tx, owners, now - NEWEST_LOOKBACK_MS);
  const found = new Map<string, GatewayEntry>();
  for (const owner of owners) {
    const directory = directories.get(owner.networkId) as Directory;
    const source = sourceOf(directory, owner);
    const before = stored.get(owner.gatewayId);
    const layout = nextLayout(owner, before, machinesOf(directory, owner, mapped));
    const kept = layout.layoutId > 0 ? layout : { ...layout, layoutId: (before?.layoutId ?? 0) + 1 };
    if (layout.layoutId === 0 && !(await insertLayout(tx, kept))) return undefined;
    found.set(owner.gatewayId, createEntry(kept, minutes.get(owner.gatewayId) ?? NO_MINUTE, source));
  }
  return found;
}

/** Those without a gateway are the pseudo-gateways'. A mapped machine is its device's alone. */
function machinesOf(
  directory: Directory,
  { orgId, gatewayId }: LayoutOwner,
  mapped: ReadonlySet<string>,
): LayoutMachine[] {
  if (!isPseudo(orgId, gatewayId)) {
    const own = directory.machinesOfGateway(gatewayId).filter(({ id }) => !mapped.has(id));
    return own.map((machine) => toLayoutMachine(machine, false));
  }
  const ofDevices = gatewayId !== orgId;
  return machinesOfOrganisation(directory, orgId)
    .filter(({ id, gatewayId: wired }) => (ofDevices ? mapped.has(id) : wired === null && !mapped.has(id)))
    .map((machine) => toLayoutMachine(machine, ofDevices));
}

/** In service, in the order of their codes. */
export function machinesOfOrganisation(directory: Directory, orgId: string): RegisteredMachine[] {
  return [...directory.machines()]
    .filter(({ organisationId, retiredAt }) => organisationId === orgId && retiredAt === null)
    .sort((a, b) => (a.code < b.code ? -1 : 1));
}

function toLayoutMachine(machine: RegisteredMachine, increment: boolean): LayoutMachine {
  const { id, code, siteId, zone, countModulus } = machine;
  return { id, code, siteId, zone, countModulus, increment };
}
