import { connect } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventually, freePort, recorded } from '../../../../test/far-side/recorded-context.ts';
import { driver } from './index.ts';

async function listening(more: Readonly<Record<string, unknown>> = {}) {
  const port = await freePort();
  const settings = { host: '127.0.0.1', port, path: '/press', format: 'json', ...more };
  const edge = recorded(driver, settings, { hook: 's3cret' });
  await edge.driver.connect();
  const send = async (body: string, init: RequestInit = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}/press`, { method: 'POST', body, ...init });
    return { status: answer.status, answer: (await answer.json()) as Record<string, unknown> };
  };
  return { ...edge, port, send };
}
const COUNT = [{ address: '/count' }, { address: '/state', type: 'string' as const }];

test('a document is handed over before its sender hears that it was taken', async () => {
  const { driver: hook, send, values, samples } = await listening();
  expect(await send('{"count":1}')).toMatchObject({ status: 503 });
  await hook.subscribe(COUNT);
  expect(await send('{"count":7,"state":"up"}')).toEqual({ status: 200, answer: { taken: 2, bad: {} } });
  expect(values(0)).toEqual([7]);
  expect(await send('{"count":8}')).toMatchObject({ status: 200, answer: { taken: 1 } });
  expect(values(0)).toEqual([7, 8]);
  expect(values(1)).toEqual(['up']);
  expect(await send('{"count":{"a":1}}')).toMatchObject({
    answer: { taken: 0, bad: { '/count': 'an object, not a single value' } },
  });
  expect(samples.at(-1)).toMatchObject({ value: null, quality: 'bad' });
  expect(await hook.read([{ address: '/count/a' }, { address: '/x' }])).toMatchObject([
    { value: 1, quality: 'good' },
    { quality: 'bad' },
  ]);
  expect(await hook.browse?.(undefined, 9)).toMatchObject([{ address: '/count', folder: true }]);
  expect(await hook.browse?.('/count', 9)).toMatchObject([{ address: '/count/a', value: 1 }]);
});

test('who sets the connection up waits for the first document and sees it', async () => {
  const { driver: hook, send } = await listening();
  const nodes = hook.browse?.(undefined, 9);
  const values = hook.read([{ address: '/count' }]);
  expect(await send('{"count":7}')).toMatchObject({ status: 503 });
  expect(await nodes).toMatchObject([{ address: '/count', value: 7 }]);
  expect(await values).toMatchObject([{ value: 7, quality: 'good' }]);
  const closing = await listening();
  const nothing = closing.driver.browse?.(undefined, 9);
  await closing.driver.close();
  expect(await nothing).toEqual([]);
});

test('XML is taken as well', async () => {
  const { driver: hook, send, values } = await listening({ format: 'xml' });
  await hook.subscribe([{ address: "/m/c[@n='good']" }]);
  expect(await send('<m><c n="bad">1</c><c n="good">5</c></m>')).toMatchObject({ status: 200 });
  expect(values(0)).toEqual([5]);
});

test('what cannot be taken is refused with the reason and leaves no sample', async () => {
  const { driver: hook, send, samples, port } = await listening({ bearer: 'hook' });
  await hook.subscribe(COUNT);
  const headers = { authorization: 'Bearer s3cret' };
  expect(await send('{"count":1}')).toMatchObject({ status: 401 });
  expect(await send('{"count":1}', { headers: { authorization: 'Bearer s3cre' } })).toMatchObject({
    status: 401,
  });
  expect(await send('{', { headers })).toMatchObject({ status: 400, answer: { error: 'not JSON' } });
  expect(await send('{"other":1}', { headers })).toMatchObject({ status: 422 });
  expect(await send('x', { headers, method: 'PATCH' })).toMatchObject({ status: 405 });
  expect(await send('x'.repeat(1_048_577), { headers })).toMatchObject({ status: 413 });
  const streamed = new Blob(['x'.repeat(1_200_000)]).stream();
  const chunked: RequestInit & { duplex: string } = { headers, body: streamed, duplex: 'half' };
  expect(await send('', chunked)).toMatchObject({ status: 413 });
  expect((await fetch(`http://127.0.0.1:${port}/other`, { method: 'POST' })).status).toBe(404);
  expect(samples).toEqual([]);
  expect(await send('{"count":1}', { headers })).toMatchObject({ status: 200 });
});

test('a sender that breaks off, or speaks no HTTP, harms nobody else', async () => {
  const { driver: hook, send, port, values } = await listening();
  await hook.subscribe(COUNT);
  for (const text of [
    'POST /press HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{"count":',
    '\u0000\u0001\r\n\r\n',
  ]) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    await new Promise<void>((resolve) => socket.write(text, () => resolve()));
    socket.destroy();
    await eventually(() => socket.destroyed);
  }
  expect(await send('{"count":3}')).toMatchObject({ status: 200 });
  expect(values(0)).toEqual([3]);
});

test('any body is answered, never with an invented value', async () => {
  const { driver: hook, send, samples } = await listening();
  await hook.subscribe([{ address: '/count', type: 'uint16' }]);
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ count: fc.jsonValue() }).map((value) => JSON.stringify(value)),
  );
  await fc.assert(
    fc.asyncProperty(body, async (text) => {
      samples.length = 0;
      expect([200, 400, 422]).toContain((await send(text)).status);
      for (const { value, quality } of samples) {
        expect(quality === 'bad' ? value === null : Number.isInteger(value)).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});

test('a port in use and a missing secret are told in words', async () => {
  const { port } = await listening();
  const settings = { host: '127.0.0.1', port, path: '/', format: 'json' };
  await expect(recorded(driver, settings).driver.connect()).rejects.toThrow(/in use by another program/);
  await expect(recorded(driver, { ...settings, bearer: 'none' }).driver.connect()).rejects.toThrow(
    /secrets.yaml/,
  );
});
