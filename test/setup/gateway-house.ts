import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentHealth, EdgeConfig, EdgeExchange, EdgeOrders } from '@millrace/contract';
import { expect } from 'vitest';
import { type Gateways, openGateway } from '../../server/src/gateway/index.ts';
import { openRegistry } from '../../server/src/registry/index.ts';
import { closeHouse, type House, openHouse, peopleOf, unshed } from './house.ts';

/** A person of a factory, or the operator's administrator. */
export type Person = 'admin' | 'owner' | 'planner' | 'viewer' | 'rival';

/** One factory with a machine at a gateway, another factory, and an agent that is nothing but HTTP. */
export interface GatewayHouse {
  readonly house: House;
  readonly gateways: Gateways;
  readonly http: string;
  readonly factoryId: string;
  readonly gatewayId: string;
  readonly machineId: string;
  /** Sessions, for requests to another process. */
  readonly cookies: Readonly<Record<Person, string>>;
  ask(
    who: Person,
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
    // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  ): Promise<{ readonly status: number; readonly body: any }>;
  /** Another gateway of the factory. */
  addGateway(code: string): Promise<string>;
  enrol(gatewayId?: string): Promise<string>;
  exchange(token: string, more?: Partial<EdgeExchange>, signal?: AbortSignal): Promise<Exchanged>;
  /** The body of an exchange. */
  said(more: Partial<EdgeExchange>): EdgeExchange;
  post(token: string | undefined, path: string, body: unknown): Promise<Exchanged>;
  close(): Promise<void>;
}
export interface Exchanged {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

export async function openGatewayHouse(): Promise<GatewayHouse> {
  let gateways: Gateways | undefined;
  const house = await openHouse(undefined, (kernel, access) => {
    const registry = openRegistry(kernel, access);
    gateways = openGateway(kernel, access, registry);
    return [registry, gateways];
  });
  if (!gateways) throw new TypeError('the house opened without its gateways');
  const opened = gateways;
  await opened.start();
  house.kernel.ticker.start();
  const http = await house.app.listen({ port: 0, host: '127.0.0.1' });
  const { ask, member, organisation, setUp } = peopleOf(() => house);
  const admin = await setUp();
  const [factoryId, rivalId] = [
    await organisation(admin, 'factory', 'F1'),
    await organisation(admin, 'factory', 'F2'),
  ];
  const cookies: Record<Person, string> = {
    admin,
    owner: (await member(admin, 'owner@f1.example', 'owner', factoryId)).cookie,
    planner: (await member(admin, 'planner@f1.example', 'planner', factoryId)).cookie,
    viewer: (await member(admin, 'viewer@f1.example', 'viewer', factoryId)).cookie,
    rival: (await member(admin, 'owner@f2.example', 'owner', rivalId)).cookie,
  };
  const as: GatewayHouse['ask'] = (who, method, path, body) =>
    ask(method, path, { cookie: cookies[who], ...(body ? { body } : {}) });
  const addGateway = async (code: string): Promise<string> => {
    const made = await as('owner', 'POST', '/gateways', { code, name: code });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    return made.body.gateway.id;
  };
  const gatewayId = await addGateway('GW-1');
  const machineId = await addMachine(as, gatewayId);
  const post: GatewayHouse['post'] = (token, path, body) => send(http, token, path, body);
  return {
    house,
    gateways: opened,
    http,
    factoryId,
    gatewayId,
    machineId,
    cookies,
    said: (more) => ({ ...SAID, ...more }),
    ask: as,
    addGateway,
    enrol: async (id = gatewayId) => {
      const { body } = await as('owner', 'POST', `/gateways/${id}/enrolment-code`);
      const answer = await post(undefined, '/edge/enrolment', enrolment(body.code));
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      return answer.body.token;
    },
    exchange: (token, more, signal) => send(http, token, '/edge/exchange', { ...SAID, ...more }, signal),
    post,
    close: async () => {
      await house.app.close();
      await opened.stop();
      await closeHouse(house);
    },
  };
}

async function addMachine(as: GatewayHouse['ask'], gatewayId: string): Promise<string> {
  const site = await as('owner', 'POST', '/sites', {
    code: 'S1',
    name: 'Works',
    position: { lat: 31.23, lon: 121.47 },
    zone: 'Asia/Shanghai',
  });
  const center = { siteId: site.body.id, code: 'WC', name: 'Presses', processCode: 'PRESS' };
  const { body } = await as('owner', 'POST', '/work-centers', center);
  const machine = { workCenterId: body.id, gatewayId, code: 'M-1', name: 'Press 1' };
  const made = await as('owner', 'POST', '/machines', machine);
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body.id;
}

export const enrolment = (code: string) => ({ code, agentVersion: '1.0.0', hostName: 'box-1' });

async function send(
  http: string,
  token: string | undefined,
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<Exchanged> {
  const ask = () =>
    fetch(`${http}/api/v3${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
      ...(signal ? { signal } : {}),
    });
  const response = await unshed(ask, ({ status }) => status);
  return { status: response.status, body: await response.json() };
}

export const HEALTH: AgentHealth = {
  agentVersion: '1.0.0',
  hostName: 'box-1',
  startedAt: 1_700_000_000_000,
  at: 1_700_000_000_000,
  configVersion: null,
  configSource: 'none',
  rssBytes: 50_000_000,
  connections: [],
  tags: [],
  buffer: { waiting: 0, bytes: 0, quotaBytes: 1, oldestAt: null, dropped: 0, quarantined: 0 },
};
/** What an agent says that has nothing to say. */
const SAID: EdgeExchange = {
  waitS: 0,
  health: HEALTH,
  seenVersion: null,
  faults: [],
  answers: [],
  outcomes: [],
};
/** The agent runs that version. */
export const running = (version: number): Partial<EdgeExchange> => ({
  seenVersion: version,
  health: { ...HEALTH, configVersion: version, configSource: 'platform' },
});

/** One machine on a Modbus connection, with a normal and a dangerous command. */
export const CONFIG: EdgeConfig = {
  v: 1,
  connections: [{ code: 'plc', driver: 'modbus', settings: { host: '192.0.2.1' } }],
  machines: [
    {
      machine: 'M-1',
      timeZone: 'Asia/Shanghai',
      tags: [
        { name: 'strokes', connection: 'plc', address: '1/holding/100', type: 'uint32' },
        { name: 'speed', connection: 'plc', address: '1/holding/110', type: 'uint16' },
      ],
      count: { from: 'counter', tag: 'strokes' },
      state: { from: 'motion', idleAfterS: 30 },
      commands: [
        {
          code: 'set-speed',
          connection: 'plc',
          address: '1/holding/110',
          kind: 'write',
          type: 'uint16',
          class: 'normal',
          minimum: 10,
          maximum: 200,
          interlocks: [],
          readBack: { tag: 'speed', withinMs: 2_000 },
        },
        {
          code: 'start',
          connection: 'plc',
          address: '1/coil/1',
          kind: 'write',
          type: 'bool',
          class: 'dangerous',
          interlocks: [{ name: 'guard closed', when: 'speed < 1.0' }],
        },
      ],
    },
  ],
};

/** Until the look finds it; the bound only ends a test that would fail anyway. */
export async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let turn = 0; turn < 500; turn++) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(20);
  }
  throw new TypeError('it never came');
}

/** What the platform wants of the agent, when it is anything at all. */
export const ordersOf = ({ status, body }: Exchanged): EdgeOrders => {
  expect(status, JSON.stringify(body)).toBe(200);
  return body as EdgeOrders;
};
