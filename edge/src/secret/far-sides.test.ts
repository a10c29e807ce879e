import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { EdgeConnection } from '@millrace/contract';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Mosquitto, mosquittoProgram } from '../../../test/far-side/mosquitto.ts';
import { rawServer } from '../../../test/far-side/raw-server.ts';
import { scratchFolder } from '../../../test/far-side/recorded-context.ts';
import { openDriverHost } from '../host/index.ts';
import { openLog } from '../log/index.ts';
import { openSecrets } from './index.ts';

const broker = await mosquittoProgram();
const REFUSED = /"key" of secrets.yaml was used at .* and is not sent to/;

/** Drivers in their threads, as the agent runs them, with secrets of a file; one connection at a time. */
function box(text: string) {
  const folder = scratchFolder();
  const write = (fresh: string): void => writeFileSync(join(folder, 'secrets.yaml'), fresh, { mode: 0o600 });
  write(text);
  const secrets = openSecrets(folder, openLog({ level: 'error', write: () => undefined, now: Date.now }));
  const host = openDriverHost({
    folder: join(folder, 'connections'),
    secrets: secrets.grant,
    onSamples: () => undefined,
    now: Date.now,
    pace: { waitFirstMs: 20, waitMaxMs: 100, secretsLookMs: 50, closeMaxMs: 2_000 },
  });
  onTestFinished(() => host.close());
  const configure = (driver: string, settings: EdgeConnection['settings']): void =>
    host.apply([{ code: 'far', driver, settings }], new Map());
  const health = () => host.health()[0];
  const until = (state: string): Promise<unknown> =>
    vi.waitFor(() => expect(health()).toMatchObject({ state }), { timeout: 12_000, interval: 20 });
  return { write, host, configure, health, until };
}

/** A web server that keeps what it was asked with. */
async function webServer(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const heard: (string | undefined)[] = [];
  const server = createHttpServer((request, response) => {
    heard.push(request.headers.authorization);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { heard, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/values` };
}
const values = (_: IncomingMessage, response: ServerResponse): void => void response.end('{"count": 1}');
const polled = (url: string) => ({ url, format: 'json', bearer: 'key', pollMs: 60_000 });

describe('a secret whose connection was pointed at somebody else', () => {
  test('stays on the box: neither the connection nor a look opens one, and both say what to write', async () => {
    const [mill, evil] = [await webServer(values), await rawServer(() => undefined)];
    const { configure, host, until, health } = box('key: open sesame\n');
    configure('http-poll', polled(mill.url));
    await until('connected');
    expect(mill.heard).toEqual(['Bearer open sesame']);
    const elsewhere = polled(`http://127.0.0.1:${evil.port}/`);
    configure('http-poll', elsewhere);
    await until('failed');
    expect(health()?.error).toMatch(REFUSED);
    for (const driver of ['http-poll', 'mqtt', 'sparkplug-b']) {
      const url = driver === 'http-poll' ? elsewhere.url : `mqtt://127.0.0.1:${evil.port}`;
      const login = { url, user: 'agent', password: 'key' };
      const settings = {
        'http-poll': elsewhere,
        mqtt: { ...login, form: 'json', topics: ['#'] },
        'sparkplug-b': { ...login, hostId: 'millrace' },
      }[driver];
      const answer = await host.look({ kind: 'test', driver, settings: settings ?? {} });
      expect({ driver, error: answer.error }).toEqual({ driver, error: expect.stringMatching(REFUSED) });
    }
    expect(evil.connections()).toBe(0);
  });

  test('is sent there as soon as somebody at the box has written so', async () => {
    const [before, after] = [await webServer(values), await webServer(values)];
    const { configure, until, write } = box('key: open sesame\n');
    configure('http-poll', polled(before.url));
    await until('connected');
    configure('http-poll', polled(after.url));
    await until('failed');
    write(`key: { value: open sesame, for: ["${new URL(after.url).host}"] }\n`);
    await until('connected');
    expect(after.heard).toEqual(['Bearer open sesame']);
  });

  test('is not carried on by a far side that answers with another address', async () => {
    const evil = await webServer(values);
    const mill = await webServer((_, response) => void response.writeHead(307, { location: evil.url }).end());
    const { host } = box('key: open sesame\n');
    const answer = await host.look({ kind: 'test', driver: 'http-poll', settings: polled(mill.url) });
    expect(answer.error).toMatch(/another host, is refused/);
    expect(evil.heard).toEqual([]);
  });

  test('becomes no token that callers could guess at a door of the box', async () => {
    const mill = await webServer(values);
    const { configure, until, health } = box('key: "1234"\n');
    configure('http-poll', polled(mill.url));
    await until('connected');
    configure('webhook', { port: 1, path: '/', format: 'json', bearer: 'key' });
    await until('failed');
    expect(health()?.error).toMatch(REFUSED);
  });

  const name = 'is bound by a Mosquitto that took it';
  test.skipIf(typeof broker !== 'string')(
    typeof broker === 'string' ? name : `${name}: skipped, ${broker.missing}`,
    async () => {
      const evil = await rawServer(() => undefined);
      await using mosquitto = await Mosquitto.start(broker as string);
      const { configure, until, health } = box('key: open sesame\n');
      const mqtt = (url: string) => ({ url, user: 'agent', password: 'key', form: 'json', topics: ['#'] });
      configure('mqtt', mqtt(mosquitto.url));
      await until('connected');
      configure('mqtt', mqtt(`mqtt://127.0.0.1:${evil.port}`));
      await until('failed');
      expect(health()?.error).toMatch(REFUSED);
      expect(evil.connections()).toBe(0);
    },
  );
});
