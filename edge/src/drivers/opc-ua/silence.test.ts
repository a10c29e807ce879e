import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { farSide, portOf, until } from './far-side/far-side.ts';
import { plantOf } from './far-side/plant.ts';

const byUri = { address: 'nsu=urn:millrace:test;s=Count' };

describe.concurrent('a far side that falls silent', () => {
  const plant = plantOf({ tags: [{ id: 'Count', type: 'UInt32', value: 50 }] });

  test('is stopped without closing its sockets: the values turn bad, and come back with it', async () => {
    const { driver, host } = plant.open();
    await driver.connect();
    await driver.subscribe([byUri]);
    await until('the first value', () => host.last(0)?.value === 50);
    plant.server.signal('SIGSTOP');
    try {
      await until('the loss', () => host.losses.length > 0);
      expect(host.last(0)).toMatchObject({ value: null, quality: 'bad' });
      expect(host.losses).toEqual(['the server has not answered for 6 s']);
      await driver.close();
    } finally {
      plant.server.signal('SIGCONT');
    }
    const again = plant.open();
    await again.driver.connect();
    await again.driver.subscribe([byUri]);
    await until('the value', () => again.host.last(0)?.value === 50);
  });

  test('takes connections and says nothing: connect gives up, and close ends it at once', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { driver } = plant.open(`opc.tcp://127.0.0.1:${portOf(silent)}`);
    const { driver: other } = plant.open(`opc.tcp://127.0.0.1:${portOf(silent)}`);
    const ended = expect(other.connect()).rejects.toThrow('closed while connecting');
    await other.close();
    await ended;
    await expect(driver.connect()).rejects.toThrow('no answer');
    await driver.close();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test.for(['sessions', 'subscriptions'] as const)('forgets its %s: the values turn bad', async (what) => {
    const forgetful = await farSide(plant.folder, { tags: [{ id: 'Count', type: 'UInt32', value: 7 }] });
    const { driver, host } = plant.open(forgetful.endpoint);
    await driver.connect();
    await driver.subscribe([byUri]);
    await until('the first value', () => host.last(0)?.value === 7);
    await forgetful.tell({ forget: what });
    await until('the loss', () => host.losses.length > 0);
    expect(host.last(0)).toMatchObject({ value: null, quality: 'bad', error: expect.any(String) });
    await driver.close();
    await forgetful.kill();
  });

  test('has not all its nodes at first: they are found when they come', async () => {
    const starting = await farSide(plant.folder, { tags: [{ id: 'Count', type: 'UInt32', value: 7 }] });
    const { driver, host } = plant.open(starting.endpoint);
    await driver.connect();
    await driver.subscribe([byUri, { address: 'nsu=urn:millrace:test;s=Late' }]);
    await until('the missing node', () => host.last(1)?.quality === 'bad');
    await starting.tell({ add: { id: 'Late', type: 'UInt32', value: 9 } });
    await until('the late node', () => host.last(1)?.value === 9);
    expect(host.samples.filter(({ tag }) => tag === 0)).toHaveLength(1);
    await driver.close();
    await starting.kill();
  });
});
