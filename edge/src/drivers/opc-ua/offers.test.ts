import { join } from 'node:path';
import type { ConnectionOffer } from '@millrace/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rawServer } from '../../../../test/far-side/raw-server.ts';
import { DriverFault } from '../../driver/index.ts';
import { cableTo, type FarSide, farSide, hostFor, scratchFolder } from './far-side/far-side.ts';
import { driver as opcUa } from './index.ts';

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let press: FarSide;
let directory: FarSide;

const find = async (endpoint: string): Promise<readonly ConnectionOffer[]> => {
  const settings = { endpoint, securityPolicy: 'None', securityMode: 'none' };
  return (await opcUa.discover?.(hostFor(settings, join(folder.path, 'connection')))) ?? [];
};
/** In short: who, how, and what is missing. */
const told = (offers: readonly ConnectionOffer[]): string[] =>
  offers.map(({ name, settings, needs }) =>
    [name, settings.securityPolicy, settings.securityMode, ...needs].join(' '),
  );

beforeAll(async () => {
  folder = await scratchFolder();
  press = await farSide(folder.path, { name: 'press', password: 'right', anonymous: false });
  const knows = [press.endpoint, 'opc.tcp://127.0.0.1:1', 'https://127.0.0.1:1'];
  directory = await farSide(folder.path, { name: 'directory', policies: ['None'], knows });
});
afterAll(async () => {
  await press.kill();
  await directory.kill();
  await folder.remove();
});

test('a server tells its ways in, the safest first, and what it wants besides', async () => {
  expect(told(await find(press.endpoint))).toEqual([
    'press Aes256_Sha256_RsaPss sign-and-encrypt user',
    'press Basic256Sha256 sign-and-encrypt user',
    'press Aes256_Sha256_RsaPss sign user',
    'press Basic256Sha256 sign user',
    'press None none user',
  ]);
});

test('servers that it knows of are asked too; those that are off or speak otherwise are left out', async () => {
  const offers = await find(directory.endpoint);
  expect(told(offers).slice(0, 2)).toEqual([
    'directory None none',
    'press Aes256_Sha256_RsaPss sign-and-encrypt user',
  ]);
  expect(new Set(offers.map((one) => one.settings.endpoint))).toEqual(
    new Set([directory.endpoint, press.endpoint]),
  );
});

test('behind address translation the address that was typed is offered, not what the server calls itself', async () => {
  const cable = await cableTo(press.port);
  const offers = await find(cable.endpoint);
  await cable.close();
  expect(new Set(offers.map((one) => one.settings.endpoint))).toEqual(new Set([cable.endpoint]));
});

test('with an offer laid over what was typed the server is reached', async () => {
  const [offer] = await find(directory.endpoint);
  const driver = opcUa.open(hostFor({ ...offer?.settings }, join(folder.path, 'connection')));
  await driver.connect();
  expect(await driver.read([{ address: 'i=2259' }])).toMatchObject([{ quality: 'good' }]);
  await driver.close();
});

test('where nothing listens, or nothing that speaks OPC UA, words say so', async () => {
  const silent = await rawServer((socket) => socket.resume());
  const rude = await rawServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  for (const port of [1, rude.port, silent.port]) {
    const fault = await find(`opc.tcp://127.0.0.1:${port}`).catch((cause: unknown) => cause);
    expect(fault, String(port)).toBeInstanceOf(DriverFault);
  }
});
