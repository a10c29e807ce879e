import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MachineRecord } from '@millrace/contract';
import { afterEach, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../store/index.ts';
import { startUplink, type Uplink } from './index.ts';

const START = Date.UTC(2026, 2, 2, 3, 0);
const PATIENT = { timeout: 15_000, interval: 10 };
const ends: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Upload {
  readonly uploadId: string;
  readonly records: readonly MachineRecord[];
}
interface FarSide {
  readonly port: number;
  /** Machines of records that were answered as accepted. */
  readonly taken: Set<string>;
  uploads: number;
}
/** Something that answers HTTP as it likes; undefined = like a platform. */
async function openFarSide(
  answer: (upload: Upload, response: ServerResponse, request: IncomingMessage) => boolean,
): Promise<FarSide> {
  const far: { port: number; taken: Set<string>; uploads: number } = {
    port: 0,
    taken: new Set(),
    uploads: 0,
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const upload = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Upload;
    far.uploads++;
    if (answer(upload, response, request)) return;
    for (const { machine } of upload.records) far.taken.add(machine);
    json(response, 200, ANSWER(upload));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  far.port = (server.address() as AddressInfo).port;
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return far;
}
const ANSWER = ({ uploadId, records }: Upload) => ({
  uploadId,
  received: records.length,
  accepted: records.length,
  duplicate: 0,
  conflict: 0,
  rejected: 0,
  rejections: [],
});
function json(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): true {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
  return true;
}
const problem = (response: ServerResponse, status: number, code: string, headers = {}): true =>
  json(
    response,
    status,
    { type: `urn:millrace:refusal:${code}`, title: code, status, detail: code, code },
    headers,
  );

async function deliverTo(port: number, records: number): Promise<{ store: Store; uplink: Uplink }> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-hostile-'));
  const store = await openStore({ folder, buffer: { fsyncMs: 10 }, now: () => START });
  store.append({
    kind: 'records',
    records: Array.from({ length: records }, (_, i) => ({
      machine: `M${i}`,
      minute: START,
      runningS: 60,
      count: i,
    })),
  });
  const uplink = startUplink({
    store,
    server: `http://127.0.0.1:${port}`,
    token: () => 'mr_gw_token',
    now: Date.now,
    timeouts: { connectMs: 300, answerMs: 300, wholeMs: 600 },
    pauses: { firstMs: 5, longestMs: 40 },
  });
  ends.push(async () => {
    await uplink.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { store, uplink };
}
/** For so many requests it misbehaves, then it is a platform: everything must arrive, nothing before. */
async function expectPatience(
  misbehave: (upload: Upload, response: ServerResponse, request: IncomingMessage) => void,
): Promise<Uplink> {
  let good = false;
  const far = await openFarSide((...said) => {
    if (!good) misbehave(...said);
    return !good;
  });
  const { store, uplink } = await deliverTo(far.port, 5);
  await expect.poll(() => far.uploads, PATIENT).toBeGreaterThan(2);
  expect(store.health()).toMatchObject({ waiting: 5, quarantined: 0, dropped: 0 });
  await expect.poll(() => uplink.health()[0]?.error, PATIENT).toBeTypeOf('string');
  good = true;
  await expect.poll(() => store.health().waiting, PATIENT).toBe(0);
  expect(far.taken.size).toBe(5);
  return uplink;
}

describe('nothing is let go of by', () => {
  test('a captive portal that says 200 in HTML', () =>
    expectPatience((_upload, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    ));
  test('an answer to somebody else', () =>
    expectPatience((upload, response) => json(response, 200, { ...ANSWER(upload), uploadId: 'another' })));
  test('an answer that does not add up', () =>
    expectPatience((upload, response) => json(response, 200, { ...ANSWER(upload), accepted: 3 })));
  test('a rejection of something that was not sent', () =>
    expectPatience((upload, response) =>
      json(response, 200, {
        ...ANSWER(upload),
        accepted: 4,
        rejected: 1,
        rejections: [{ index: 9, code: 'malformed', message: '' }],
      }),
    ));
  test('a redirection, which is not followed with the token', () =>
    expectPatience((_upload, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    ));
  test('a proxy that answers 400 for reasons of its own', () =>
    expectPatience((_upload, response) =>
      response.writeHead(400).end('plain HTTP request to an HTTPS port'),
    ));
  test('a platform of another version', () =>
    expectPatience((_upload, response) => problem(response, 400, 'wrong-version')));
  test('a platform that refuses everything', () =>
    expectPatience((_upload, response) => problem(response, 400, 'malformed-json')));
  test('a far side that never answers', () => expectPatience(() => undefined));
  test('a far side that switches to another protocol and hangs up', () =>
    expectPatience((_upload, _response, { socket }) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n');
    }));
  test('an answer that trickles', () =>
    expectPatience((_upload, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    }));
  test('an answer without an end', () =>
    expectPatience((_upload, response) => {
      response.writeHead(200);
      const pour = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', pour);
      pour();
    }));
  test('an answer that is cut', () =>
    expectPatience((_upload, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"received":', () => response.socket?.resetAndDestroy());
    }));
});

describe('a platform', () => {
  test('that takes only small uploads gets small ones', async () => {
    const far = await openFarSide(
      (upload, response) => upload.records.length > 7 && problem(response, 413, 'body-too-large'),
    );
    const { store } = await deliverTo(far.port, 100);
    await expect.poll(() => store.health().waiting, PATIENT).toBe(0);
    expect(far.taken.size).toBe(100);
    expect(store.health().quarantined).toBe(0);
  });

  test('whose proxy takes only small uploads for a while gets larger ones again, and nothing is put aside', async () => {
    let largest = 0;
    const far = await openFarSide((upload, response) => {
      if (far.taken.size > 50) largest = Math.max(largest, upload.records.length);
      if (far.taken.size > 50 || upload.records.length <= 5) return false;
      response.writeHead(413).end('<html>Request Entity Too Large</html>');
      return true;
    });
    const { store } = await deliverTo(far.port, 60);
    await expect.poll(() => store.health().waiting, PATIENT).toBe(0);
    for (let minute = 1; largest < 20 && minute < 60; minute++) {
      store.append({
        kind: 'records',
        records: Array.from({ length: 30 }, (_, i) => ({
          machine: `M${i}`,
          minute: START + minute * 60_000,
          runningS: 0,
          count: 0,
        })),
      });
      await expect.poll(() => store.health().waiting, PATIENT).toBe(0);
    }
    expect(largest).toBeGreaterThanOrEqual(20);
    expect(store.health()).toMatchObject({ quarantined: 0, dropped: 0 });
  });

  test('that refuses an upload because of one record in it gets all the others, and that one is put aside', async () => {
    const far = await openFarSide(
      (upload, response) =>
        upload.records.some(({ machine }) => machine === 'M37') && problem(response, 400, 'malformed-json'),
    );
    const { store } = await deliverTo(far.port, 100);
    await expect.poll(() => store.health().waiting, PATIENT).toBe(0);
    expect(far.taken.size).toBe(99);
    expect(store.health()).toMatchObject({ quarantined: 1, dropped: 0 });
  });

  test('that asks for a pause is not asked before it is over', async () => {
    const asked: number[] = [];
    const far = await openFarSide((_upload, response) => {
      asked.push(performance.now());
      return asked.length === 1 && problem(response, 503, 'ingest-full', { 'retry-after': '1' });
    });
    const { store } = await deliverTo(far.port, 3);
    await expect.poll(() => store.health().waiting, PATIENT).toBe(0);
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThan(950);
  });
});
