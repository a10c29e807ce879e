import { assert, Bug, type Kernel, PLATFORM, type Tx } from '../kernel/index.ts';
import { createDirectory, type GrowingDirectory } from './directory.ts';
import type { Directory, RegisteredCalendar } from './registry.ts';
import {
  type DirectoryRows,
  nextVersion,
  readAllMachines,
  readDirectoryRows,
  readVersion,
  readVersions,
} from './store-directory.ts';

/** How far a directory may lag behind what another process committed, wall time. */
const POLL_MS = 2_000;
/** Rows seeded by SQL carry version 0. */
const BEFORE_ALL = -1;

/** The directories of this process, one per network, and the views that transactions get of them. */
export interface Directories {
  load(networkId: string): Promise<GrowingDirectory>;
  now(networkId: string): GrowingDirectory | undefined;
  /** As new as the transaction sees; holds what row-level security lets the transaction see, and no more. */
  viewOf(tx: Tx, networkId?: string): Promise<View>;
  /** The version for rows that the transaction writes; readers of the transaction see them at once, others after COMMIT. */
  nextVersion(tx: Tx, networkId: string): Promise<number>;
  /** Until the directory holds what was committed before the call. */
  settle(networkId: string): Promise<void>;
  onChange(listener: (directory: Directory) => void): void;
  start(): Promise<void>;
}

/** A directory, or the part of it that one organisation may see. */
export interface View {
  readonly directory: GrowingDirectory;
  owns(organisationId: string): boolean;
}

export function createDirectories(kernel: Kernel): Directories {
  const kept = new Map<string, GrowingDirectory>();
  const loading = new Map<string, Promise<GrowingDirectory>>();
  const listeners: ((directory: Directory) => void)[] = [];
  /** Empty when the transactions are over. */
  const views = new WeakMap<Tx, Map<string, View>>();
  const writers = new WeakSet<Tx>();

  const catchUp = async (tx: Tx, networkId: string): Promise<GrowingDirectory> => {
    const version = await readVersion(tx, networkId);
    const known = kept.get(networkId);
    if (known && known.version >= version) return known;
    if (!known) return keep(await readWhole(tx, networkId, version));
    // Somebody else may have been faster meanwhile; rows carry their version, so taking them twice is harmless.
    known.take(await readDirectoryRows(tx, networkId, known.version), version);
    return keep(known);
  };
  const keep = (read: GrowingDirectory): GrowingDirectory => {
    const { networkId } = read;
    const before = kept.get(networkId);
    const directory = before && before.version > read.version ? before : read;
    kept.set(networkId, directory);
    for (const listener of listeners) listener(directory);
    return directory;
  };
  const refresh = (networkId: string): Promise<GrowingDirectory> => {
    const running = loading.get(networkId);
    if (running) return running;
    const work = kernel.db
      .transaction(PLATFORM, (tx) => catchUp(tx, networkId))
      .finally(() => loading.delete(networkId));
    loading.set(networkId, work);
    return work;
  };
  /** A refresh that is under way may have begun before the commit, so another one follows it. */
  const settle = async (networkId: string): Promise<void> => {
    await loading.get(networkId);
    await refresh(networkId);
  };
  const settleSoon = (networkId: string): void => {
    settle(networkId).catch((error: unknown) =>
      kernel.log.warn({ err: error, networkId }, 'directory not refreshed'),
    );
  };
  const poll = async (): Promise<void> => {
    const versions = await kernel.db.transaction(PLATFORM, readVersions);
    for (const { networkId, version } of versions) {
      const known = kept.get(networkId);
      if (known && known.version < version) await refresh(networkId);
    }
  };
  kernel.ticker.every('registry-directory', POLL_MS, poll);

  /** Rows this transaction wrote must not reach others before COMMIT, so it reads everything for itself. */
  const ownView = async (tx: Tx, networkId: string): Promise<View> => {
    const directory = await readWhole(tx, networkId, await readVersion(tx, networkId));
    return { directory, owns: () => true };
  };
  const sharedView = async (tx: Tx, networkId: string): Promise<View> => {
    const { scope } = tx;
    if (scope.kind !== 'organisation') return { directory: await catchUp(tx, networkId), owns: () => true };
    const known = kept.get(networkId);
    if (!known || known.version < (await readVersion(tx, networkId))) return ownView(tx, networkId);
    return { directory: known, owns: (organisationId) => organisationId === scope.organisationId };
  };

  return {
    load: async (networkId) => (await loading.get(networkId)) ?? kept.get(networkId) ?? refresh(networkId),
    now: (networkId) => kept.get(networkId),
    viewOf: async (tx, networkId = actingNetwork(tx)) => {
      const ofTx = views.get(tx) ?? new Map<string, View>();
      const known = ofTx.get(networkId);
      if (known) return known;
      const view = await (writers.has(tx) ? ownView(tx, networkId) : sharedView(tx, networkId));
      views.set(tx, ofTx.set(networkId, view));
      return view;
    },
    nextVersion: async (tx, networkId) => {
      const version = await nextVersion(tx, networkId);
      if (!writers.has(tx)) tx.afterCommit(() => settleSoon(networkId));
      writers.add(tx);
      views.delete(tx);
      return version;
    },
    settle,
    onChange: (listener) => void listeners.push(listener),
    start: async () => {
      for (const { networkId } of await kernel.db.transaction(PLATFORM, readVersions))
        await refresh(networkId);
    },
  };
}

async function readWhole(tx: Tx, networkId: string, version: number): Promise<GrowingDirectory> {
  const directory = createDirectory(networkId);
  directory.take(await readDirectoryRows(tx, networkId, BEFORE_ALL), 0);
  for await (const machines of readAllMachines(tx, networkId)) directory.take({ ...NO_ROWS, machines }, 0);
  directory.take(NO_ROWS, version);
  return directory;
}
const NO_ROWS: DirectoryRows = {
  calendars: [],
  sites: [],
  workCenters: [],
  machines: [],
  items: [],
  capabilities: [],
};

export function actingNetwork({ scope }: Tx): string {
  if (scope.kind === 'platform') throw new Bug('the platform scope has no acting network; name the network');
  return scope.networkId;
}

/** What the transaction may see of one kind of noun. */
export function visible<T extends { readonly organisationId: string }>(view: View, rows: Iterable<T>): T[] {
  const seen: T[] = [];
  for (const row of rows) if (view.owns(row.organisationId)) seen.push(row);
  return seen;
}

export function ifVisible<T extends { readonly organisationId: string }>(
  view: View,
  row: T | undefined,
): T | undefined {
  return row && view.owns(row.organisationId) ? row : undefined;
}

export function listCalendars(view: View): RegisteredCalendar[] {
  return visible(view, view.directory.calendars());
}

export function assertNetwork(tx: Tx, networkId: string): void {
  assert(
    tx.scope.kind === 'platform' || tx.scope.networkId === networkId,
    'a transaction reads its own network only',
  );
}
