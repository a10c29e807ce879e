import { join } from 'node:path';
import type { DomainClock, MachineRecord } from '@millrace/contract';
import { type PackedAgent, packAgent } from './agent-process.ts';
import type { Client } from './client.ts';
import { type EdgeFactory, openEdgeFactory, SHOW_MS } from './edge-factory.ts';
import type { GatewayLink } from './gateway-link.ts';
import type { ShopFloor } from './shop-floor.ts';

/** An agent's clock can be no faster. */
const AGENT_SPEED_MAX = 1_000;
export const canRunAgents = (speed: number): boolean => speed <= AGENT_SPEED_MAX;

/** A floor's own way to the platform until its agent reads the machines. */
export interface HandOverLink extends GatewayLink {
  /** Last count sent so far, by machine. */
  readonly counts: ReadonlyMap<string, number>;
  handTo(next: (records: readonly MachineRecord[]) => void): void;
}

export function handOverLink(first: GatewayLink): HandOverLink {
  const counts = new Map<string, number>();
  let send = (records: readonly MachineRecord[]): void => {
    for (const { machine, count } of records) counts.set(machine, count ?? 0);
    first.send(records);
  };
  return {
    counts,
    send: (records) => send(records),
    drain: () => first.drain(),
    get waiting() {
      return first.waiting;
    },
    close: () => first.close(),
    handTo: (next) => {
      send = next;
    },
  };
}

export interface EdgeFloor {
  readonly floor: ShopFloor;
  readonly link: HandOverLink;
}
export interface EdgeFloorsInput {
  readonly floors: readonly EdgeFloor[];
  readonly operator: Client;
  readonly http: string;
  readonly clock: DomainClock;
  readonly now: () => number;
  readonly dataDir: string;
  readonly say: (line: string) => void;
}
/** The factories that Millrace's own agent reads. */
export interface EdgeFloors {
  /** Those that were opened so far, by code. */
  readonly factories: ReadonlyMap<string, EdgeFactory>;
  /** Agents enrolled, machines at work. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export function openEdgeFloors(input: EdgeFloorsInput): EdgeFloors {
  const { floors, now, dataDir, say } = input;
  const factories = new Map<string, EdgeFactory>();
  const timers = new Set<NodeJS.Timeout>();
  const stopping = new AbortController();
  let starting: Promise<void> = Promise.resolve();
  let packed: PackedAgent | undefined;
  const startOne = async ({ floor, link }: EdgeFloor, command: string): Promise<void> => {
    const { factory } = floor;
    let isRead = false;
    const folder = join(dataDir, 'edge', factory.code);
    const edge = await openEdgeFactory({ ...input, command, factory, folder });
    factories.set(factory.code, edge);
    timers.add(
      setInterval(() => {
        if (isRead) floor.play(now());
        edge.show();
      }, SHOW_MS),
    );
    await edge.ready(stopping.signal);
    if (stopping.signal.aborted) return;
    say(
      `  ${`GW-${factory.code}`.padEnd(14)} ${edge.agent.statusUrl}  ${edge.controllers.protocols.join(', ')}`,
    );
    // Until now the machines stood, so that nothing was made that nobody read.
    floor.skipTo(now());
    edge.beginAt(link.counts);
    link.handTo(edge.play);
    isRead = true;
  };
  const startAll = async (): Promise<void> => {
    if (floors.length === 0) return;
    packed = await packAgent(input.http);
    const { command } = packed;
    const start = (one: EdgeFloor): Promise<void> =>
      startOne(one, command).catch((error: unknown) => {
        const words = error instanceof Error ? error.message : error;
        say(`simulator: agent of ${one.floor.factory.code}: ${words}`);
      });
    // At once: most of it is waiting for each other.
    await Promise.all(floors.map(start));
  };
  return {
    factories,
    start: () => {
      if (floors.length > 0) say('Gateways with an agent of their own (status page, protocols)');
      starting = startAll();
      return starting;
    },
    close: async () => {
      stopping.abort();
      for (const timer of timers) clearInterval(timer);
      await starting;
      await Promise.all([...factories.values()].map((edge) => edge.close()));
      packed?.remove();
    },
  };
}
