import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGzip } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { faultWords, WebClient } from './index.ts';

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}
function client(timeoutMs = 5_000): WebClient {
  const made = new WebClient({ headers: { authorization: 'Bearer x' }, timeoutMs });
  onTestFinished(() => made.close());
  return made;
}

test('a redirect within the host is followed, one to another host never sees the password', async () => {
  const stolen: unknown[] = [];
  const thief = await serve((request, response) => {
    stolen.push(request.headers.authorization);
    response.end('thanks');
  });
  const url = await serve((request, response) => {
    if (request.url === '/') response.writeHead(302, { location: '/moved' }).end();
    else if (request.url === '/away') response.writeHead(302, { location: thief.href }).end();
    else if (request.url === '/loop') response.writeHead(302, { location: '/loop' }).end();
    else response.end(`arrived with ${request.headers.authorization}`);
  });
  expect(String((await client().text(url, 1_000)).bytes)).toBe('arrived with Bearer x');
  await expect(client().text(new URL('/away', url), 1_000)).rejects.toThrow(/another host/);
  await expect(client().text(new URL('/loop', url), 1_000)).rejects.toThrow(/redirects/);
  expect(stolen).toEqual([]);
});

test('an answer that is too large, compressed, half or never finished ends in words', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/large') response.end('x'.repeat(2_000));
    else if (request.url === '/zipped') {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      createGzip().end('x'.repeat(1_000_000)).pipe(response);
    } else if (request.url === '/half') {
      response.writeHead(200, { 'content-length': '100' });
      response.write('only this', () => response.destroy());
    } else if (request.url === '/switch') {
      request.socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n');
    } else if (request.url === '/slow') response.write('one byte and then nothing');
  });
  await expect(client().text(new URL('/large', url), 1_000)).rejects.toThrow(/more than 1000 bytes/);
  await expect(client().text(new URL('/zipped', url), 1_000)).rejects.toThrow(/gzip/);
  await expect(client().text(new URL('/half', url), 1_000)).rejects.toThrow(/abort|closed|reset|hang/i);
  await expect(client().text(new URL('/switch', url), 1_000)).rejects.toThrow(/closed without an answer/);
  await expect(client(200).text(new URL('/slow', url), 1_000)).rejects.toThrow(/no whole answer in 200 ms/);
  await expect(client(200).stream(new URL('/never', url))).rejects.toThrow(/no answer in 200 ms/);
});

test('closing breaks off what is under way', async () => {
  const url = await serve(() => undefined);
  const asking = client();
  const answer = asking.text(url, 1_000);
  asking.close();
  await expect(answer).rejects.toThrow();
});

test('the words tell what is wrong with the far side', async () => {
  const url = await serve((_, response) => response.end());
  const dead = new URL('http://127.0.0.1:1/');
  const refused = await client()
    .text(dead, 10)
    .catch((error: unknown) => error);
  expect(faultWords('the agent', refused)).toBe(
    'the agent refuses the connection: nothing listens on that port',
  );
  expect(faultWords('x', 'odd')).toBe('x fails: odd');
  expect(faultWords('x', new AggregateError([Object.assign(new TypeError('a'), { code: 'ENOENT' })]))).toBe(
    'x does not exist',
  );
  expect(url.port).not.toBe('');
});
