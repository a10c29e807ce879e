import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { eventually, recorded } from '../../../../test/far-side/recorded-context.ts';
import { driver } from './index.ts';

async function serve(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/values`, server };
}
const polling = (url: string, more: Readonly<Record<string, unknown>> = {}) =>
  recorded(driver, { url, format: 'json', pollMs: 100, timeoutMs: 5_000, ...more }, { token: 's3cret' });

test('a JSON document is asked in a rhythm, each tag with its type or its own error', async () => {
  let count = 0;
  const { url } = await serve((request, response) => {
    count += 1;
    response.end(JSON.stringify({ line: [{ count, name: 'press' }], bearer: request.headers.authorization }));
  });
  const edge = polling(url, { bearer: 'token' });
  await edge.driver.connect();
  await edge.driver.subscribe([
    { address: '/line/0/count' },
    { address: '/line/0/name', type: 'float32' },
    { address: '/line/9' },
    { address: '/bearer' },
  ]);
  await eventually(() => edge.values(0).length >= 3);
  expect(edge.values(0).slice(0, 3)).toEqual([2, 3, 4]);
  expect(edge.samples.find(({ tag }) => tag === 1)).toMatchObject({
    quality: 'bad',
    error: '“press” is not a number',
  });
  expect(edge.samples.find(({ tag }) => tag === 2)).toMatchObject({
    quality: 'bad',
    error: expect.stringContaining('nothing at /line/9'),
  });
  expect(edge.values(3)[0]).toBe('Bearer s3cret');
  expect(edge.latencies.length).toBeGreaterThan(2);
});

test('an XML document is read by path and looked through', async () => {
  const { url } = await serve((_, response) => response.end('<m unit="1"><c>4</c><c k="v">5</c></m>'));
  const edge = polling(url, { format: 'xml' });
  await edge.driver.connect();
  expect(
    await edge.driver.read([{ address: '/m/c[2]' }, { address: '/m/c[2]/@k' }, { address: '/count' }]),
  ).toMatchObject([
    { value: 5, quality: 'good' },
    { value: 'v', quality: 'good' },
    { value: null, quality: 'bad' },
  ]);
  expect(await edge.driver.browse?.(undefined, 9)).toMatchObject([
    { address: '/m', folder: true, tag: false },
  ]);
  const nodes = (await edge.driver.browse?.('/m', 9)) ?? [];
  expect(nodes.map(({ address }) => address)).toEqual(['/m/@unit', '/m/c', '/m/c[2]']);
  expect(await edge.driver.browse?.('/m/c[2]', 9)).toMatchObject([{ address: '/m/c[2]/@k', value: 'v' }]);
});

test('an unchanged document is asked for by its tag and its values still hold', async () => {
  const asked: unknown[] = [];
  const { url } = await serve((request, response) => {
    asked.push(request.headers['if-none-match']);
    if (request.headers['if-none-match'] === '"a"') response.writeHead(304).end();
    else response.writeHead(200, { etag: '"a"' }).end('{"count":9}');
  });
  const edge = polling(url);
  await edge.driver.connect();
  await edge.driver.subscribe([{ address: '/count' }]);
  await eventually(() => edge.values(0).length >= 2);
  expect(asked.slice(0, 3)).toEqual([undefined, '"a"', '"a"']);
  expect(new Set(edge.values(0))).toEqual(new Set([9]));
});

test('a server that dies gives bad values with the reason, then is lost; one that comes back in time is not', async () => {
  let broken = 1;
  const { url, server } = await serve((_, response) => {
    broken -= 1;
    if (broken === -1) response.writeHead(500).end();
    else if (broken === -3) response.end('{"half":');
    else response.end('{"count":1}');
  });
  const edge = polling(url);
  await edge.driver.connect();
  await edge.driver.subscribe([{ address: '/count' }]);
  await eventually(() => edge.values(0).length >= 2);
  const errors = () => edge.samples.filter(({ quality }) => quality === 'bad').map(({ error }) => error);
  expect(errors()).toEqual([
    expect.stringContaining('answers with status 500'),
    expect.stringContaining('not JSON'),
  ]);
  expect(edge.lost).toEqual([]);
  server.closeAllConnections();
  server.close();
  await eventually(() => edge.lost.length > 0);
  expect(edge.lost).toEqual([expect.stringContaining('nothing listens')]);
});

test('a server that answers too slowly or too much is told in words', async () => {
  const { url } = await serve((request, response) => {
    if (request.url === '/values') response.write('{');
    else response.end('x'.repeat(4_194_305));
  });
  await expect(polling(url, { timeoutMs: 500 }).driver.connect()).rejects.toThrow(
    /no whole answer in 500 ms/,
  );
  await expect(polling(url.replace('values', 'large')).driver.connect()).rejects.toThrow(
    /more than 4194304 bytes/,
  );
});

test('a wrong password, another protocol or a password in the address needs a person', async () => {
  const { url } = await serve((_, response) => response.writeHead(401).end());
  await expect(polling(url).driver.connect()).rejects.toMatchObject({ lasting: true });
  await expect(polling('ftp://127.0.0.1/').driver.connect()).rejects.toMatchObject({ lasting: true });
  await expect(polling(url.replace('//', '//me:pw@')).driver.connect()).rejects.toThrow(/secrets.yaml/);
  await expect(polling(url, { headers: { 'x-a': 'b\nc' } }).driver.connect()).rejects.toThrow(/header/i);
});

test('any answer is a value or bad with a reason, never a crash', async () => {
  let body = Buffer.alloc(0);
  const { url } = await serve((_, response) => response.end(body));
  const json = polling(url);
  const xml = polling(url, { format: 'xml' });
  body = Buffer.from('{}');
  await json.driver.connect();
  body = Buffer.from('<a/>');
  await xml.driver.connect();
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.json().map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (answer) => {
      body = Buffer.from(answer);
      for (const { driver: side } of [json, xml]) {
        const outcome = await side.read([{ address: '/a' }]).catch((error: unknown) => error);
        if (Array.isArray(outcome)) expect(outcome[0]).toMatchObject({ address: '/a' });
        else expect(outcome).toMatchObject({ name: 'DriverFault' });
      }
    }),
    { numRuns: 60 },
  );
});

test('closed it asks no more', async () => {
  const { url } = await serve((_, response) => response.end('{"a":1}'));
  const edge = polling(url);
  await edge.driver.connect();
  await edge.driver.subscribe([{ address: '/a' }]);
  await eventually(() => edge.values(0).length > 0);
  await edge.driver.close();
  await expect(edge.driver.read([{ address: '/a' }])).rejects.toThrow();
  expect(edge.lost).toEqual([]);
});
