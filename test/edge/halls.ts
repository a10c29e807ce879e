import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  CountRow,
  DomainClock,
  LossLedger,
  Machine,
  MachineRecord,
  MachineWork,
  RawRecord,
} from '@millrace/contract';
import { allRows, createClient } from '../../sim/src/client.ts';
import { type EdgeFloors, handOverLink, openEdgeFloors } from '../../sim/src/edge-floors.ts';
import { hasAgent, machinesByProtocol } from '../../sim/src/edge-plan.ts';
import type { Protocol } from '../../sim/src/far-side/index.ts';
import { readFixture } from '../../sim/src/fixture.ts';
import { type GatewayLink, httpLink } from '../../sim/src/gateway-link.ts';
import { generateNetwork, type Network, type SimFactory, type SimMachine } from '../../sim/src/network.ts';
import { createRandom } from '../../sim/src/random.ts';
import { startServer } from '../../sim/src/server-process.ts';
import { type SetUp, setUp } from '../../sim/src/set-up.ts';
import { localTime } from '../../sim/src/shift.ts';
import { ShopFloor } from '../../sim/src/shop-floor.ts';
import { freshDatabase } from '../setup/database.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** That of the demonstration. */
const SPEED = 60;
/** Half an hour before midnight in Kolkata, where one of the factories is: its counts begin anew on the way. */
const START = Date.UTC(2026, 2, 2, 18, 0);
/** What a floor made for itself before its agent read the machines. */
const HISTORY_MS = 30 * MINUTE_MS;
/** Two of each protocol; in F008 protocols take turns in one hall. */
const MACHINES_PER_PROCESS = 2;
const MACHINES_TAKING_TURNS = 4;
const RATE_PER_HOUR = 1_800;

/** The demonstration's factories with agents, in small: the same platform, controllers and agents, fewer machines. */
export interface Halls {
  readonly factories: EdgeFloors['factories'];
  /** Machine codes by protocol. */
  readonly machines: ReadonlyMap<Protocol, readonly string[]>;
  /** What the simulator says that a machine did, from the moment that an agent reads it. */
  truth(machine: string): readonly MachineRecord[];
  /** Pieces of `truth`. */
  made(machine: string): number;
  /** Pieces before that, which went to the platform without an agent. */
  madeBefore(machine: string): number;
  /** All machines that are named get an order that they never finish; the others stand. */
  work(machines: Iterable<string>): void;
  now(): number;
  /** What an agent told of a machine. */
  stored(machine: string): Promise<{ readonly rows: readonly RawRecord[]; readonly pieces: number }>;
  ledger(machine: string): Promise<LossLedger>;
  /** Pieces of all days, as the platform reckons them from what is stored. */
  counted(machine: string): Promise<number>;
  close(): Promise<void>;
}

export async function openHalls(seed: string): Promise<Halls> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-halls-'));
  const random = createRandom(seed);
  const fixture = readFixture();
  const network = smallNetwork(generateNetwork(fixture, random.fork('network')));
  const platform = await openPlatform({ network, fixture, random, dataDir: folder });
  const { operator, now, http, clock } = platform;
  const withAgent = network.factories.filter(hasAgent);
  const books = new Books(withAgent);
  const floors = withAgent.map((factory) => {
    const link = handOverLink(httpLink(http, platform.tokens[factory.code] ?? '', () => undefined));
    const own = random.fork(factory.code);
    const floor = new ShopFloor(factory, books.beside(link), own, fixture.duty, now() - HISTORY_MS);
    return { floor, link };
  });
  for (const { floor } of floors) {
    floor.assign(workOf(machinesOf(floor.factory), 'own'));
    floor.play(now());
    await floor.drain();
    floor.assign([]);
  }
  const handedOverAt = books.close(now());
  const agents = openEdgeFloors({
    floors,
    operator,
    http,
    clock,
    now,
    dataDir: folder,
    say: () => undefined,
  });
  await agents.start();
  let order = 0;
  return {
    factories: agents.factories,
    machines: new Map(
      withAgent
        .flatMap((factory) => [...machinesByProtocol(factory)])
        // A scanner counts nothing.
        .filter(([protocol]) => protocol !== 'scanner'),
    ),
    now,
    truth: (machine) => books.truth(machine),
    made: (machine) => books.made(machine),
    madeBefore: (machine) => books.madeBefore(machine),
    work: (machines) => {
      const rows = workOf([...machines], `order-${order++}`);
      for (const { floor } of floors) floor.assign(rows.filter((row) => floor.owns(row.machineCode)));
    },
    stored: async (machine) => {
      const rows = await platform.records(machine, handedOverAt);
      return { rows, pieces: books.piecesOf(machine, rows) };
    },
    ledger: platform.ledger,
    counted: platform.counted,
    close: async () => {
      await agents.close();
      await Promise.all(floors.map(({ floor }) => floor.close()));
      await platform.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The real server, with the network as the demonstration sets it up. */
async function openPlatform(world: Pick<SetUp, 'network' | 'fixture' | 'random' | 'dataDir'>) {
  const database = await freshDatabase();
  const setupToken = 'an-installer-knows-me';
  const server = await startServer({
    DATABASE_URL: database.adminUrl,
    MILLRACE_HTTP_PORT: '0',
    MILLRACE_MQTT_PORT: '0',
    MILLRACE_CLOCK_SPEED: String(SPEED),
    MILLRACE_CLOCK_START: String(START),
    MILLRACE_SETUP_TOKEN: setupToken,
    MILLRACE_LOG_LEVEL: 'error',
  });
  const { http } = server;
  const credentials = await setUp({ ...world, http, setupToken, say: () => undefined });
  const operator = createClient(http, { bearer: credentials.operatorKey });
  const clock = await operator.get<DomainClock>('/clock');
  const at = Date.now();
  const now = (): number => Math.floor(clock.now + (Date.now() - at) * SPEED);
  const ids = new Map((await allRows<Machine>(operator, '/machines')).map(({ code, id }) => [code, id]));
  const of = (machine: string, path: string): string => `/machines/${ids.get(machine)}/${path}`;
  return {
    ...{ http, operator, clock, now, tokens: credentials.gatewayTokens },
    ledger: (machine: string) => operator.get<LossLedger>(of(machine, 'loss-ledger')),
    records: async (machine: string, from: number): Promise<readonly RawRecord[]> => {
      const path = of(machine, `records?from=${from}&to=${now()}`);
      return (await operator.get<{ rows: RawRecord[] }>(path)).rows;
    },
    counted: async (machine: string): Promise<number> => {
      const path = of(machine, `counts?grain=day&from=${START - DAY_MS}&to=${START + 2 * DAY_MS}`);
      const { rows } = await operator.get<{ rows: CountRow[] }>(path);
      return rows.reduce((sum, { count }) => sum + count, 0);
    },
    close: async () => {
      await server.stop();
      await database.drop();
    },
  };
}

/** Everything that goes from a floor to its gateway is noted beside. */
class Books {
  readonly #zones: ReadonlyMap<string, string>;
  readonly #before = new Map<string, MachineRecord[]>();
  readonly #since = new Map<string, MachineRecord[]>();
  #open = this.#before;

  constructor(factories: readonly SimFactory[]) {
    this.#zones = new Map(
      factories.flatMap((factory) => machinesOf(factory).map((machine) => [machine, factory.zone])),
    );
  }

  beside(link: GatewayLink): GatewayLink {
    return {
      ...{ drain: () => link.drain(), close: () => link.close(), waiting: 0 },
      send: (records) => {
        for (const record of records) {
          const known = this.#open.get(record.machine);
          if (known === undefined) this.#open.set(record.machine, [record]);
          else known.push(record);
        }
        link.send(records);
      },
    };
  }

  /** What follows goes through agents. */
  close(at: number): number {
    this.#open = this.#since;
    return at;
  }

  dayOf(machine: string, at: number): string {
    return localTime(at, this.#zones.get(machine) ?? 'UTC').day;
  }

  truth(machine: string): readonly MachineRecord[] {
    return this.#since.get(machine) ?? [];
  }

  made(machine: string): number {
    return this.piecesOf(machine, this.truth(machine), this.#before.get(machine)?.at(-1));
  }

  madeBefore(machine: string): number {
    return this.piecesOf(machine, this.#before.get(machine) ?? []);
  }

  /** Counts begin anew at the site's midnight; `after` is what went before. */
  piecesOf(machine: string, records: readonly Counted[], after?: Counted): number {
    let pieces = 0;
    let [day, before] = after === undefined ? ['', 0] : [this.dayOf(machine, after.minute), after.count];
    for (const { minute, count } of records) {
      const today = this.dayOf(machine, minute);
      pieces += count - (today === day ? before : 0);
      [day, before] = [today, count];
    }
    return pieces;
  }
}

interface Counted {
  readonly minute: number;
  readonly count: number;
}

/** Codes, processes and places are the demonstration's. A machine that is counted by another way than a gateway belongs to F002, which is there for it. */
function smallNetwork(network: Network): Network {
  const factories = network.factories
    .filter((factory) => hasAgent(factory) || factory.code === 'F002')
    .map((factory) => ({
      ...factory,
      calendar: 'three-shift' as const,
      workCenters: factory.workCenters.map((center) => ({
        ...center,
        machines: center.machines
          .slice(0, factory.code === 'F008' ? MACHINES_TAKING_TURNS : MACHINES_PER_PROCESS)
          .map(busy),
      })),
    }));
  const codes = new Set(factories.map(({ code }) => code));
  return {
    ...network,
    factories,
    capabilities: network.capabilities.filter(({ factoryCode }) => codes.has(factoryCode)).slice(0, 1),
  };
}

/** One that works through; every other one breaks down each few minutes. */
function busy(machine: SimMachine, index: number): SimMachine {
  const breaks = index % 2 === 1 ? { mtbfHours: 0.15, mttrHours: 0.03 } : {};
  return { ...machine, recordedDuty: false, ...breaks };
}

const machinesOf = (factory: SimFactory): readonly string[] =>
  factory.workCenters.flatMap(({ machines }) => machines.map(({ code }) => code));

function workOf(machines: readonly string[], itemId: string): MachineWork[] {
  return machines.map((machineCode) => ({
    ...{ machineCode, machineId: machineCode, operationId: `${itemId}-${machineCode}`, itemId },
    ...{ productionNo: itemId, itemCode: itemId, quantity: 1_000_000, goodQuantity: 0 },
    ...{ ratePerHour: RATE_PER_HOUR, setUpMinutes: 1, plannedStart: 0, plannedEnd: 0, state: 'running' },
  }));
}
