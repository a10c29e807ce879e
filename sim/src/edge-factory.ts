import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type {
  AgentHealth,
  DomainClock,
  EdgeConfig,
  EnrolmentCode,
  Gateway,
  GatewayConfig,
  MachineRecord,
} from '@millrace/contract';
import { type AgentProcess, startAgent } from './agent-process.ts';
import { ApiProblem, allRows, type Client } from './client.ts';
import { Controllers } from './controllers.ts';
import { LiveMachine } from './live-machine.ts';
import type { SimFactory } from './network.ts';

/** Between two looks of the controllers at their machines. */
export const SHOW_MS = 200;
/** A minute is told when it is over, and a turn later shown from its beginning. */
const BEHIND_MS = 60_000;
/** So long a machine waits at the most for a gateway that reads it. */
const READY_MS = 60_000;
const LOOK_MS = 500;

export interface EdgeFactoryInput {
  readonly factory: SimFactory;
  /** File of the agent's command. */
  readonly command: string;
  readonly operator: Client;
  readonly http: string;
  readonly clock: DomainClock;
  readonly now: () => number;
  /** Keeps identity and log of the agent, and the controllers' certificates. */
  readonly folder: string;
  readonly say: (line: string) => void;
}
/** A factory whose machines are read by Millrace's own agent, over the protocols that machines speak. */
export interface EdgeFactory {
  readonly controllers: Controllers;
  readonly agent: AgentProcess;
  /** The agent runs its configuration and reads every machine; or it was waited for long enough. */
  ready(signal: AbortSignal): Promise<void>;
  /** How far counts of machines had come, by the word of somebody else. */
  beginAt(counts: ReadonlyMap<string, number>): void;
  play(records: readonly MachineRecord[]): void;
  /** Brings the controllers up to the domain's present. */
  show(): void;
  close(): Promise<void>;
}

export async function openEdgeFactory(input: EdgeFactoryInput): Promise<EdgeFactory> {
  const { factory, operator, folder, now, clock } = input;
  const controllers = await Controllers.open(factory, join(folder, 'controllers'));
  const machines = new Map([...controllers.machines].map((code) => [code, new LiveMachine()]));
  const show = (): void => {
    const instant = now() - BEHIND_MS - SHOW_MS * clock.speed;
    for (const [code, machine] of machines) controllers.show(code, machine.readAt(instant));
  };
  show();
  const gatewayId = await gatewayOf(operator, factory);
  const version = await configure(operator, gatewayId, controllers.config());
  const startedAt = now();
  const agent = await startAgentOf(input, gatewayId);
  return {
    controllers,
    agent,
    ready: (signal) => waitUntilRead(operator, gatewayId, { version, startedAt }, signal),
    beginAt: (counts) => {
      for (const [code, count] of counts) machines.get(code)?.beginAt(count);
    },
    play: (records) => {
      for (const record of records) machines.get(record.machine)?.play(record);
    },
    show,
    close: async () => {
      await agent.stop();
      await controllers.close();
    },
  };
}

async function gatewayOf(operator: Client, { code }: SimFactory): Promise<string> {
  const gateways = await allRows<Gateway>(operator, '/gateways');
  const found = gateways.find((gateway) => gateway.code === `GW-${code}`);
  if (found === undefined) throw new TypeError(`there is no gateway GW-${code}`);
  return found.id;
}

/** A new version only when something is otherwise: a port that somebody else has taken meanwhile. */
async function configure(operator: Client, gatewayId: string, config: EdgeConfig): Promise<number> {
  const path = `/gateways/${gatewayId}/config`;
  const newest = await unlessNone(operator.get<GatewayConfig>(path));
  if (newest !== undefined && isDeepStrictEqual(newest.config, config)) return newest.version;
  const body = { basedOn: newest?.version ?? null, note: 'demonstration', config };
  return (await operator.put<GatewayConfig>(path, body)).version;
}

async function unlessNone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return undefined;
    throw error;
  }
}

function startAgentOf(input: EdgeFactoryInput, gatewayId: string): Promise<AgentProcess> {
  const { command, operator, folder, http, clock, now, say } = input;
  return startAgent({
    command,
    server: http,
    folder: join(folder, 'agent'),
    clock: `${now()},${Date.now()},${clock.speed}`,
    code: async () => (await operator.post<EnrolmentCode>(`/gateways/${gatewayId}/enrolment-code`, {})).code,
    say,
  });
}

async function waitUntilRead(
  operator: Client,
  gatewayId: string,
  agent: { readonly version: number; readonly startedAt: number },
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline && !signal.aborted) {
    const path = `/gateways/${gatewayId}/health`;
    const health = (await unlessNone(operator.get<{ health: AgentHealth | null }>(path)))?.health;
    const isRead =
      // Until the agent speaks, the platform knows how the one before it was.
      health !== undefined &&
      health !== null &&
      health.startedAt >= agent.startedAt &&
      health.configVersion === agent.version &&
      health.connections.every(
        // A scanner has nothing to tell until the first carton.
        ({ state, driver, tagsBad }) => state === 'connected' && (tagsBad === 0 || driver === 'scanner'),
      );
    if (isRead) return;
    await new Promise((resume) => setTimeout(resume, LOOK_MS));
  }
}
