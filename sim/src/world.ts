import type { DomainClock } from '@millrace/contract';
import { allRows, type Client, createClient } from './client.ts';
import { type Credentials, keepProgress, type Progress, readProgress } from './credentials.ts';
import { type DeviceLink, openDevice } from './device-link.ts';
import {
  canRunAgents,
  type EdgeFloor,
  type EdgeFloors,
  handOverLink,
  openEdgeFloors,
} from './edge-floors.ts';
import { hasAgent } from './edge-plan.ts';
import type { Fixture } from './fixture.ts';
import { type GatewayLink, httpLink, mqttLink } from './gateway-link.ts';
import type { Network } from './network.ts';
import { hoursBetween, type OrderDesk, orderHours, pauseAfter } from './order-stream.ts';
import { answerOffers, moveShipments, type People, reportScrap } from './people.ts';
import type { Random } from './random.ts';
import type { ServerProcess } from './server-process.ts';
import { buyerCode } from './set-up.ts';
import { refreshWork, ShopFloor } from './shop-floor.ts';

const DAY_MS = 86_400_000;
/** Days of demand that are ordered at the first start as fast as the platform takes them, so that machines are loaded soon. */
const BACKLOG_DAYS = 5;
/** Wall pauses between looks; people are slower than machines. */
const MACHINES_EVERY_MS = 1_000;
const PEOPLE_EVERY_MS = 3_000;
const ORDERS_EVERY_MS = 1_000;
/** Machine-hours ordered in one turn at the most; about two hundred lines. */
const HOURS_AT_ONCE = 2_000;
/** Gateways that deliver their history at the same time; more would only be told to come back later. */
const DELIVERIES_AT_ONCE = 4;

export interface WorldInput {
  readonly server: ServerProcess;
  readonly credentials: Credentials;
  readonly network: Network;
  readonly fixture: Fixture;
  readonly random: Random;
  readonly clock: DomainClock;
  readonly dataDir: string;
  readonly daysBack: number;
  /** Some factories run real agents. */
  readonly agents: boolean;
  readonly say: (line: string) => void;
}
/** Machines, people and buyers, each at their own pace, until stopped. */
export interface World {
  run(): Promise<void>;
  stop(): Promise<void>;
}

export async function openWorld(input: WorldInput): Promise<World> {
  const now = domainClock(input.clock);
  const operator = createClient(input.server.http, { bearer: input.credentials.operatorKey });
  const kept = readProgress(input.dataDir);
  const start = kept?.playedTo ?? now() - input.daysBack * DAY_MS;
  const { direct, edge } = openFloors(input, Math.min(start, now()));
  const floors = [...direct, ...edge.map(({ floor }) => floor)];
  const device = await openDevice(input.server.mqtt, input.credentials.device, floors);
  const desk = await openDesk(input, operator, kept?.position ?? 0);
  // The books of the first start fill while one watches; they begin some days of demand ago.
  let nextOrderAt = kept?.nextOrderAt ?? now() - BACKLOG_DAYS * DAY_MS;
  if (!kept) {
    input.say(`delivering ${input.daysBack} day(s) of machine history`);
    await deliverHistory(input, floors, now());
  }
  const keep = (): void =>
    keepProgress(input.dataDir, { position: desk.position, nextOrderAt, playedTo: now() } satisfies Progress);
  keep();
  const people = openPeople(input, operator);
  const order = async (): Promise<void> => {
    const dueHours = Math.min(hoursBetween(input.network, nextOrderAt, now()), HOURS_AT_ONCE);
    if (dueHours <= 0) return;
    const hours = await orderHours(desk, dueHours, { now: now(), since: nextOrderAt });
    nextOrderAt += pauseAfter(input.network, hours);
    keep();
  };
  const work = async (): Promise<void> => {
    await refreshWork(operator, floors);
    for (const floor of direct) floor.play(now());
    device.send(now());
    keep();
  };
  const meet = async (): Promise<void> => {
    await answerOffers(people);
    await reportScrap(people);
    await moveShipments(people, now());
  };
  const agents = openEdgeFloors({ ...input, floors: edge, operator, http: input.server.http, now });
  return loops(input, { work, order, meet }, { floors, device, agents });
}

interface Acts {
  readonly work: () => Promise<void>;
  readonly order: () => Promise<void>;
  readonly meet: () => Promise<void>;
}

function loops(
  input: WorldInput,
  acts: Acts,
  open: { floors: readonly ShopFloor[]; device: DeviceLink; agents: EdgeFloors },
): World {
  const stopping = new AbortController();
  return {
    run: async () => {
      await Promise.all([
        open.agents.start(),
        every(MACHINES_EVERY_MS, acts.work, stopping.signal, input.say),
        every(ORDERS_EVERY_MS, acts.order, stopping.signal, input.say),
        every(PEOPLE_EVERY_MS, acts.meet, stopping.signal, input.say),
      ]);
    },
    stop: async () => {
      stopping.abort();
      await open.agents.close();
      await Promise.all(open.floors.map((floor) => floor.close()));
      await open.device.close();
    },
  };
}

/** The platform's domain clock, read once and carried on by our own wall clock. */
function domainClock(clock: DomainClock): () => number {
  const wallMs = Date.now();
  return () => Math.floor(clock.now + (Date.now() - wallMs) * clock.speed);
}

function openFloors(
  { server, credentials, network, fixture, random, clock, agents }: WorldInput,
  from: number,
): { readonly direct: readonly ShopFloor[]; readonly edge: readonly EdgeFloor[] } {
  const direct: ShopFloor[] = [];
  const edge: EdgeFloor[] = [];
  for (const factory of network.factories) {
    const device = credentials.device.machineCode.startsWith(`${factory.code}-`)
      ? credentials.device.machineCode
      : undefined;
    const token = credentials.gatewayTokens[factory.code] ?? '';
    const own = random.fork(`floor-${factory.code}`);
    const floorAt = (link: GatewayLink) => new ShopFloor(factory, link, own, fixture.duty, from, device);
    const overHttp = () => httpLink(server.http, token, () => undefined);
    if (agents && hasAgent(factory) && canRunAgents(clock.speed)) {
      const link = handOverLink(overHttp());
      edge.push({ floor: floorAt(link), link });
    } else
      direct.push(
        floorAt(
          factory.transport === 'mqtt' ? mqttLink(server.mqtt, `GW-${factory.code}`, token) : overHttp(),
        ),
      );
  }
  return { direct, edge };
}

async function openDesk(input: WorldInput, operator: Client, position: number): Promise<OrderDesk> {
  const items = await allRows<{ id: string; code: string }>(operator, '/items');
  const { fixture, network, random } = input;
  return {
    fixture,
    network,
    random: random.fork(`orders-${position}`),
    itemIds: new Map(items.map((item) => [item.code, item.id])),
    buyers: fixture.countries.map((country) => memberOf(input, buyerCode(country.code))),
    position,
  };
}

function openPeople(input: WorldInput, operator: Client): People {
  const clients = new Map(
    Object.entries(input.credentials.memberKeys).map(([id, bearer]) => [
      id,
      createClient(input.server.http, { bearer }),
    ]),
  );
  return { clients, operator, random: input.random.fork('people'), reported: new Set() };
}

function memberOf(
  { credentials, server }: WorldInput,
  code: string,
): { organisationId: string; client: Client } {
  const organisationId = credentials.organisations[code] ?? '';
  return {
    organisationId,
    client: createClient(server.http, { bearer: credentials.memberKeys[organisationId] ?? '' }),
  };
}

/** As a gateway does that was offline: what its machines did for their own customers, before the network had orders for them. */
async function deliverHistory(
  { random }: WorldInput,
  floors: readonly ShopFloor[],
  now: number,
): Promise<void> {
  const queue = [...floors];
  const deliver = async (): Promise<void> => {
    for (let floor = queue.shift(); floor; floor = queue.shift()) {
      const own = floor.ownWork(random.fork('own-work'));
      while (floor.playedTo < Math.floor(now / 60_000) * 60_000) floor.play(now, own);
      await floor.drain();
    }
  };
  await Promise.all(Array.from({ length: DELIVERIES_AT_ONCE }, deliver));
}

/** A failed turn is said and the next one comes: the platform may be restarting. */
async function every(
  wallMs: number,
  act: () => Promise<void>,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  while (!signal.aborted) {
    const started = Date.now();
    try {
      await act();
    } catch (error) {
      if (!signal.aborted) say(`simulator: ${error instanceof Error ? error.message : String(error)}`);
    }
    await new Promise((resume) => setTimeout(resume, Math.max(50, wallMs - (Date.now() - started))));
  }
}
