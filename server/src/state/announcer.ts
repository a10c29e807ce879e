import { MINUTE_MS, NO_MINUTE } from '../ingest/index.ts';
import { type Kernel, PLATFORM, type Tx } from '../kernel/index.ts';
import type { Directory } from '../registry/index.ts';
import { isQuiet, type News, NOTHING, newsOf, type Seen, type Told } from './announcement.ts';
import type { Fleet } from './fleet.ts';
import { type GatewayLive, touch } from './gateway-live.ts';
import { asOfMinute, silentAfterMin } from './machine-view.ts';
import { stateName, UNKNOWN } from './minute-state.ts';
import { busyMinutes, isPlanned, NO_BLOCKS } from './planned-time.ts';
import type { Gateway } from './slot-index.ts';
import { type Announcement, putAnnouncement, readAnnouncements } from './store-announcement.ts';
import type { World } from './world.ts';

/** Events of one look at all machines; what is left is still news at the next, unless it has passed. */
const EVENTS_MAX = 300;
/** Rows of one look; thousands of gateways that connect at once are told in some seconds. */
const GATEWAYS_MAX = 200;
/** Gateways need a moment to come back after the platform was away; before that a silence is ours. */
const START_GRACE_MS = 30_000;
/** A gateway that was heard so lately (wall) and is still in the past is delivering what it had kept. */
const CATCH_UP_MS = 30_000;

export interface Announcer {
  load(): Promise<void>;
  /** Looks at every machine and tells what is new: table and events in one transaction per network. */
  look(): Promise<void>;
}

interface Item {
  readonly position: number;
  readonly machineId: string;
  readonly siteId: string;
  readonly seen: Seen;
  readonly before: Told;
  readonly news: News;
}
interface GatewayNews {
  readonly gateway: Gateway;
  readonly items: readonly Item[];
}

export function createAnnouncer(kernel: Kernel, fleet: Fleet, world: World): Announcer {
  let told = new Map<string, Announcement>();
  const { clock } = kernel;
  const startedAt = clock.wallNow();
  /** Gateways where nothing was new, and what was seen of them then. */
  const looked = new WeakMap<Gateway, { minute: number; turn: number; live: GatewayLive }>();
  const tell = async (networkId: string, all: readonly GatewayNews[]): Promise<void> => {
    await kernel.db.transaction({ kind: 'network', networkId }, async (tx) => {
      for (const { gateway, items } of all) {
        const next = copyFor(gateway, told.get(gateway.live.gatewayId));
        for (const item of items) {
          next.state[item.position] = item.news.told.state;
          next.stoppedSince[item.position] = item.news.told.stoppedSince;
          await publish(tx, kernel, networkId, item);
        }
        await putAnnouncement(tx, gateway.live, next);
        tx.afterCommit(() => {
          told.set(gateway.live.gatewayId, next);
          for (const { position } of items) touch(gateway.live, position, fleet.turn);
        });
      }
    });
  };
  return {
    load: async () => {
      told = await kernel.db.transaction(PLATFORM, readAnnouncements);
    },
    look: async () => {
      const silenceIsOurs = clock.wallNow() - startedAt < START_GRACE_MS;
      const now = Math.floor(clock.now() / MINUTE_MS);
      const found: GatewayNews[] = [];
      let events = 0;
      for (const gateway of fleet.gateways()) {
        if (found.length >= GATEWAYS_MAX || events >= EVENTS_MAX) break;
        const { live } = gateway;
        const directory = world.registry.directoryNow(live.networkId);
        if (!directory || live.newestMinute === NO_MINUTE) continue;
        const glance = looked.get(gateway);
        if (glance?.minute === now && glance.live === live && glance.turn === live.changedTurn) continue;
        const items = newsOfGateway(
          { kernel, world, directory, silenceIsOurs, now },
          gateway,
          told.get(live.gatewayId),
        );
        if (items.length === 0) {
          // What changes in this turn from now on carries the same number, so it is looked at again.
          if (live.changedTurn < fleet.turn)
            looked.set(gateway, { minute: now, turn: live.changedTurn, live });
          continue;
        }
        found.push({ gateway, items: items.slice(0, Math.max(1, EVENTS_MAX - events)) });
        events += items.filter(({ news }) => news.changed || news.stopped || news.recovered).length;
      }
      for (const [networkId, all] of Map.groupBy(found, ({ gateway }) => gateway.live.networkId)) {
        await tell(networkId, all);
      }
    },
  };
}

interface Look {
  readonly kernel: Kernel;
  readonly world: World;
  readonly directory: Directory;
  readonly silenceIsOurs: boolean;
  /** Minutes since the epoch. */
  readonly now: number;
}

function newsOfGateway(
  look: Look,
  { live, facts, heardAt }: Gateway,
  announced: Announcement | undefined,
): Item[] {
  const { kernel, world, directory, now } = look;
  const silentAfter = silentAfterMin(kernel.clock);
  const catchesUp = live.newestMinute + silentAfter < now && kernel.clock.wallNow() - heardAt < CATCH_UP_MS;
  const silenceIsOurs = look.silenceIsOurs || catchesUp;
  const items: Item[] = [];
  for (let position = 0; position < live.machineIds.length; position++) {
    const newest = live.track.minute[position] as number;
    if (newest === NO_MINUTE) continue;
    const silent = newest + silentAfter < now;
    if (silent && silenceIsOurs) continue;
    const before = {
      state: announced?.state[position] ?? NOTHING,
      stoppedSince: announced?.stoppedSince[position] ?? NOTHING,
    };
    const seen = {
      state: silent ? UNKNOWN : (live.state[position] as number),
      since: silent ? newest + 1 : (live.since[position] as number),
    };
    const asOf = asOfMinute(newest, now, silentAfter);
    if (isQuiet(before, seen, asOf)) continue;
    const machineId = live.machineIds[position] as string;
    const machine = directory.machine(machineId);
    if (!machine || machine.retiredAt !== null) continue;
    const news = newsOf(before, seen, asOf, () => {
      // Outside planned time nothing is added to what was looked at before.
      const cursor = facts.cursors[facts.cursorOf[position] as number];
      if (cursor === undefined || !isPlanned(cursor, asOf - 1, world.registry)) return 0;
      const blocks = world.blocksOf(machineId) ?? NO_BLOCKS;
      return busyMinutes(world.registry, machine, blocks, seen.since * MINUTE_MS, asOf * MINUTE_MS);
    });
    if (news) items.push({ position, machineId, siteId: machine.siteId, seen, before, news });
  }
  return items;
}

async function publish(
  tx: Tx,
  { bus }: Kernel,
  networkId: string,
  { machineId, siteId, seen, before, news }: Item,
): Promise<void> {
  const at = seen.since * MINUTE_MS;
  if (news.changed) {
    const [from, to] = [stateName(before.state), stateName(news.told.state)];
    await bus.publish(tx, networkId, 'machine-state-changed', { machineId, siteId, from, to, at });
  }
  if (news.stopped) {
    const state = stateName(seen.state);
    await bus.publish(tx, networkId, 'machine-stopped-long', { machineId, siteId, state, since: at });
  }
  if (news.recovered) await bus.publish(tx, networkId, 'machine-recovered', { machineId, siteId, at });
}

function copyFor({ live }: Gateway, known: Announcement | undefined): Announcement {
  const machines = live.machineIds.length;
  const copy = {
    state: new Int8Array(machines).fill(NOTHING),
    stoppedSince: new Int32Array(machines).fill(NOTHING),
  };
  if (known) {
    copy.state.set(known.state.subarray(0, machines));
    copy.stoppedSince.set(known.stoppedSince.subarray(0, machines));
  }
  return copy;
}
