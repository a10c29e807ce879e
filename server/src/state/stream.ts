import type { ServerResponse } from 'node:http';
import type { LiveMachine } from '@millrace/contract';
import { type Kernel, type Refusal, refuse } from '../kernel/index.ts';
import type { Registry } from '../registry/index.ts';
import type { Fleet } from './fleet.ts';
import type { MachineViews } from './machine-view.ts';
import { asSeen, maySee, type Sight, withGrants } from './sight.ts';
import type { Gateway } from './slot-index.ts';

/** Open streams of this process; each costs a look at what changed every second. */
const CLIENTS_MAX = 500;
const CLIENTS_PER_ORGANISATION_MAX = 100;
/** Machines sent at once; at some 700 bytes each a browser still keeps up. The others follow a second later. */
const MACHINES_MAX = 2_000;
/** Proxies cut connections that say nothing. */
const HEARTBEAT_MS = 15_000;
/** However long a page stays open, its connection is made anew from time to time, so that none is forgotten. */
const LIFETIME_MS = 15 * 60_000;
/** A reader that takes nothing for so long is gone. */
const STUCK_MS = 60_000;
/** The page has read the list some seconds before it opens the stream. */
const LOOK_BACK_TURNS = 10;

interface Client {
  readonly response: ServerResponse;
  /** Changes with the grants. */
  sight: Sight;
  readonly openedAt: number;
  /** Turn up to which the changes of a gateway were sent. */
  readonly sent: WeakMap<Gateway, number>;
  readonly firstTurn: number;
  wroteAt: number;
  /** Where the last turn stopped, so that the next begins there. */
  offset: number;
}

export interface StateStream {
  /** Undefined when it may be opened now. */
  refusal(sight: Sight): Refusal | undefined;
  /** Answers how to end it. */
  open(response: ServerResponse, sight: Sight): () => void;
  /** Takes in the grants that were given, were revoked or have expired meanwhile. */
  refreshSights(): Promise<void>;
  /** Sends what changed since the last turn. */
  turn(views: () => MachineViews): void;
  close(): void;
  readonly clients: number;
}

export function createStateStream(kernel: Kernel, fleet: Fleet, registry: Registry): StateStream {
  const clients = new Set<Client>();
  const wallNow = (): number => kernel.clock.wallNow();
  const tooMany = refuse('too-many-streams', 503, 'Too many live views are open; close one and try again.', {
    values: { retryAfterS: 10 },
  });
  return {
    refusal: ({ organisationId }) => {
      let own = 0;
      for (const { sight } of clients) if (sight.organisationId === organisationId) own++;
      return clients.size >= CLIENTS_MAX || own >= CLIENTS_PER_ORGANISATION_MAX ? tooMany : undefined;
    },
    open: (response, sight) => {
      const now = wallNow();
      const client: Client = {
        response,
        sight,
        openedAt: now,
        sent: new WeakMap(),
        firstTurn: fleet.turn - LOOK_BACK_TURNS,
        wroteAt: now,
        offset: 0,
      };
      clients.add(client);
      response.on('close', () => clients.delete(client));
      response.write('retry: 2000\n\n');
      return () => {
        clients.delete(client);
        response.end();
      };
    },
    refreshSights: async () => {
      const keyOf = ({ sight }: Client): string => `${sight.networkId} ${sight.organisationId}`;
      const others = [...clients].filter(({ sight }) => !sight.all);
      for (const [, same] of Map.groupBy(others, keyOf)) {
        const sight = same[0] && (await withGrants(kernel, same[0].sight));
        if (sight) for (const client of same) client.sight = sight;
      }
    },
    turn: (views) => {
      if (clients.size > 0) {
        const encode = createEncoder(registry, views());
        const gateways = [...fleet.gateways()];
        for (const client of clients) send(client, gateways, encode, fleet.turn, wallNow());
      }
      fleet.turn++;
    },
    close: () => {
      for (const { response } of clients) response.end();
      clients.clear();
    },
    get clients() {
      return clients.size;
    },
  };
}

type Encode = (sight: Sight, gateway: Gateway, position: number) => string | undefined;

function send(client: Client, gateways: readonly Gateway[], encode: Encode, turn: number, now: number): void {
  const { response } = client;
  if (now - client.openedAt > LIFETIME_MS) {
    response.end();
    return;
  }
  if (response.writableNeedDrain) {
    if (now - client.wroteAt > STUCK_MS) response.destroy();
    return;
  }
  const machines = collect(client, gateways, encode, turn);
  if (machines.length > 0) response.write(`event: machines\ndata: [${machines.join()}]\n\n`);
  else if (now - client.wroteAt > HEARTBEAT_MS) response.write(':\n\n');
  else return;
  client.wroteAt = now;
}

function collect(client: Client, gateways: readonly Gateway[], encode: Encode, turn: number): string[] {
  const machines: string[] = [];
  const { sight, sent } = client;
  for (let i = 0; i < gateways.length; i++) {
    const index = (client.offset + i) % gateways.length;
    if (machines.length >= MACHINES_MAX) {
      client.offset = index;
      break;
    }
    const gateway = gateways[index] as Gateway;
    const { live } = gateway;
    const upTo = sent.get(gateway) ?? client.firstTurn;
    if (live.changedTurn <= upTo || live.networkId !== sight.networkId || !maySee(sight, live.orgId))
      continue;
    sent.set(gateway, turn);
    for (let position = 0; position < live.machineIds.length; position++) {
      if ((live.changed[position] as number) <= upTo) continue;
      const text = encode(sight, gateway, position);
      if (text !== undefined) machines.push(text);
    }
  }
  return machines;
}

/** Readers with full sight share the text of a machine. */
function createEncoder(registry: Registry, views: MachineViews): Encode {
  const texts = new Map<string, string>();
  const view = (networkId: string, machineId: string): LiveMachine | undefined => {
    const directory = registry.directoryNow(networkId);
    const machine = directory?.machine(machineId);
    return directory && machine && machine.retiredAt === null ? views.view(directory, machine) : undefined;
  };
  return (sight, { live }, position) => {
    const machineId = live.machineIds[position] as string;
    const own = sight.all || live.orgId === sight.organisationId;
    const known = own ? texts.get(machineId) : undefined;
    if (known !== undefined) return known;
    const machine = view(live.networkId, machineId);
    if (machine === undefined || !maySee(sight, machine.organisationId)) return undefined;
    const text = JSON.stringify(asSeen(sight, machine));
    if (own) texts.set(machineId, text);
    return text;
  };
}
