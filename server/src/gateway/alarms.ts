import { type AlarmBasis, EdgeAlarm, type EdgeAlarmAnswer, type StoredEdgeAlarm } from '@millrace/contract';
import { Compile } from 'typebox/compile';
import { type Actor, listNetworks, scopeOf } from '../access/index.ts';
import {
  isRefusal,
  type Kernel,
  type NewEvent,
  PAGE_DEFAULT,
  PLATFORM,
  type Refusal,
  refuse,
  toPage,
} from '../kernel/index.ts';
import type { Directory, RegisteredMachine, Registry } from '../registry/index.ts';
import { createAlarmAllowance } from './alarm-allowance.ts';
import { alarmOfCursor } from './page-position.ts';
import { storableJson, storableText } from './storable-json.ts';
import {
  type AlarmFilter,
  dropOldAlarms,
  insertAlarms,
  listAlarms,
  type NewAlarmRow,
} from './store-alarm.ts';

/** Clocks of boxes are a little ahead; what lies further in the future is a wrong clock. */
const AHEAD_MAX_MS = 10 * 60_000;
/** Domain time: what a yearly report looks back on. */
const KEEP_MS = 400 * 86_400_000;
/** Short transactions, so that nobody waits behind forgetting. */
const DROP_BATCH = 10_000;

export interface AlarmQuery extends Omit<AlarmFilter, 'after' | 'limit'> {
  readonly cursor?: string;
  readonly limit?: number;
}
interface Page {
  readonly rows: StoredEdgeAlarm[];
  readonly nextCursor: string | null;
}

/** What the rules on gateways raised and cleared. */
export interface Alarms {
  /** Answers after COMMIT. Each by itself: a bad one must not hold back those behind it. */
  upload(actor: Actor, alarms: readonly unknown[]): Promise<EdgeAlarmAnswer | Refusal>;
  list(actor: Actor, query: AlarmQuery): Promise<Page | Refusal>;
  /** Forgets what is very old. */
  sweep(): Promise<void>;
}

export function createAlarms(kernel: Kernel, registry: Registry): Alarms {
  const { db, clock } = kernel;
  const form = Compile(EdgeAlarm);
  const allowance = createAlarmAllowance(clock.wallNow);
  const isAlarm = (value: unknown): value is EdgeAlarm =>
    form.Check(value) && [value.id, value.machine, value.rule].every((text) => storableText(text) === text);
  return {
    upload: async (actor, alarms) => {
      const waitS = allowance.waitS(actor.id);
      if (waitS > 0) return tooManyAlarms(waitS);
      const directory = await registry.directory(actor.networkId);
      const find = finder(directory, actor);
      const rejections: { index: number; code: string }[] = [];
      const known = new Map<string, { readonly row: NewAlarmRow; readonly machine: RegisteredMachine }>();
      let repeated = 0;
      for (const [index, alarm] of alarms.entries()) {
        const reject = (code: string): number => rejections.push({ index, code });
        if (!isAlarm(alarm)) reject('malformed');
        else if (alarm.at > clock.now() + AHEAD_MAX_MS) reject('too-far-in-future');
        // Taken, it would be forgotten within the hour, and nobody would have seen it.
        else if (alarm.at <= clock.now() - KEEP_MS) reject('too-old');
        else {
          const machine = find(alarm.machine);
          if (!machine) reject('unknown-machine');
          else if (known.has(alarm.id)) repeated++;
          else known.set(alarm.id, { row: rowOf(alarm, machine), machine });
        }
      }
      const fresh = await db.transaction(scopeOf(actor), async (tx) => {
        const owner = {
          networkId: actor.networkId,
          gatewayId: actor.id,
          organisationId: actor.organisationId,
        };
        const rows = [...known.values()].map(({ row }) => row);
        if (rows.length === 0) return [];
        const ids = await insertAlarms(tx, { ...owner, receivedAt: clock.wallNow() }, rows);
        const news = ids.flatMap((id) => known.get(id) ?? []);
        await kernel.bus.publishAll(tx, actor.networkId, newsOf(actor.id, news));
        return ids;
      });
      allowance.take(actor.id, fresh.length);
      return {
        accepted: fresh.length,
        duplicate: known.size - fresh.length + repeated,
        rejected: rejections.length,
        ...(rejections.length > 0 ? { rejections } : {}),
      };
    },
    list: async (actor, { cursor, limit = PAGE_DEFAULT, ...filter }) => {
      const after = alarmOfCursor(cursor);
      if (isRefusal(after)) return after;
      return db.transaction(scopeOf(actor), async (tx) => {
        const rows = await listAlarms(tx, actor.networkId, { ...filter, after, limit: limit + 1 });
        return toPage(rows, limit, ({ at, gatewayId, id }) => [at, gatewayId, id]);
      });
    },
    sweep: async () => {
      const before = clock.now() - KEEP_MS;
      for (const { id: networkId } of await db.transaction(PLATFORM, listNetworks)) {
        let gone = DROP_BATCH;
        while (gone === DROP_BATCH) {
          gone = await db.transaction({ kind: 'network', networkId }, (tx) =>
            dropOldAlarms(tx, networkId, before, DROP_BATCH),
          );
        }
      }
    },
  };
}

/** Units are typed by people: what no row can hold must not hold up the alarm. */
function rowOf({ basis, ...alarm }: EdgeAlarm, { id: machineId }: RegisteredMachine): NewAlarmRow {
  if (basis === undefined) return { ...alarm, machineId };
  return { ...alarm, machineId, basis: JSON.parse(storableJson(basis)) as AlarmBasis };
}

function finder(directory: Directory, actor: Actor): (code: string) => RegisteredMachine | undefined {
  const mine = new Map(directory.machinesOfGateway(actor.id).map((machine) => [machine.code, machine]));
  return (code) => mine.get(code);
}

interface Fresh {
  readonly row: NewAlarmRow;
  readonly machine: RegisteredMachine;
}

/** One piece of news per machine and rule: a backlog of a day must not drown the feed. */
function newsOf(gatewayId: string, fresh: readonly Fresh[]): NewEvent<'edge-alarm-raised'>[] {
  const raised = fresh.filter(({ row }) => row.phase === 'raised');
  return [...Map.groupBy(raised, ({ row }) => `${row.machineId} ${row.rule}`).values()].flatMap((alike) => {
    const newest = alike.reduce((last, one) => (one.row.at >= last.row.at ? one : last));
    const { machineId, rule, severity, at, value, limit, basis = null } = newest.row;
    const { siteId } = newest.machine;
    const count = alike.length;
    const payload = { machineId, siteId, gatewayId, rule, severity, at, value, limit, basis, count };
    return { kind: 'edge-alarm-raised', payload };
  });
}

const tooManyAlarms = (retryAfterS: number): Refusal =>
  refuse(
    'too-many-alarms',
    429,
    'This gateway has raised more alarms than can be kept for it; its agent keeps the others and sends them again. Which of its rules flaps?',
    { values: { retryAfterS } },
  );
