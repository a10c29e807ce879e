import type { AgentHealth, GatewayHealth, GatewaySummary, PageQuery } from '@millrace/contract';
import { type Actor, listGateways, scopeOf } from '../access/index.ts';
import {
  isRefusal,
  type Kernel,
  PAGE_DEFAULT,
  PLATFORM,
  type Refusal,
  type Tx,
  toPage,
} from '../kernel/index.ts';
import type { Registry } from '../registry/index.ts';
import { briefValue } from './brief-value.ts';
import { inGateway } from './in-gateway.ts';
import { idOfCursor } from './page-position.ts';
import { type ConfigHead, configHeads } from './store-config.ts';
import { type HealthRow, readHealth, writeHealth } from './store-health.ts';

/** Other processes read the row; one UPDATE per word of a thousand agents would be a database of its own. */
const WRITE_EVERY_MS = 15_000;
/** Rows of one statement: a health has some 10 kB. */
const WRITE_MAX = 200;
/** An agent that does not wait at all still needs a moment between two words. */
const WAIT_LEAST_S = 5;
/** For the way there and back, and a busy box. */
const SLACK_MS = 5_000;
/** Silent for so long, it is read from its row again. */
const FORGET_MS = 3_600_000;

/** Of a tag's text; a page shows less, and thousands of agents' last words are in memory. */
const VALUE_CHARACTERS_MAX = 200;

/** Whether an agent that waited `waitS` is still there: two waits without a word are too many. */
export function isOnline(heardAt: number, waitS: number, now: number, lagMs = 0): boolean {
  return now - heardAt <= 2_000 * Math.max(waitS, WAIT_LEAST_S) + SLACK_MS + lagMs;
}

/** The last word of every agent: in memory of the process it speaks with, and a row for the others. */
export interface HealthBook {
  hear(row: HealthRow): void;
  /** Heard here or read there, whichever is newer. */
  standing(tx: Tx, networkId: string, gatewayIds: readonly string[]): Promise<ReadonlyMap<string, Standing>>;
  of(actor: Actor, gatewayId: string): Promise<GatewayHealth | Refusal>;
  summaries(actor: Actor, query: PageQuery): Promise<SummaryPage | Refusal>;
  /** Writes what is due, or everything at the end. */
  flush(all?: boolean): Promise<void>;
  /** Agents this process has heard and that are there. */
  onlineHere(): number;
}
export interface Standing {
  readonly row: HealthRow;
  readonly online: boolean;
}
interface SummaryPage {
  readonly rows: GatewaySummary[];
  readonly nextCursor: string | null;
}

interface Heard {
  row: HealthRow;
  /** 0 = not by this process. */
  writtenAt: number;
}

export function createHealthBook(kernel: Kernel, registry: Registry): HealthBook {
  const { db, clock } = kernel;
  const heard = new Map<string, Heard>();

  const standing: HealthBook['standing'] = async (tx, networkId, gatewayIds) => {
    const now = clock.wallNow();
    const found = new Map<string, Standing>();
    for (const row of await readHealth(tx, networkId, gatewayIds)) {
      const online = isOnline(row.heardAt, row.waitS, now, WRITE_EVERY_MS);
      found.set(row.gatewayId, { row, online });
    }
    for (const id of gatewayIds) {
      const here = heard.get(id)?.row;
      if (here?.networkId !== networkId || here.heardAt < (found.get(id)?.row.heardAt ?? 0)) continue;
      found.set(id, { row: here, online: isOnline(here.heardAt, here.waitS, now) });
    }
    return found;
  };

  return {
    hear: (told) => {
      const row = { ...told, health: inBrief(told.health) };
      const before = heard.get(row.gatewayId);
      // A word in between says nothing about how long the line that waits beside it may be silent.
      const waitS = row.waitS === 0 ? (before?.row.waitS ?? 0) : row.waitS;
      if (before) before.row = { ...row, waitS };
      else heard.set(row.gatewayId, { row: { ...row, waitS }, writtenAt: 0 });
    },
    standing,
    of: (actor, gatewayId) =>
      inGateway(kernel, actor, gatewayId, async (tx) => {
        const found = (await standing(tx, actor.networkId, [gatewayId])).get(gatewayId);
        return {
          gatewayId,
          online: found?.online ?? false,
          heardAt: found?.row.heardAt ?? null,
          ageMs: found ? Math.max(0, clock.wallNow() - found.row.heardAt) : null,
          health: found?.row.health ?? null,
        };
      }),
    summaries: (actor, query) => summaries(kernel, registry, standing, actor, query),
    flush: async (all = false) => {
      const now = clock.wallNow();
      const due = [...heard.values()].filter(
        ({ row, writtenAt }) => row.heardAt > writtenAt && (all || now - writtenAt >= WRITE_EVERY_MS),
      );
      for (let from = 0; from < due.length; from += WRITE_MAX) {
        const some = due.slice(from, from + WRITE_MAX);
        await db.transaction(PLATFORM, (tx) =>
          writeHealth(
            tx,
            some.map(({ row }) => row),
          ),
        );
        for (const one of some) one.writtenAt = now;
      }
      for (const [id, { row }] of heard) if (now - row.heardAt > FORGET_MS) heard.delete(id);
    },
    onlineHere: () => {
      const now = clock.wallNow();
      return [...heard.values()].filter(({ row }) => isOnline(row.heardAt, row.waitS, now)).length;
    },
  };
}

function inBrief(health: AgentHealth): AgentHealth {
  const tags = health.tags.map((tag) => ({ ...tag, value: briefValue(tag.value, VALUE_CHARACTERS_MAX) }));
  return { ...health, tags };
}

async function summaries(
  kernel: Kernel,
  registry: Registry,
  standing: HealthBook['standing'],
  actor: Actor,
  { cursor, limit = PAGE_DEFAULT }: PageQuery,
): Promise<SummaryPage | Refusal> {
  const last = idOfCursor(cursor);
  if (isRefusal(last)) return last;
  const { networkId } = actor;
  return kernel.db.transaction(scopeOf(actor), async (tx) => {
    const page = toPage(await listGateways(tx, networkId, last, limit + 1), limit, ({ id }) => [id]);
    const ids = page.rows.map(({ id }) => id);
    const found = await standing(tx, networkId, ids);
    const heads = new Map((await configHeads(tx, networkId, ids)).map((head) => [head.gatewayId, head]));
    const directory = await registry.directory(networkId);
    const rows = page.rows.map((gateway) => ({
      gateway,
      machines: directory.machinesOfGateway(gateway.id).length,
      ...figures(found.get(gateway.id), heads.get(gateway.id)),
    }));
    return { rows, nextCursor: page.nextCursor };
  });
}

/** Both instants are the box's: its clock may be wrong, and a demonstration's is days away. */
function waitOf({ at, buffer: { oldestAt } }: AgentHealth): number | null {
  return oldestAt === null ? null : Math.max(0, at - oldestAt);
}

function figures(
  standing: Standing | undefined,
  head: ConfigHead | undefined,
): Omit<GatewaySummary, 'gateway' | 'machines'> {
  const health = standing?.row.health;
  const connections = health?.connections ?? [];
  const sum = (of: (one: (typeof connections)[number]) => number): number =>
    connections.reduce((total, one) => total + of(one), 0);
  return {
    online: standing?.online ?? false,
    heardAt: standing?.row.heardAt ?? null,
    agentVersion: health?.agentVersion ?? null,
    hostName: health?.hostName ?? null,
    runningVersion: health?.configSource === 'platform' ? health.configVersion : null,
    newestVersion: head?.version ?? null,
    configRefused: head?.refused ?? false,
    connections: connections.length,
    connectionsConnected: connections.filter(({ state }) => state === 'connected').length,
    tags: sum(({ tags }) => tags),
    tagsBad: sum(({ tagsBad }) => tagsBad),
    waiting: health?.buffer.waiting ?? null,
    oldestWaitMs: health ? waitOf(health) : null,
    dropped: health?.buffer.dropped ?? null,
  };
}
