import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AgentHealth, type CommandOutcome, type EdgeAnswer, EdgeExchange } from '@millrace/contract';
import { Value } from 'typebox/value';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openLog } from '../log/index.ts';
import { type Exchange, openExchange } from './exchange.ts';

const REQUEST = '01920000-0000-7000-8000-00000000000a';
const COMMAND = '01920000-0000-7000-8000-00000000000b';
const health: AgentHealth = {
  agentVersion: '0.1.0',
  hostName: 'box',
  startedAt: 1,
  at: 2,
  configVersion: null,
  configSource: 'none',
  rssBytes: 1,
  connections: [],
  tags: [],
  buffer: { waiting: 0, bytes: 0, quotaBytes: 1, oldestAt: null, dropped: 0, quarantined: 0 },
};
interface Asked {
  readonly token: string;
  readonly body: EdgeExchange;
}
type Answer = (asked: Asked, response: ServerResponse) => void;

let server: Server;
let asked: Asked[];
let answer: Answer;
let exchange: Exchange | undefined;
let token: string;
let outcomes: { id: string; outcome: CommandOutcome }[];
let offered: number[];
let seen: number | null;
let commands: string[];
let begin: () => void;
let requests: number;
let answerWith: EdgeAnswer;

const nothing = { config: null, requests: [], commands: [], settled: [], now: Date.now() + 100_000 };
const say = (response: ServerResponse, body: object): void => {
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ ...nothing, ...body }));
};
/** As the platform: what waits hangs, what tells is answered. */
const patient: Answer = ({ body }, response) => {
  if (body.waitS === 0) say(response, {});
};

beforeEach(async () => {
  asked = [];
  answer = patient;
  token = 'old';
  outcomes = [];
  offered = [];
  seen = null;
  commands = [];
  begin = () => undefined;
  requests = 0;
  answerWith = { error: null, latencyMs: 3 };
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      const one = { token: (request.headers.authorization ?? '').slice(7), body: JSON.parse(text) };
      asked.push(one);
      answer(one, response);
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
});
afterEach(async () => {
  await exchange?.close();
  server.closeAllConnections();
  server.close();
});

function start(): Exchange {
  exchange = openExchange({
    identity: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: () => token },
    orders: {
      rotate: (next) => {
        token = next;
      },
      offerConfig: async (version) => {
        offered.push(version);
        await new Promise((resolve) => setImmediate(resolve));
        seen = version;
      },
      answer: async (request) => {
        requests++;
        return 'driver' in request && request.driver === 'crashes'
          ? Promise.reject(new TypeError('oh'))
          : answerWith;
      },
      takeCommands: (list) => {
        const fresh = list.filter(({ id }) => !commands.includes(id));
        commands.push(...fresh.map(({ id }) => id));
        // As the real one: the box's own list is read from the disk before anything is decided.
        if (fresh.length > 0) setImmediate(begin);
        return fresh.length;
      },
      settle: (ids) => {
        outcomes = outcomes.filter(({ id }) => !ids.includes(id));
      },
    },
    health: () => health,
    seenVersion: () => seen,
    faults: () => [],
    outcomes: () => outcomes,
    now: Date.now,
    // The shortest pauses.
    random: () => 0,
    log: openLog({ level: 'error', write: () => undefined, now: Date.now }),
  });
  return exchange;
}
const until = (condition: () => void) => vi.waitFor(condition, { timeout: 10_000, interval: 10 });

describe('the exchange with the platform', () => {
  test('says how the agent is in the form of the contract, and knows the platform’s clock', async () => {
    const line = start();
    await until(() => expect(line.link().state).toBe('online'));
    expect(asked.every(({ body }) => Value.Check(EdgeExchange, body))).toBe(true);
    expect(line.platformNow() - Date.now()).toBeGreaterThan(50_000);
    await until(() => expect(asked.some(({ body }) => body.waitS > 0)).toBe(true));
  });

  test('answers a request at once while the waiting line hangs, and once when it comes on both', async () => {
    const request = {
      id: REQUEST,
      request: { kind: 'browse', driver: 'modbus', settings: {} },
      expiresAt: Date.now() + 9_999,
    };
    let hanging: ServerResponse | undefined;
    answer = ({ body }, response) => {
      if (body.waitS === 0) say(response, { requests: [request] });
      else hanging = response;
    };
    start();
    await until(() => expect(asked.some(({ body }) => body.answers.length > 0)).toBe(true));
    await until(() => expect(hanging).toBeDefined());
    expect(asked.find(({ body }) => body.answers.length > 0)?.body.answers).toEqual([
      { id: REQUEST, answer: { error: null, latencyMs: 3 } },
    ]);
    if (hanging !== undefined) say(hanging, { requests: [request] });
    await until(() => expect(asked.filter(({ body }) => body.waitS > 0).length).toBeGreaterThan(1));
    expect(requests).toBe(1);
  });

  test('lives through drivers that crash or answer what cannot be told, and through answers the platform will not have', async () => {
    const ids = ['a', 'b', 'c'].map((letter) => REQUEST.slice(0, -1) + letter);
    const asks = ids.map((id, index) => ({
      id,
      request: { kind: 'browse', driver: index === 0 ? 'crashes' : 'modbus', settings: {} },
      expiresAt: Date.now() + 9_999,
    }));
    answerWith = { error: null, latencyMs: 3, values: [{ address: 'a' }] } as unknown as EdgeAnswer;
    answer = ({ body }, response) => {
      if (body.answers.length > 0) response.writeHead(400).end();
      else if (body.waitS === 0) say(response, { requests: asks });
    };
    const line = start();
    const answered = () => asked.flatMap(({ body }) => body.answers);
    await until(() => expect(new Set(answered().map(({ id }) => id)).size).toBe(3));
    expect(answered().every((one) => Value.Check(EdgeExchange.properties.answers, [one]))).toBe(true);
    expect(answered().every((one) => one.answer.error !== null)).toBe(true);
    await until(() => expect(line.link().state).toBe('online'));
  });

  test('says of a question that only a newer agent knows that it does not know it; the line goes on', async () => {
    const unknown = { id: REQUEST, request: { kind: 'foresee', depth: 3 }, expiresAt: Date.now() + 9_999 };
    answer = ({ body }, response) => {
      if (body.waitS === 0) say(response, { requests: [unknown] });
    };
    const line = start();
    const answered = () => asked.flatMap(({ body }) => body.answers);
    await until(() => expect(answered()[0]?.answer.error).toMatch(/a newer version of it does/));
    expect(requests).toBe(0);
    expect(line.link().state).toBe('online');
  });

  test('tells outcomes until they are settled and takes each command once', async () => {
    const order = { id: COMMAND, machine: 'M', command: 'go', value: 1, expiresAt: Date.now() + 9_999 };
    answer = ({ body }, response) => {
      const told = body.outcomes.map(({ id }) => id);
      if (told.length > 1) say(response, { settled: [COMMAND] });
      else if (body.waitS === 0 || told.length > 0) say(response, { commands: [order] });
    };
    const outcome: CommandOutcome = { state: 'executed', refusal: null, detail: null, readBack: null, at: 1 };
    const line = start();
    await until(() => expect(commands).toEqual([COMMAND]));
    outcomes = [{ id: COMMAND, outcome }];
    line.tell();
    await until(() => expect(asked.some(({ body }) => body.outcomes.length === 1)).toBe(true));
    outcomes = [...outcomes, { id: REQUEST, outcome }];
    line.tell();
    await until(() => expect(outcomes).toHaveLength(1));
    expect(commands).toEqual([COMMAND]);
  });

  test('begins a command under the configuration and by the clock of its own answer, also the first after a start', async () => {
    answer = ({ body }, response) => {
      if (body.seenVersion === 4) return patient({ token, body }, response);
      say(response, {
        config: { version: 4, config: {} },
        commands: [
          { id: COMMAND, machine: 'M1', command: 'stop', value: null, expiresAt: nothing.now + 60_000 },
        ],
      });
    };
    const begun: { seen: number | null; aheadMs: number }[] = [];
    begin = () => begun.push({ seen, aheadMs: (exchange?.platformNow() ?? 0) - Date.now() });
    start();
    await vi.waitFor(() => expect(begun).toHaveLength(1));
    expect(begun[0]?.seen).toBe(4);
    expect(begun[0]?.aheadMs).toBeGreaterThan(50_000);
  });

  test('offers a configuration and says in the next question what was seen', async () => {
    answer = ({ body }, response) => {
      if (body.seenVersion !== 7)
        say(response, { config: { version: 7, config: { anything: 'also what is wrong' } } });
      else if (body.waitS === 0) say(response, {});
    };
    start();
    await until(() => expect(asked.at(-1)?.body.seenVersion).toBe(7));
    expect(offered).toEqual([7]);
  });

  test('uses a new token from then on; the old question that dies with the old token is no revocation', async () => {
    let hanging: ServerResponse | undefined;
    answer = (one, response) => {
      if (one.token === 'new') {
        hanging?.writeHead(401).end();
        hanging = undefined;
        if (one.body.waitS === 0) say(response, {});
      } else if (one.body.waitS > 0) hanging = response;
      else if (hanging === undefined) say(response, {});
      else say(response, { token: 'new' });
    };
    const line = start();
    await until(() => expect(hanging).toBeDefined());
    line.tell();
    await until(() => expect(token).toBe('new'));
    line.tell();
    await until(() => expect(asked.some((one) => one.token === 'new' && one.body.waitS > 0)).toBe(true));
    expect(line.link().state).toBe('online');
  });

  test('that is refused says so in words and keeps asking', async () => {
    answer = (_one, response) => response.writeHead(401).end();
    const line = start();
    await until(() => expect(line.link().state).toBe('refused'));
    expect(line.link().error).toMatch(/revoked.*enrol again/);
  });

  test('finds the platform again after it was away, slow, or a stranger', async () => {
    const strange: Answer[] = [
      (_one, response) => response.writeHead(502).end('<html>'),
      (_one, response) => response.writeHead(200).end('{"hello":1}'),
      (_one, response) => response.destroy(),
    ];
    answer = (one, response) => (strange.shift() ?? patient)(one, response);
    const line = start();
    await until(() => expect(line.link().state).toBe('unreachable'));
    await until(() => expect(line.link().state).toBe('online'));
    expect(strange).toEqual([]);
  });

  test('does not hammer a platform that answers at once with nothing new', async () => {
    answer = (_one, response) => say(response, {});
    const line = start();
    await until(() => expect(asked.length).toBe(3));
    const before = asked.length;
    const began = performance.now();
    await until(() => expect(asked.length).toBe(before + 2));
    expect(performance.now() - began).toBeGreaterThan(500);
    await line.close();
  });
});
