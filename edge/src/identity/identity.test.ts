import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callPlatform } from './call-platform.ts';
import { tidyDataFolder } from './data-folder.ts';
import { enrol, isEnrolledWith, loadIdentity } from './identity.ts';

const CODE = 'ABCD-EFGH-JKLM';
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n';
const GATEWAY = '01920000-0000-7000-8000-000000000001';
let folder: string;
let server: Server;
let asked: { url: string; body: unknown; authorization: string | undefined }[];
let answer: (response: ServerResponse) => void;
let address: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-identity-'));
  asked = [];
  answer = (response) => json(response, 201, { gatewayId: GATEWAY, gatewayCode: 'GW-1', token: 'secret-1' });
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      asked.push({
        url: request.url ?? '',
        body: JSON.parse(text),
        authorization: request.headers.authorization,
      });
      answer(response);
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
const enrolHere = () => enrol({ folder, server: address, code: CODE.toLowerCase(), agentVersion: '0.1.0' });

describe('enrolment', () => {
  test('trades the code for a token that only its owner can read and that the next start knows', async () => {
    const identity = await enrolHere();
    expect(asked).toMatchObject([
      { url: '/api/v3/edge/enrolment', body: { code: CODE, agentVersion: '0.1.0' } },
    ]);
    expect(identity).toMatchObject({ gatewayCode: 'GW-1', server: address });
    const path = join(folder, 'identity.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const again = await loadIdentity(folder, () => undefined);
    expect(again?.token()).toBe('secret-1');
    expect(await isEnrolledWith(folder, CODE)).toBe(true);
    expect(await isEnrolledWith(folder, 'ABCD-EFGH-JKLN')).toBe(false);
    expect(readdirSync(folder)).toEqual(['identity.json']);
  });

  test('refused by the platform says why and what to do', async () => {
    answer = (response) =>
      json(response, 409, {
        type: 'urn:millrace:refusal:code-used',
        title: 'Used',
        status: 409,
        detail: 'this code was used already',
        code: 'code-used',
      });
    await expect(enrolHere()).rejects.toThrow(/this code was used already.*ask for a new one/);
    expect(await loadIdentity(folder, () => undefined)).toBeUndefined();
  });

  test('at something that is no platform says so', async () => {
    answer = (response) => json(response, 200, { hello: 'world' });
    await expect(enrolHere()).rejects.toThrow(/not as a Millrace platform/);
    answer = (response) => response.end('<html>Sign in to the guest network</html>');
    await expect(enrolHere()).rejects.toThrow(/not JSON/);
    server.close();
    server.closeAllConnections();
    await expect(enrolHere()).rejects.toThrow(/ECONNREFUSED|hang up/);
  });

  test.each([
    ['a redirect', 'status 301, a redirect to https://millrace.example/: when the platform is there'],
    ['a proxy without its password', 'wants a user and a password; write them into HTTPS_PROXY'],
    ['another protocol', 'closed without an answer'],
  ])('behind %s says what to do, and ends', async (what, words) => {
    answer = (response) => {
      if (what === 'a redirect') response.writeHead(301, { location: 'https://millrace.example/' }).end();
      else if (what === 'another protocol') response.socket?.write(SWITCHING);
      else response.writeHead(407, { 'proxy-authenticate': 'Basic' }).end('<html>');
    };
    await expect(enrol({ folder, server: address, code: CODE, agentVersion: '0.1.0' })).rejects.toThrow(
      words,
    );
    expect(await loadIdentity(folder, expect.unreachable)).toBeUndefined();
  });

  test('a rotated token is on the disk before it is used', async () => {
    const identity = await enrolHere();
    identity.rotate('secret-2');
    expect(identity.token()).toBe('secret-2');
    expect((await loadIdentity(folder, () => undefined))?.token()).toBe('secret-2');
  });

  test('what a power cut left of a half-written identity is taken away, and nothing else', async () => {
    await enrolHere();
    writeFileSync(join(folder, 'identity.json.0123abcd.new'), '{"v"');
    writeFileSync(join(folder, 'allow.yaml.new'), 'allow: []');
    tidyDataFolder(folder);
    expect(readdirSync(folder).toSorted()).toEqual(['allow.yaml.new', 'identity.json']);
  });

  test('of which others could read the token is closed to them, with a warning', async () => {
    await enrolHere();
    chmodSync(join(folder, 'identity.json'), 0o644);
    const warnings: string[] = [];
    await loadIdentity(folder, (message) => warnings.push(message));
    expect(warnings).toHaveLength(1);
    expect(statSync(join(folder, 'identity.json')).mode & 0o077).toBe(0);
  });

  test('a damaged identity asks for a new enrolment instead of guessing', async () => {
    writeFileSync(join(folder, 'identity.json'), '{"v":1,');
    await expect(loadIdentity(folder, () => undefined)).rejects.toThrow(/enrol again/);
    expect(await isEnrolledWith(folder, CODE)).toBe(false);
    expect((await enrolHere()).token()).toBe('secret-1');
  });
});

describe('a call of the platform', () => {
  const call = (timeoutMs = 5_000) =>
    callPlatform({ server: `${address}/`, path: '/edge/exchange', body: {}, token: 't', timeoutMs });

  test('tells status, pause and clock of the platform', async () => {
    answer = (response) => response.writeHead(503, { 'retry-after': '7' }).end();
    const told = await call();
    expect(told).toMatchObject({ status: 503, retryAfterMs: 7_000, body: undefined });
    expect(Math.abs((told.platformAt ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(asked[0]?.authorization).toBe('Bearer t');
  });

  test('that nobody answers ends with its time, also in the middle of an answer', async () => {
    answer = () => undefined;
    await expect(call(200)).rejects.toThrow(/no answer within/);
    answer = (response) => void response.writeHead(200).write('{"a":');
    await expect(call(200)).rejects.toThrow(/no answer within/);
    answer = (response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{');
      response.destroy();
    };
    await expect(call()).rejects.toThrow();
  });
});
