import { MINUTE_MS } from '../ingest/index.ts';
import type { Kernel } from '../kernel/index.ts';
import type { Fleet } from './fleet.ts';
import { touchAll } from './gateway-live.ts';
import { silentAfterMin } from './machine-view.ts';
import type { Recount } from './recount.ts';
import type { Gateway } from './slot-index.ts';
import type { World } from './world.ts';

/** Wall time of one turn for gateways that have to be made anew; the rest of the second belongs to the records. */
const BUDGET_MS = 150;
/** After a start everything waits, and there is nothing better to do. */
const START_BUDGET_MS = 600;
const START_MS = 30_000;
/** Blocks change a few times a day. */
const BLOCKS_EVERY_MS = 5_000;
const PRUNE_EVERY_MS = 60_000;

export interface Upkeep {
  /** A part of what is out of date, within a budget. */
  turn(): Promise<void>;
  /** All of it. */
  everything(): Promise<void>;
}

/** Keeps what is in memory true to the tables: late records, changes of the registry, blocks, assignments. */
export function createUpkeep(kernel: Kernel, fleet: Fleet, world: World, recount: Recount): Upkeep {
  const { clock, log } = kernel;
  let blocksAt = Number.NEGATIVE_INFINITY;
  const stale = kernel.metrics.gauge(
    'state_stale_gateways',
    'Gateways whose live state is to be made anew from the tables',
  );
  const startedAt = clock.wallNow();
  let prunedAt = startedAt;
  let shownAt = 0;

  const refreshBlocks = async (): Promise<void> => {
    const networks = new Set<string>();
    for (const { live } of fleet.gateways()) networks.add(live.networkId);
    for (const networkId of networks) {
      for (const machineId of await world.refreshBlocks(networkId)) fleet.outdate(machineId);
    }
  };
  const maintain = async (gateway: Gateway): Promise<void> => {
    const directory = world.registry.directoryNow(gateway.live.networkId);
    if (directory && directory.version !== gateway.facts.version) await fleet.refreshFacts(gateway);
    if (gateway.stale) await fleet.rebuild(gateway);
  };
  const work = async (budgetMs: number): Promise<void> => {
    const from = clock.wallNow();
    await fleet.adopt();
    for (const gateway of [...fleet.gateways()]) {
      if (clock.wallNow() - from > budgetMs) return;
      try {
        await maintain(gateway);
      } catch (error) {
        log.warn({ err: error, gateway: gateway.live.gatewayId }, 'live state not rebuilt, tried again');
      }
    }
  };
  /** Machines that fall silent show it without any record. */
  const showTime = (): void => {
    const minute = Math.floor(clock.now() / MINUTE_MS);
    const silentAfter = silentAfterMin(clock);
    for (const { live } of fleet.gateways()) {
      const silentSince = minute - live.newestMinute - silentAfter;
      if (silentSince >= 0 && silentSince < minute - shownAt) touchAll(live, fleet.turn);
    }
    shownAt = minute;
  };
  return {
    turn: async () => {
      const now = clock.wallNow();
      if (now - blocksAt >= BLOCKS_EVERY_MS) {
        blocksAt = now;
        await refreshBlocks();
      }
      if (now - prunedAt >= PRUNE_EVERY_MS) {
        prunedAt = now;
        world.prune();
      }
      showTime();
      await work(now - startedAt < START_MS ? START_BUDGET_MS : BUDGET_MS);
      await recount.turn(BUDGET_MS);
      let waiting = 0;
      for (const gateway of fleet.gateways()) if (gateway.stale) waiting++;
      stale.set(waiting);
    },
    everything: async () => {
      await refreshBlocks();
      await work(Number.POSITIVE_INFINITY);
      await recount.turn(Number.POSITIVE_INFINITY);
    },
  };
}
