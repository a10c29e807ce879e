import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DriverFault } from '../../driver/index.ts';
import { cableTo, type FarSide, farSide, hostFor, scratchFolder } from './far-side/far-side.ts';
import { driver as opcUa } from './index.ts';

/** Discovery, opening, reading and browsing fit into so many bytes of the server. */
const CONVERSATION_BYTES = 4_000;
/** They run beside each other: one that leaves the driver waiting takes its time-out. */
const RUNS = 24;

describe('a conversation in which one byte of the server is changed', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let server: FarSide;

  beforeAll(async () => {
    folder = await scratchFolder();
    server = await farSide(folder.path, { tags: [{ id: 'Count', type: 'UInt32', value: 1 }] });
  });
  afterAll(async () => {
    await server.kill();
    await folder.remove();
  });

  const converse = async ({ at, byte }: { at: number; byte: number }): Promise<'done' | 'fault'> => {
    const cable = await cableTo(server.port, (chunk, offset) => {
      if (at >= offset && at < offset + chunk.length) chunk[at - offset] = byte;
    });
    const settings = {
      endpoint: cable.endpoint,
      securityPolicy: 'None',
      securityMode: 'none',
      publishMs: 100,
    };
    const driver = opcUa.open(hostFor(settings, `${folder.path}/connection`));
    try {
      await driver.connect();
      await driver.subscribe([{ address: 'nsu=urn:millrace:test;s=Count' }]);
      await driver.browse?.(undefined, 20);
      return 'done';
    } catch (cause) {
      if (cause instanceof DriverFault) return 'fault';
      throw new TypeError(`byte ${at} changed to ${byte}`, { cause });
    } finally {
      await driver.close();
      await cable.close();
    }
  };

  test('is finished or ends with a fault, never with a crash', async () => {
    const places = fc.record({
      at: fc.oneof(fc.nat(CONVERSATION_BYTES), fc.nat(40)),
      byte: fc.nat(255),
    });
    const ends = await Promise.all(fc.sample(places, RUNS).map(converse));
    expect(ends).toHaveLength(RUNS);
  });
});
