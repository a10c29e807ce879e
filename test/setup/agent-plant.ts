import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EdgeConfig } from '@millrace/contract';
import modbus from 'jsmodbus';
import { expect } from 'vitest';
import { connectionsOf, cutOff } from '../../sim/src/far-side/connections.ts';
import { listenLocally } from '../../sim/src/far-side/listen.ts';
import { fetchUnshed } from './fetch-unshed.ts';
import { openRunningPlatform, type RunningPlatform } from './running-platform.ts';

/** One line of an agent's log. */
export interface AgentLine {
  readonly message: string;
  readonly [field: string]: unknown;
}
/** An agent as a process of its own. */
export interface AgentProcess {
  readonly lines: readonly AgentLine[];
  /** Exit code; null when it was killed. */
  readonly ended: Promise<number | null>;
  complaint(): string;
  kill(signal: NodeJS.Signals): void;
  said(message: string): Promise<AgentLine>;
}

/** A platform with a gateway and a machine, a Modbus server that is not ours, and a folder for the agent. */
export interface AgentPlant {
  readonly platform: RunningPlatform;
  readonly folder: string;
  readonly gatewayId: string;
  readonly machineId: string;
  readonly plcPort: number;
  /** Holding registers of the machine's controller. */
  readonly registers: Buffer;
  /** As the operator's administrator. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  desk(method: string, path: string, body?: object): Promise<{ readonly status: number; readonly body: any }>;
  /** Writes the next version of the gateway's configuration. */
  configure(config: EdgeConfig): Promise<void>;
  /** The agent said that it runs the newest. */
  applied(): Promise<unknown>;
  run(args: readonly string[]): AgentProcess;
  close(): Promise<void>;
}

/** Half a minute, for a machine that is busy with other tests. */
const TRIES = 600;
const TRY_MS = 50;

/** `now` is the clock of the platform's records. */
export async function openAgentPlant(now: () => number = Date.now): Promise<AgentPlant> {
  const platform = await openRunningPlatform();
  Object.defineProperty(platform.clock, 'ms', { get: now });
  const folder = mkdtempSync(join(tmpdir(), 'millrace-agent-'));
  const agents: ChildProcess[] = [];
  const plc = await openController();
  const desk: AgentPlant['desk'] = (method, path, body) => ask(platform, method, path, body);
  const gateway = { code: 'GW-1', name: 'Hall 1', organisationId: platform.organisations.F1 };
  const made = await desk('POST', '/gateways', gateway);
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const gatewayId: string = made.body.gateway.id;
  const { machineId } = platform.places.F1;
  const assigned = await platform.ask('F1', 'PATCH', `/machines/${machineId}`, { gatewayId });
  expect(assigned.status, JSON.stringify(assigned.body)).toBe(200);
  let version: number | null = null;
  return {
    platform,
    folder,
    gatewayId,
    machineId,
    plcPort: plc.port,
    registers: plc.registers,
    desk,
    configure: async (config) => {
      const put = await desk('PUT', `/gateways/${gatewayId}/config`, { config, basedOn: version });
      expect(put.status, JSON.stringify(put.body)).toBe(200);
      version = put.body.version;
    },
    applied: () =>
      until(async () => (await desk('GET', `/gateways/${gatewayId}/config`)).body.appliedAt !== null),
    run: (args) => {
      const { child, agent } = runAgent(args);
      agents.push(child);
      return agent;
    },
    close: async () => {
      for (const agent of agents) agent.kill('SIGKILL');
      plc.close();
      await platform.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Until the look finds it; the bound only ends a test that would fail anyway. */
export async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, TRY_MS));
  }
  throw new TypeError('it never came');
}

async function openController() {
  const registers = Buffer.alloc(64);
  const server = createServer();
  const sockets = connectionsOf(server);
  new modbus.server.TCP(server, { holding: registers });
  return { registers, port: await listenLocally(server), close: () => cutOff(server, sockets) };
}

async function ask(platform: RunningPlatform, method: string, path: string, body?: object) {
  const response = await fetchUnshed(`${platform.http}/api/v3${path}`, {
    method,
    headers: { ...platform.headers('OP'), ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

function runAgent(args: readonly string[]): { readonly child: ChildProcess; readonly agent: AgentProcess } {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: AgentLine[] = [];
  let rest = '';
  let complaint = '';
  child.stdout.on('data', (chunk) => {
    const parts = `${rest}${chunk}`.split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((line) => JSON.parse(line)));
  });
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const said = (message: string) => until(async () => lines.find((line) => line.message === message));
  const kill = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  return { child, agent: { lines, ended, complaint: () => complaint, kill, said } };
}
