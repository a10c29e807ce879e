import type { CountGrain, CountRow, LiveMachine, MachineDay } from '@millrace/contract';
import { type Access, type Actor, recordAudit, scopeOf } from '../access/index.ts';
import { type Ingest, layoutsOfMachine, MINUTE_MS } from '../ingest/index.ts';
import { type Kernel, notFound, PLATFORM, type Refusal, type Tx } from '../kernel/index.ts';
import type { RegisteredMachine, Registry } from '../registry/index.ts';
import { createAnnouncer } from './announcer.ts';
import { readCountRows } from './count-rows.ts';
import { type Counts, createCounts } from './counts.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { daySpan, readMachineDay } from './machine-day.ts';
import { listMachines, type MachinePage, type MachineQuery } from './machine-list.ts';
import { createMachineViews, type MachineViews } from './machine-view.ts';
import { createRecount, type Recount } from './recount.ts';
import { createRollUp, type RollUp } from './roll-up.ts';
import { stateRoutes } from './routes.ts';
import { asSeen, maySee, type Sight, sightOf } from './sight.ts';
import type { State } from './state.ts';
import { closeAssignment, insertAssignment, insertScrap } from './store-work.ts';
import { createStateStream, type StateStream } from './stream.ts';
import { createSummaries } from './summary.ts';
import { createUpkeep } from './upkeep.ts';
import { createWorld, type World } from './world.ts';

/** The live stream sends at most this often, wall. */
const STREAM_TURN_MS = 1_000;
/** Upkeep is bounded by its own budget of each turn. */
const UPKEEP_MS = 1_000;
/** A revoked grant shows on open streams for this long at most, wall. */
const SIGHT_MS = 2_000;
const LOOK_MS = 1_000;
/** An hour is rolled up minutes after its end; the running one is read from the raw records. */
const ROLL_UP_MS = 5_000;
const HOUR_MIN = 60;

/** What the routes call. */
export interface StateService {
  list(actor: Actor, query: MachineQuery): Promise<MachinePage | Refusal>;
  live(actor: Actor, machineId: string): Promise<LiveMachine | Refusal>;
  day(actor: Actor, machineId: string, day: string): Promise<MachineDay | Refusal>;
  counts(
    actor: Actor,
    machineId: string,
    query: { readonly grain: CountGrain; readonly from: number; readonly to: number },
  ): Promise<{ rows: CountRow[] } | Refusal>;
  recompute(actor: Actor, machineId: string, day: string): Promise<MachineDay | Refusal>;
  sight(actor: Actor): Promise<Sight>;
  readonly stream: StateStream;
  readonly watch: Access['watch'];
}

interface Parts {
  readonly kernel: Kernel;
  readonly access: Access;
  readonly registry: Registry;
  readonly world: World;
  readonly fleet: Fleet;
  readonly counts: Counts;
  readonly rollUp: RollUp;
  readonly stream: StateStream;
  views(): MachineViews;
}

export function openState(kernel: Kernel, access: Access, registry: Registry, ingest: Ingest): State {
  const { clock, ticker, config } = kernel;
  const world = createWorld(kernel, registry);
  const fleet = createFleet(kernel, world);
  const counts = createCounts(ingest, world, fleet);
  const rollUp = createRollUp(kernel, world, fleet);
  const announcer = createAnnouncer(kernel, fleet, world);
  const recount = createRecount(kernel, fleet, world, counts);
  const upkeep = createUpkeep(kernel, fleet, world, recount);
  const stream = createStateStream(kernel, fleet, registry);
  const views = (): MachineViews => createMachineViews(fleet, world, clock);
  const summaries = createSummaries(fleet, clock, views);
  const service = createService({ kernel, access, registry, world, fleet, counts, rollUp, stream, views });
  ingest.onRecords(fleet.onRecords);
  const streams = kernel.metrics.gauge('state_streams', 'Open live streams of machine states');
  const rolledUp = kernel.metrics.counter('state_hours_rolled_up_total', 'Hours of gateways rolled up');
  ticker.every('state-stream', STREAM_TURN_MS, async () => {
    stream.turn(views);
    streams.set(stream.clients);
  });
  ticker.every('state-sight', SIGHT_MS, stream.refreshSights);
  ticker.every('state-upkeep', UPKEEP_MS, upkeep.turn);
  // Whoever takes the records in knows the live state, so exactly that process tells it.
  if (config.roles.includes('ingest')) ticker.every('state-look', LOOK_MS, announcer.look);
  if (config.roles.includes('worker')) {
    ticker.every('state-roll-up', ROLL_UP_MS, async () => rolledUp.inc(await rollUp.pass()));
  }
  return {
    routes: (app) => stateRoutes(app, service),
    start: async () => {
      await world.load();
      await announcer.load();
      await fleet.load();
    },
    stop: async () => stream.close(),
    live: (machineId) => {
      const networkId = fleet.slot(machineId)?.gateway.live.networkId;
      const directory = networkId === undefined ? undefined : registry.directoryNow(networkId);
      const machine = directory?.machine(machineId);
      return directory && machine && views().view(directory, machine);
    },
    summary: async (tx, networkId) => summaries(tx, await registry.directory(networkId)),
    tick: async () => {
      await upkeep.everything();
      await announcer.look();
      await rollUp.pass();
      await stream.refreshSights();
      stream.turn(views);
    },
    ...workFunctions({ kernel, registry, world, fleet, counts, recount }),
  };
}

/** What execution tells and asks, in its own transactions. */
function workFunctions({
  kernel,
  registry,
  world,
  fleet,
  counts,
  recount,
}: Pick<Parts, 'kernel' | 'registry' | 'world' | 'fleet' | 'counts'> & { readonly recount: Recount }): Pick<
  State,
  'countBetween' | 'startAssignment' | 'endAssignment' | 'recordScrap'
> {
  const networkOf = async (tx: Tx, machineId: string): Promise<string | undefined> =>
    tx.scope.kind === 'platform' ? (await registry.machine(tx, machineId))?.networkId : tx.scope.networkId;
  return {
    countBetween: async (tx, _orgId, machineId, from, to) => {
      const [first, end] = [Math.ceil(from / MINUTE_MS), Math.ceil(to / MINUTE_MS)];
      const recent = counts.recent(machineId, first, end);
      if (recent) return recent;
      const machine = await registry.machine(tx, machineId);
      const [totals] = machine ? await counts.totals(tx, machine, [{ from: first, to: end }]) : [];
      return { count: totals?.pieces ?? 0, runningS: totals?.runningS ?? 0 };
    },
    startAssignment: async (tx, fresh) => {
      const networkId = await networkOf(tx, fresh.machineId);
      if (networkId === undefined) return;
      await insertAssignment(tx, networkId, fresh);
      tx.afterCommit(() => {
        world.started(fresh);
        recount.outdate(fresh.machineId, Math.floor(fresh.at / MINUTE_MS));
      });
    },
    endAssignment: async (tx, ended) => {
      if ((await closeAssignment(tx, ended)) === 0) return;
      tx.afterCommit(() => {
        world.ended(ended);
        recount.outdate(ended.machineId, Math.floor(ended.at / MINUTE_MS));
      });
    },
    recordScrap: async (tx, scrap) => {
      const networkId = await networkOf(tx, scrap.machineId);
      if (networkId === undefined) return;
      await insertScrap(tx, networkId, kernel.ids(), scrap);
      tx.afterCommit(() => {
        world.addScrap(scrap);
        fleet.show(scrap.machineId);
      });
    },
  };
}

function createService(parts: Parts): StateService {
  const { kernel, access, registry, world, fleet, counts, stream, views } = parts;
  const inScope = <T>(
    actor: Actor,
    machineId: string,
    work: (tx: Tx, machine: RegisteredMachine) => Promise<T | Refusal>,
  ): Promise<T | Refusal> =>
    kernel.db.transaction(scopeOf(actor), async (tx) => {
      const machine = await registry.machine(tx, machineId);
      return machine ? work(tx, machine) : notFound('machine');
    });
  const sight = (actor: Actor): Promise<Sight> => sightOf(kernel, actor);
  return {
    stream,
    watch: access.watch,
    sight,
    list: async (actor, query) =>
      listMachines(
        await registry.directory(actor.networkId),
        await sight(actor),
        views(),
        query,
        kernel.clock.now(),
      ),
    live: async (actor, machineId) => {
      const directory = await registry.directory(actor.networkId);
      const seen = await sight(actor);
      const machine = directory.machine(machineId);
      if (!machine || !maySee(seen, machine.organisationId)) return notFound('machine');
      return asSeen(seen, views().view(directory, machine));
    },
    day: (actor, machineId, day) =>
      inScope(actor, machineId, (tx, machine) =>
        readMachineDay(tx, counts, world, kernel.clock, machine, day),
      ),
    counts: (actor, machineId, { grain, from, to }) =>
      inScope(actor, machineId, (tx, machine) =>
        readCountRows(tx, counts, registry, machine, grain, from, to),
      ),
    recompute: async (actor, machineId, day) => {
      const done = await inScope(actor, machineId, async (tx, machine) => {
        const wrong = daySpan(day, machine.zone);
        if ('refused' in wrong) return wrong;
        await recordAudit(tx, actor, { action: 'state.recompute', subject: machineId, detail: { day } });
        return { machine, ...wrong };
      });
      if ('refused' in done) return done;
      await rollUpAgain(parts, done.machine, done.start, done.end);
      fleet.outdate(machineId);
      return inScope(actor, machineId, (tx, machine) =>
        readMachineDay(tx, counts, world, kernel.clock, machine, day),
      );
    },
  };
}

/** Hours that have not ended yet have no roll-up and need none. */
async function rollUpAgain(
  { kernel, rollUp }: Parts,
  machine: RegisteredMachine,
  start: number,
  end: number,
): Promise<void> {
  const now = Math.floor(kernel.clock.now() / MINUTE_MS / HOUR_MIN);
  const [from, to] = [Math.floor(start / HOUR_MIN), Math.min(now, Math.ceil(end / HOUR_MIN))];
  await kernel.db.transaction(PLATFORM, async (tx) => {
    for (const layout of await layoutsOfMachine(tx, machine.organisationId, machine.id)) {
      await rollUp.again(tx, layout, from, to);
    }
  });
}
