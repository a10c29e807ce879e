import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { eventually, recorded } from '../../../../test/far-side/recorded-context.ts';
import { driver } from './index.ts';

const EXCERPT = readFileSync(new URL('./fixtures/okuma-excerpt.shdr', import.meta.url));
/** The whole recording lies beside the repository where this is developed. */
const WHOLE = fileURLToPath(new URL('../../../../../shared/data/machines/okuma.shdr', import.meta.url));
const TAGS = [{ address: 'ppartcount' }, { address: 'pexecution' }, { address: 'p1FixtureId' }];

interface Adapter {
  readonly port: number;
  readonly sockets: Socket[];
  readonly heard: string[];
}

async function adapter(
  onConnect: (socket: Socket) => void,
  onPing?: (socket: Socket) => void,
): Promise<Adapter> {
  const sockets: Socket[] = [];
  const heard: string[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      heard.push(String(bytes));
      onPing?.(socket);
    });
    onConnect(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sockets, heard };
}
const at = (port: number, timeoutMs = 2_000) => ({ host: '127.0.0.1', port, timeoutMs });

/** Writes in pieces that end anywhere. */
function replay(socket: Socket, bytes: Buffer, pieceBytes: number): void {
  for (let from = 0; from < bytes.length; from += pieceBytes) {
    socket.write(bytes.subarray(from, from + pieceBytes));
  }
}

describe('a recording of a real machining centre', () => {
  const counts = [0, 1, 0, 1, 2, 3, 0, 1];
  const session = ['READY', 'ACTIVE', 'PROGRAM_COMPLETED', 'READY'];

  test('gives its part count and its execution in order, with the times of the source', async () => {
    const { port } = await adapter((socket) => replay(socket, EXCERPT, 777));
    const edge = recorded(driver, at(port));
    await edge.driver.connect();
    await edge.driver.subscribe(TAGS);
    await eventually(() => edge.values(0).length >= counts.length && edge.values(1).at(-1) === 'READY');
    expect(edge.values(0)).toEqual(counts);
    expect(edge.values(1)).toEqual([...session, ...session, ...session, ...session]);
    expect(edge.samples.find(({ value }) => value === 3)?.at).toBe(Date.parse('2022-08-08T14:30:19.519Z'));
    expect(edge.samples.filter(({ tag }) => tag === 2)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          quality: 'bad',
          value: null,
          error: expect.stringContaining('UNAVAILABLE'),
        }),
      ]),
    );
  });

  test.skipIf(!existsSync(WHOLE))('of 10,770 lines is read whole', async () => {
    const { port } = await adapter((socket) => replay(socket, readFileSync(WHOLE), 1_461));
    const edge = recorded(driver, at(port));
    await edge.driver.connect();
    await edge.driver.subscribe([...TAGS, { address: 'Z1actm' }, { address: 'system' }]);
    await eventually(() => edge.values(0).length >= counts.length && edge.values(3).length >= 1_716);
    expect(edge.values(0)).toEqual(counts);
    expect(edge.values(1)).toEqual([...session, ...session, ...session, ...session]);
    expect(edge.values(4)).toEqual(['NORMAL', 'NORMAL', 'NORMAL', 'NORMAL']);
    expect(edge.values(3).every((value) => typeof value === 'number')).toBe(true);
  });

  test('is looked through with what probably is the count and the state', async () => {
    const { port } = await adapter((socket) => socket.write(EXCERPT));
    const edge = recorded(driver, at(port));
    await edge.driver.connect();
    const nodes = (await edge.driver.browse?.(undefined, 500)) ?? [];
    const meaning = (kind: string) =>
      nodes.filter((node) => node.meaning === kind).map((node) => node.address);
    expect(meaning('count')).toEqual(['ppartcount']);
    expect(meaning('state')).toEqual(['pexecution#state']);
    expect(nodes.length).toBeGreaterThan(80);
    expect(await edge.driver.browse?.(undefined, 5)).toHaveLength(5);
  });
});

describe('an adapter', () => {
  test('is read once; a key it never sent says so', async () => {
    const { port } = await adapter((socket) =>
      socket.write('2022-08-08T13:51:34Z|count|12:DAY|exec|ACTIVE\n'),
    );
    const edge = recorded(driver, at(port, 300));
    await edge.driver.connect();
    expect(
      await edge.driver.read([
        { address: 'count' },
        { address: 'cuont' },
        { address: 'exec', type: 'int16' },
      ]),
    ).toMatchObject([
      { address: 'count', value: 12, quality: 'good', at: Date.parse('2022-08-08T13:51:34Z'), error: null },
      { value: null, quality: 'bad', at: null, error: 'the adapter has not sent cuont so far' },
      { value: null, quality: 'bad', error: '“ACTIVE” is not a number' },
    ]);
    await edge.driver.subscribe([{ address: 'cuont' }]);
    await eventually(() => edge.samples.some(({ error }) => error?.includes('cuont')));
  });

  test('with a heartbeat that falls silent without closing is given up', async () => {
    let answers = 3;
    const { port, heard } = await adapter(
      () => undefined,
      (socket) => {
        answers -= 1;
        if (answers > 0) socket.write('* PONG 100\n');
      },
    );
    const edge = recorded(driver, at(port));
    await edge.driver.connect();
    await eventually(() => edge.lost.length > 0);
    expect(edge.lost).toEqual([expect.stringContaining('silent')]);
    expect(heard.join('')).toContain('* PING\n');
    expect(edge.latencies.length).toBeGreaterThan(0);
  });

  test('that goes away or speaks rubbish is lost once, with the reason', async () => {
    const { port, sockets } = await adapter((socket) => socket.write('|a|1\n'));
    const edge = recorded(driver, at(port));
    await edge.driver.connect();
    await edge.driver.subscribe([{ address: 'a' }]);
    await eventually(() => edge.values(0).length === 1);
    sockets[0]?.destroy();
    await eventually(() => edge.lost.length > 0);
    expect(edge.lost).toEqual([expect.stringContaining('closed the connection')]);

    const web = await adapter((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n'.repeat(200)));
    const confused = recorded(driver, at(web.port));
    await confused.driver.connect();
    await eventually(() => confused.lost.length > 0);
    expect(confused.lost).toEqual([expect.stringContaining('does not speak SHDR')]);
    expect(confused.samples).toEqual([]);
  });

  test('that is not there or never answers is told in words', async () => {
    const { port, sockets } = await adapter(() => undefined);
    const there = recorded(driver, at(port));
    await there.driver.connect();
    await there.driver.close();
    await eventually(() => sockets[0]?.destroyed === true);
    expect(there.lost).toEqual([]);
    await expect(recorded(driver, at(1)).driver.connect()).rejects.toThrow(/nothing listens/);
    const closed = recorded(driver, at(port));
    const connecting = closed.driver.connect();
    await closed.driver.close();
    await expect(connecting).rejects.toThrow(/closed/);
  });

  test('has addresses that are keys', () => {
    expect(driver.checkAddress({ address: 'machine1:execution' })).toBeUndefined();
    expect(driver.checkAddress({ address: 'a|b' })).toContain('key');
    expect(driver.checkAddress({ address: 'a', type: 'bcd16' })).toContain('registers');
  });
});
