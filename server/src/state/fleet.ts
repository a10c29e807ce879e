import {
  type Batch,
  type CommittedBatch,
  carriedBatches,
  type Layout,
  listLayouts,
  NO_MINUTE,
  newestLayout,
  type StoredLayout,
  storedBatches,
} from '../ingest/index.ts';
import { type Kernel, PLATFORM, type Tx } from '../kernel/index.ts';
import type { Directory } from '../registry/index.ts';
import { type GatewayFacts, gatewayFacts } from './gateway-facts.ts';
import { applyBatch, createGatewayLive, type LiveWorld, touch, touchAll } from './gateway-live.ts';
import { kinOf } from './kin.ts';
import { createRing } from './minute-ring.ts';
import type { CalendarCursor } from './planned-time.ts';
import { createSlotIndex, type Gateway, type Slot } from './slot-index.ts';

/** Before midnight, so that a counter that is reset early or late is recognised. */
const BEFORE_DAY_MIN = 30;
/** Rows of a gateway read at once; one of ten thousand machines then takes some 20 MB. */
const CHUNK_MIN = 120;
/** The records of a day that the rebuild looks at beyond now: clocks of gateways run ahead. */
const AHEAD_MIN = 60;
const NEVER = -1;

/** All gateways of all networks in memory. */
export interface Fleet {
  gateways(): Iterable<Gateway>;
  gateway(gatewayId: string): Gateway | undefined;
  /** Where the machine reported last. */
  slot(machineId: string): Slot | undefined;
  slots(machineId: string): Slot[];
  onRecords(batches: readonly CommittedBatch[]): void;
  /** The machine's figures of today, or what they depend on, changed otherwise than by a newer record. */
  outdate(machineId: string): void;
  /** The machine is to be shown again, with the same counts. */
  show(machineId: string): void;
  /** After a change in the registry. */
  refreshFacts(gateway: Gateway): Promise<void>;
  /** Makes the gateway anew from the stored records of today. */
  rebuild(gateway: Gateway): Promise<void>;
  /** Takes every gateway that ever reported into memory, to be rebuilt. */
  load(): Promise<void>;
  /** Takes in gateways whose network was not known yet when their first records came. */
  adopt(): Promise<void>;
  /** Turns number the changes, so that a stream knows what it has sent. */
  turn: number;
}

export function createFleet(kernel: Kernel, world: LiveWorld): Fleet {
  const gateways = new Map<string, Gateway>();
  const cursors = new Map<string, Map<string, CalendarCursor>>();
  const orphans = new Map<string, Layout>();
  const index = createSlotIndex(gateways);

  const factsFor = async (networkId: string, machineIds: readonly string[]): Promise<GatewayFacts> =>
    makeFacts(await world.registry.directory(networkId), machineIds, cursors);
  const add = (layout: LayoutLike, facts: GatewayFacts, stale: boolean): Gateway => {
    const live = createGatewayLive(layout);
    const gateway = { live, facts, stale, pending: undefined, heardAt: NEVER, moved: new Set<number>() };
    gateways.set(layout.gatewayId, gateway);
    index.add(gateway, 0);
    return gateway;
  };
  const gatewayOf = (layout: Layout): Gateway | undefined => {
    const known = gateways.get(layout.gatewayId);
    if (known) return known;
    const directory = world.registry.directoryNow(layout.networkId);
    if (directory === undefined) {
      orphans.set(layout.gatewayId, layout);
      return undefined;
    }
    // A gateway that was not there at the start has told everything it ever told through this door.
    return add(layout, makeFacts(directory, layout.machineIds, cursors), false);
  };
  const take = (fleet: Fleet, committed: CommittedBatch): void => {
    const { batch, inOrder } = committed;
    const gateway = gatewayOf(batch.layout);
    if (!gateway) return;
    gateway.heardAt = kernel.clock.wallNow();
    if (gateway.pending) {
      gateway.pending.push(committed);
      return;
    }
    if (!inOrder || batch.layout.machineIds.length > gateway.live.machineIds.length) gateway.stale = true;
    index.outdateMoved(gateway, committed);
    applyBatch(gateway.live, gateway.facts, batch, world, fleet.turn);
  };

  const fleet: Fleet = {
    turn: 1,
    gateways: () => gateways.values(),
    gateway: (gatewayId) => gateways.get(gatewayId),
    slot: (machineId) => newestOf(fleet.slots(machineId)),
    slots: index.slots,
    onRecords: (batches) => {
      for (const committed of batches) take(fleet, committed);
    },
    outdate: (machineId) => {
      for (const { gateway } of fleet.slots(machineId)) gateway.stale = true;
    },
    show: (machineId) => {
      for (const { gateway, position } of fleet.slots(machineId)) touch(gateway.live, position, fleet.turn);
    },
    refreshFacts: async (gateway) => {
      const { live } = gateway;
      const facts = await factsFor(live.networkId, live.machineIds);
      if (facts.fingerprint !== gateway.facts.fingerprint) gateway.stale = true;
      gateway.facts = facts;
      touchAll(live, fleet.turn);
    },
    rebuild: (gateway) => rebuild(kernel, world, gateway, fleet, { factsFor, addToIndex: index.add, take }),
    adopt: async () => {
      for (const [gatewayId, layout] of orphans) {
        const facts = await factsFor(layout.networkId, layout.machineIds);
        orphans.delete(gatewayId);
        if (!gateways.has(gatewayId)) add(layout, facts, true);
      }
    },
    load: async () => {
      for (const stored of await kernel.db.transaction(PLATFORM, listLayouts)) {
        if (gateways.has(stored.gatewayId)) continue;
        const layout = lean(stored, await world.registry.directory(stored.networkId));
        add(layout, await factsFor(layout.networkId, layout.machineIds), true);
      }
    },
  };
  return fleet;
}

/** With the registry's own texts: a million ids read a second time are 56 MB. */
function lean(stored: StoredLayout, directory: Directory): StoredLayout {
  const { machineIds, increments } = stored;
  return {
    ...stored,
    machineIds: machineIds.map((id) => directory.machine(id)?.id ?? id),
    increments: increments.includes(true) ? increments : [],
  };
}

type LayoutLike = Pick<StoredLayout, 'orgId' | 'networkId' | 'gatewayId' | 'machineIds' | 'increments'>;

function makeFacts(
  directory: Directory,
  machineIds: readonly string[],
  cursors: Map<string, Map<string, CalendarCursor>>,
): GatewayFacts {
  let ofNetwork = cursors.get(directory.networkId);
  if (ofNetwork === undefined) {
    ofNetwork = new Map();
    cursors.set(directory.networkId, ofNetwork);
  }
  return gatewayFacts(machineIds, directory, ofNetwork);
}

function newestOf(slots: readonly Slot[]): Slot | undefined {
  let newest: Slot | undefined;
  let newestMinute = NEVER - 1;
  for (const slot of slots) {
    const minute = slot.gateway.live.track.minute[slot.position] ?? NO_MINUTE;
    if (minute > newestMinute) [newest, newestMinute] = [slot, minute];
  }
  return newest;
}

interface Rebuilding {
  factsFor(networkId: string, machineIds: readonly string[]): Promise<GatewayFacts>;
  addToIndex(gateway: Gateway, from: number): void;
  take(fleet: Fleet, committed: CommittedBatch): void;
}

async function rebuild(
  kernel: Kernel,
  world: LiveWorld,
  gateway: Gateway,
  fleet: Fleet,
  { factsFor, addToIndex, take }: Rebuilding,
): Promise<void> {
  if (gateway.pending) return;
  const pending: CommittedBatch[] = [];
  gateway.pending = pending;
  gateway.stale = false;
  try {
    const { orgId, gatewayId, networkId } = gateway.live;
    const known = gateway.live.machineIds.length;
    const stored = await kernel.db.transaction(PLATFORM, (tx) => newestLayout(tx, orgId, gatewayId));
    const layout = stored && lean(stored, await world.registry.directory(networkId));
    const live = createGatewayLive(layout ?? gateway.live);
    const facts = await factsFor(networkId, live.machineIds);
    if (live.machineIds.some((id) => world.assignmentsOf(id)))
      live.running = createRing(live.machineIds.length);
    const now = Math.floor(kernel.clock.now() / 60_000);
    const start = Math.min(...facts.zones.map((zone) => world.dayOf(zone, now).start), now);
    for (let from = start - BEFORE_DAY_MIN; from < now + AHEAD_MIN; from += CHUNK_MIN) {
      const to = Math.min(from + CHUNK_MIN, now + AHEAD_MIN);
      const batches = await kernel.db.transaction(PLATFORM, (tx) =>
        layout ? storedWithKin(tx, fleet, layout, from, to) : Promise.resolve([]),
      );
      for (const batch of batches) applyBatch(live, facts, batch, world, fleet.turn);
    }
    touchAll(live, fleet.turn);
    gateway.live = live;
    gateway.facts = facts;
    addToIndex(gateway, known);
  } catch (error) {
    gateway.stale = true;
    throw error;
  } finally {
    gateway.pending = undefined;
    for (const committed of pending) take(fleet, committed);
  }
}

/** In minute order: what the gateway said, and what others said of machines that moved between them. */
async function storedWithKin(
  tx: Tx,
  fleet: Fleet,
  layout: StoredLayout,
  from: number,
  to: number,
): Promise<Batch[]> {
  const batches = await storedBatches(tx, layout, from, to);
  const kin = kinOf(fleet, layout);
  for (const { key, shared } of kin)
    batches.push(...(await carriedBatches(tx, key, layout, shared, from, to)));
  return kin.length === 0 ? batches : batches.sort((a, b) => a.minute - b.minute);
}
