import { once } from 'node:events';
import { createServer } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DriverFault } from '../../driver/index.ts';
import { cableTo, portOf, until } from './far-side/far-side.ts';
import { plantOf } from './far-side/plant.ts';
import type { FarTag } from './far-side/words.ts';

const COUNT: FarTag = { id: 'Count', type: 'UInt32', value: 1 };
const byUri = { address: 'nsu=urn:millrace:test;s=Count' };
const byIndex = { address: 'ns=2;s=Count' };
/** Half of what a connection that broke is waited for. */
const OUT_MS = 3_000;
const count = (value: number) => ({ type: 'UInt32', value }) as const;

describe('a far side that fails', () => {
  const plant = plantOf({ tags: [COUNT] });

  test('loses nothing when the cable is out for a moment: what the server queued comes in order', async () => {
    const cable = await cableTo(plant.server.port);
    const { driver, host } = plant.open(cable.endpoint);
    await driver.connect();
    await driver.subscribe([byUri]);
    await until('the first value', () => host.last(0)?.value === 1);
    const beside = plant.open();
    await beside.driver.connect();
    await beside.driver.subscribe([byUri]);
    cable.cut();
    const cutAt = performance.now();
    // The server samples each subscription at its own pace: of some values ours sees one or more, whatever the other one sees.
    // A cable that is out for more than 6 s is another story, hence fewer of them where the machine is slow.
    let newest = 1;
    while (newest < 4 || (newest < 8 && performance.now() - cutAt < OUT_MS)) {
      await plant.server.set('Count', count(++newest));
      await until('the server has looked at it', () => beside.host.last(0)?.value === newest);
    }
    cable.mend();
    await until('the last value', () => host.last(0)?.value === newest);
    // A server may give the newest value once more when it hands the subscription over, never an older one after a newer.
    const values = host.samples.map(({ value }) => Number(value));
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(values.some((value) => value > 1 && value < newest)).toBe(true);
    expect(host.samples.every(({ quality }) => quality === 'good')).toBe(true);
    // What was queued says that it is of the past, and when it was; the clocks of one box are the same.
    const kept = host.samples.filter(({ historyAt }) => historyAt !== undefined);
    expect(kept.length).toBeGreaterThan(0);
    for (const { at, historyAt } of kept) expect(historyAt).toBe(at);
    expect(host.losses).toEqual([]);
    await plant.server.set('Count', count(9));
    await until('what is said after it', () => host.last(0)?.value === 9);
    expect(host.last(0)?.historyAt).toBe(undefined);
    await plant.server.set('Count', count(8));
    await until('what the others expect', () => host.last(0)?.value === 8);
    await driver.close();
    await cable.close();
  });

  test('says rubbish in the middle: the connection is made anew or lost, and nothing is made up', async () => {
    const cable = await cableTo(plant.server.port);
    const { driver, host } = plant.open(cable.endpoint);
    await driver.connect();
    await driver.subscribe([byUri]);
    await until('the first value', () => host.last(0) !== undefined);
    cable.say(Buffer.from('MSGF\x10\x00\x00\x00 not at all OPC UA', 'latin1'));
    cable.say(Buffer.alloc(64, 0xff));
    await plant.server.set('Count', count(40));
    await until('the value or the loss', () => host.last(0)?.value === 40 || host.losses.length > 0);
    expect(host.samples.every(({ value, quality }) => value === 8 || value === 40 || quality === 'bad')).toBe(
      true,
    );
    await driver.close();
    await cable.close();
  });

  test('is killed and comes back as a server with other namespace indexes: no value of a wrong node', async () => {
    const { driver, host } = plant.open();
    await driver.connect();
    await driver.subscribe([byUri, byIndex]);
    await until('both values', () => host.last(0)?.value === 40 && host.last(1)?.value === 40);
    await plant.server.kill();
    await plant.replace({
      tags: [{ ...COUNT, value: 50 }],
      namespaces: ['urn:other'],
      decoy: 'Count',
    });
    await until('the loss', () => host.losses.length > 0);
    expect(host.losses).toHaveLength(1);
    for (const tag of [0, 1]) {
      expect(host.last(tag)).toMatchObject({ value: null, quality: 'bad', error: expect.any(String) });
    }
    expect(host.samples.some(({ value }) => value === 666)).toBe(false);
    await driver.close();

    const again = plant.open();
    await again.driver.connect();
    await again.driver.subscribe([byUri]);
    await until('the same node', () => again.host.last(0)?.value === 50);
  });

  test('answers rubbish from the first byte on: a fault, whatever the bytes', async () => {
    let answer: Uint8Array = new Uint8Array();
    const rude = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(answer));
    }).listen(0, '127.0.0.1');
    await once(rude, 'listening');
    const acknowledge = Buffer.from('ACKF\x1c\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff', 'latin1');
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 60 }).map((tail) => Buffer.concat([acknowledge, tail])),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (said) => {
        answer = said;
        const { driver } = plant.open(`opc.tcp://127.0.0.1:${portOf(rude)}`);
        await expect(driver.connect()).rejects.toBeInstanceOf(DriverFault);
        await driver.close();
      }),
      { numRuns: 15 },
    );
    rude.close();
  });

  test('is not there: the fault says so', async () => {
    const none = createServer().listen(0, '127.0.0.1');
    await once(none, 'listening');
    const port = portOf(none);
    none.close();
    const { driver } = plant.open(`opc.tcp://127.0.0.1:${port}`);
    await expect(driver.connect()).rejects.toThrow('nothing listens there (');
  });
});
