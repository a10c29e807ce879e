import { connect } from 'node:net';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase } from '../../../test/setup/database.ts';
import { readConfig } from './config.ts';
import { type App, createApp } from './http.ts';
import { answer } from './http-problem.ts';
import { type Kernel, openKernel } from './kernel.ts';
import { refuse } from './refusal.ts';

let kernel: Kernel;
let app: App;
let origin = '';

beforeAll(async () => {
  const database = await freshDatabase();
  kernel = await openKernel({ ...readConfig({}), databaseUrl: database.adminUrl, logLevel: 'silent' });
  app = await createApp(kernel);
  const Body = Type.Object({ pieces: Type.Integer({ minimum: 1 }) });
  app.post('/test/echo', { schema: { body: Body, response: { 200: Body } } }, async (request, reply) =>
    answer(reply, request.body),
  );
  app.get('/test/refusal', async (_request, reply) =>
    answer(reply, refuse('too-many-pieces', 409, 'Only 5 are left.', { values: { left: 5 } })),
  );
  app.get('/test/liar', { schema: { response: { 200: Body } } }, async (_request, reply) =>
    reply.send({ pieces: 'many' } as never),
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  await kernel.start();
});
afterAll(async () => {
  await app.close();
  await kernel.stop();
});

async function post(
  body: string,
  type = 'application/json',
): Promise<{ status: number; problem: Record<string, unknown> }> {
  const response = await fetch(`${origin}/test/echo`, {
    method: 'POST',
    body,
    headers: { 'content-type': type },
  });
  return { status: response.status, problem: (await response.json()) as Record<string, unknown> };
}

describe('a wrong request gets a problem document that helps', () => {
  test.each([
    ['malformed JSON', '{"pieces": 1', 'application/json', 400, 'malformed-json'],
    ['an empty body', '', 'application/json', 400, 'empty-body'],
    ['a wrong type that must not be bent', '{"pieces": "5"}', 'application/json', 400, 'invalid-request'],
    ['a missing field', '{}', 'application/json', 400, 'invalid-request'],
    ['another content type', '<pieces>5</pieces>', 'application/xml', 415, 'wrong-content-type'],
    ['a body of 10 MB', `{"pieces": ${' '.repeat(10_000_000)}5}`, 'application/json', 413, 'body-too-large'],
  ])('%s', async (_name, body, type, status, code) => {
    const refused = await post(body, type);
    expect(refused).toMatchObject({
      status,
      problem: { status, code, type: `urn:millrace:refusal:${code}` },
    });
  });

  test('the field is named as a JSON pointer', async () => {
    expect((await post('{"pieces": 0}')).problem).toMatchObject({ fields: [{ pointer: '/body/pieces' }] });
    expect((await post('{}')).problem).toMatchObject({ fields: [{ pointer: '/body/pieces' }] });
  });

  test('duplicate keys and __proto__ do no harm', async () => {
    expect(await post('{"pieces": 1, "pieces": 2}')).toMatchObject({ status: 200, problem: { pieces: 2 } });
    expect((await post('{"pieces": 1, "__proto__": {"x": 1}}')).status).toBe(400);
  });
});

test('a refusal keeps its code, status and values', async () => {
  const response = await fetch(`${origin}/test/refusal`);
  expect(response.status).toBe(409);
  expect(response.headers.get('content-type')).toMatch(/application\/problem\+json/);
  expect(await response.json()).toMatchObject({ code: 'too-many-pieces', values: { left: 5 } });
});

test('a response against its schema is a fault, not an answer', async () => {
  const response = await fetch(`${origin}/test/liar`);
  expect(response.status).toBe(500);
  expect(await response.json()).toMatchObject({ code: 'fault' });
});

test('an unknown address of the API is refused in words', async () => {
  const response = await fetch(`${origin}/api/v3/nothing`);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ code: 'no-such-route' });
});

test('health, readiness and metrics answer', async () => {
  expect((await fetch(`${origin}/healthz`)).status).toBe(200);
  expect(await (await fetch(`${origin}/readyz`)).json()).toEqual({ ready: true, problems: [] });
  expect(await (await fetch(`${origin}/metrics`)).text()).toMatch(/millrace_events_handled_total/);
});

test('a client that never finishes its request does not stop others from being served', async () => {
  const port = Number(new URL(origin).port);
  const slow = connect(port, '127.0.0.1');
  await new Promise((connected) => slow.once('connect', connected));
  slow.write(
    'POST /test/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
  );
  expect((await post('{"pieces": 3}')).status).toBe(200);
  slow.destroy();
});

describe('the limit counts by the address', () => {
  /** Requests left for the callers after one each, all through the proxy 10.0.0.7. */
  async function leftFor(
    trustProxy: Kernel['config']['trustProxy'],
    forwarded: readonly string[],
  ): Promise<number[]> {
    const behind = await createApp({ ...kernel, config: { ...kernel.config, trustProxy } });
    try {
      const left: number[] = [];
      for (const address of forwarded) {
        const { headers } = await behind.inject({
          url: '/healthz',
          remoteAddress: '10.0.0.7',
          headers: { 'x-forwarded-for': address },
        });
        left.push(Number(headers['x-ratelimit-remaining']));
      }
      return left.map((remaining) => Number(left[0]) - remaining);
    } finally {
      await behind.close();
    }
  }
  const callers = ['203.0.113.1', '203.0.113.2', '203.0.113.2'];

  test('of the connection, whatever is claimed, when no proxy is trusted', async () => {
    expect(await leftFor(undefined, callers)).toEqual([0, 1, 2]);
    expect(await leftFor(['192.0.2.0/24'], callers)).toEqual([0, 1, 2]);
  });

  test('that a trusted proxy forwards, and not one that the caller itself wrote before it', async () => {
    expect(await leftFor(1, callers)).toEqual([0, 0, 1]);
    expect(await leftFor(['10.0.0.0/8'], callers)).toEqual([0, 0, 1]);
    const invented = callers.map((address, i) => `198.51.100.${i}, ${address}`);
    expect(await leftFor(1, invented)).toEqual([0, 0, 1]);
  });
});
