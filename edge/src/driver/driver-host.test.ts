import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EdgeConnection } from '@millrace/contract';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DriverBatch, type DriverHost, type HostTag, openDriverHost } from './index.ts';

const PACKAGE = `millrace-test-driver-${process.pid}`;
/** Below the workspace, where `import` looks for packages of the agent. */
const PACKAGE_FOLDER = join(import.meta.dirname, '../../node_modules', PACKAGE);
const HURRY = {
  waitFirstMs: 20,
  waitMaxMs: 200,
  lastingWaitMs: 60_000,
  callMaxMs: 1_000,
  closeMaxMs: 300,
  pingMs: 200,
  restartFirstMs: 20,
  lookMaxMs: 4_000,
};

/** The far side: a TCP server that sends lines, written on by the test. */
interface FarSide {
  readonly port: number;
  readonly heard: string[];
  readonly sockets: Set<Socket>;
  send(line: string): void;
  hangUp(): void;
  close(): Promise<void>;
}

async function openFarSide(port = 0): Promise<FarSide> {
  const sockets = new Set<Socket>();
  const heard: string[] = [];
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.setEncoding('utf8').on('data', (text: string) => heard.push(...text.trim().split('\n')));
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    heard,
    sockets,
    send: (line) => {
      for (const socket of sockets) socket.write(`${line}\n`);
    },
    hangUp,
    close: async () => {
      hangUp();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const tag = (name: string, every = false): HostTag => ({ machine: 'M1', tag: name, address: name, every });
const connection = (code: string, port: number, more: object = {}): EdgeConnection => ({
  code,
  driver: `npm:${PACKAGE}`,
  settings: { port, ...more },
});

describe('the driver host', () => {
  const open: (() => Promise<void>)[] = [];
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-host-'));
    mkdirSync(PACKAGE_FOLDER, { recursive: true });
    const manifest = { name: PACKAGE, version: '1.0.0', type: 'module', exports: './index.js' };
    writeFileSync(join(PACKAGE_FOLDER, 'package.json'), JSON.stringify(manifest));
    copyFileSync(join(import.meta.dirname, 'fixtures/line-driver.js'), join(PACKAGE_FOLDER, 'index.js'));
  });
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });
  afterAll(() => {
    rmSync(PACKAGE_FOLDER, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  });

  async function farSide(port?: number): Promise<FarSide> {
    const side = await openFarSide(port);
    open.push(() => side.close());
    return side;
  }
  /** A host and what it delivered, newest last, as `connection.tag=value`. */
  function openHost(): {
    host: DriverHost;
    batches: DriverBatch[];
    told: () => string[];
    restarts: string[];
  } {
    const batches: DriverBatch[] = [];
    const restarts: string[] = [];
    const host = openDriverHost({
      folder,
      secrets: () => ({ key: 'open sesame', other: 'of another machine' }),
      onSamples: (batch) => batches.push(batch),
      onRestart: (codes, reason) => restarts.push(`${codes.join(',')}: ${reason}`),
      now: Date.now,
      pace: HURRY,
    });
    open.push(() => host.close());
    const told = (): string[] =>
      batches.flatMap(({ connection: code, tags, samples }) =>
        samples.map(
          ({ tag: i, value, quality }) => `${code}.${tags[i]?.tag}=${quality === 'good' ? value : quality}`,
        ),
      );
    return { host, batches, told, restarts };
  }
  const stateOf = (host: DriverHost, code: string) =>
    host.health().find((connection) => connection.code === code);
  const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 10 });
  const connected = (host: DriverHost, ...codes: string[]): Promise<void> =>
    until(() => {
      for (const code of codes) expect(stateOf(host, code)?.state).toBe('connected');
    });

  it('brings values of a driver from a package, in order', async () => {
    const side = await farSide();
    const { host, told } = openHost();
    host.apply([connection('c1', side.port)], new Map([['c1', [tag('count'), tag('amps')]]]));
    await connected(host, 'c1');
    side.send('count 1\namps 2.5\ncount 2');
    await until(() => expect(told()).toEqual(['c1.count=1', 'c1.amps=2.5', 'c1.count=2']));
    expect(stateOf(host, 'c1')).toMatchObject({
      tags: 2,
      tagsBad: 0,
      samplesPerMin: 3,
      restarts: 0,
      reconnects: 0,
    });
    await until(() => expect(stateOf(host, 'c1')?.latencyMs).toBe(3));
  });

  it('says that all tags are bad when the far side hangs up, and connects again', async () => {
    const side = await farSide();
    const { host, told } = openHost();
    host.apply([connection('c1', side.port)], new Map([['c1', [tag('count')]]]));
    await connected(host, 'c1');
    side.send('count 1');
    await until(() => expect(told()).toEqual(['c1.count=1']));
    side.hangUp();
    await until(() => expect(told().at(-1)).toBe('c1.count=bad'));
    await until(() =>
      expect(stateOf(host, 'c1')).toMatchObject({ state: 'connected', reconnects: 1, restarts: 0 }),
    );
    side.send('count 7');
    await until(() => expect(told().at(-1)).toBe('c1.count=7'));
  });

  it('waits for a far side that is not there yet', async () => {
    const gone = await openFarSide();
    await gone.close();
    const { host } = openHost();
    host.apply([connection('c1', gone.port)], new Map([['c1', [tag('count')]]]));
    await until(() => expect(stateOf(host, 'c1')?.error).toContain('ECONNREFUSED'));
    await farSide(gone.port);
    await connected(host, 'c1');
  });

  it('does not try a wrong password again and again', async () => {
    const side = await farSide();
    const { host } = openHost();
    host.apply([connection('c1', side.port, { behave: 'locked' })], new Map());
    await until(() =>
      expect(stateOf(host, 'c1')).toMatchObject({ state: 'failed', error: 'wrong password' }),
    );
  });

  it('gives up an attempt that never ends', async () => {
    const side = await farSide();
    const { host } = openHost();
    host.apply([connection('c1', side.port, { behave: 'never-connect' })], new Map());
    await until(() => expect(stateOf(host, 'c1')?.error).toContain('connecting: no answer in 1 s'));
  });

  it.each([
    ['hang', 'the driver hung'],
    ['crash', 'crashed on purpose'],
    ['reject', 'rejected on purpose'],
    ['exit', 'the driver ended its thread'],
  ])('restarts a driver that does %s, alone, and the others go on', async (word, reason) => {
    const [side, other] = [await farSide(), await farSide()];
    const { host, told, restarts } = openHost();
    // Three connections and two to a thread: the third has another thread.
    host.apply(
      [connection('a', side.port), connection('b', side.port), connection('c', other.port)],
      new Map(['a', 'b', 'c'].map((code) => [code, [tag('count')]])),
    );
    await connected(host, 'a', 'b', 'c');
    for (const socket of [...side.sockets].slice(0, 1)) socket.write(`${word} 0\n`);
    await until(() => expect(restarts).toEqual([`a,b: ${reason}`]));
    expect(told()).toEqual(expect.arrayContaining(['a.count=bad', 'b.count=bad']));
    await connected(host, 'a', 'b');
    expect(host.health().map(({ restarts: times }) => times)).toEqual([1, 1, 0]);
    other.send('count 5');
    side.send('count 6');
    await until(() => expect(told().slice(-3).sort()).toEqual(['a.count=6', 'b.count=6', 'c.count=5']));
    expect(told()).not.toContain('c.count=bad');
  });

  it('restarts a driver that eats memory, and the agent goes on', async () => {
    const side = await farSide();
    const { host, restarts } = openHost();
    host.apply([connection('a', side.port)], new Map([['a', [tag('count')]]]));
    await connected(host, 'a');
    side.send('eat 0');
    await until(() => expect(restarts[0]).toContain('memory'));
    await connected(host, 'a');
  });

  it('gives a connection whose thread crashed twice a thread of its own', async () => {
    const side = await farSide();
    const quiet = await farSide();
    const { host, restarts } = openHost();
    host.apply(
      [connection('bad', side.port), connection('good', quiet.port)],
      new Map(['bad', 'good'].map((code) => [code, [tag('count')]])),
    );
    for (const round of [1, 2, 3]) {
      await connected(host, 'bad', 'good');
      await until(() => expect(side.sockets.size).toBe(1));
      side.send('crash 0');
      await until(() => expect(restarts).toHaveLength(round));
    }
    expect(restarts.map((line) => line.split(':')[0])).toEqual(['bad,good', 'bad,good', 'bad']);
  });

  it('treats what is no fault of the far side as a bug that restarts the thread', async () => {
    const side = await farSide();
    const { host, restarts } = openHost();
    host.apply([connection('a', side.port, { behave: 'bug' })], new Map([['a', [tag('count')]]]));
    await until(() => expect(restarts.length).toBeGreaterThan(1));
    expect(restarts[0]).toBe('a: a bug');
  });

  it('opens again only what changed', async () => {
    const [side, other] = [await farSide(), await farSide()];
    const { host, told } = openHost();
    const tags = new Map(['a', 'b'].map((code) => [code, [tag('count')]]));
    host.apply([connection('a', side.port), connection('b', other.port)], tags);
    await connected(host, 'a', 'b');
    const [before] = side.sockets;
    // Other tags are subscribed on the connection that stands; other settings open it anew.
    host.apply(
      [connection('a', side.port), connection('b', other.port, { password: 'key' })],
      new Map([...tags, ['a', [tag('amps'), tag('count')]]]),
    );
    await until(() => expect(side.heard).toEqual(['tags count', 'tags amps count']));
    await until(() => expect(other.heard).toEqual(['tags count', 'password open sesame', 'tags count']));
    expect([...side.sockets]).toEqual([before]);
    side.send('count 4\namps 5');
    await until(() => expect(told().slice(-2)).toEqual(['a.count=4', 'a.amps=5']));
    host.apply([{ ...connection('a', side.port), disabled: true }], tags);
    await until(() => expect([side.sockets.size, other.sockets.size]).toEqual([0, 0]));
    expect(host.health()).toMatchObject([{ code: 'a', state: 'disabled' }]);
    host.apply([connection('a', side.port)], tags);
    await connected(host, 'a');
  });

  it('ends a driver that does not close, so that its settings can be changed', async () => {
    const [side, other] = [await farSide(), await farSide()];
    const { host } = openHost();
    host.apply([connection('a', side.port, { behave: 'never-close' })], new Map());
    await connected(host, 'a');
    host.apply([connection('a', other.port)], new Map());
    await until(() => expect([side.sockets.size, other.sockets.size]).toEqual([0, 1]));
  });

  it('leaves out no pulse while the agent is busy, and keeps the newest of the rest', async () => {
    const side = await farSide();
    const { host, batches } = openHost();
    host.apply([connection('a', side.port)], new Map([['a', [tag('pulse', true), tag('amps')]]]));
    await connected(host, 'a');
    const lines = 40_000;
    side.send(Array.from({ length: lines }, (_, i) => `pulse ${i}\namps ${i}`).join('\n'));
    // The agent is busy: it takes nothing while the driver reads all of it.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
    const pulses = () =>
      batches.flatMap(({ samples }) => samples.flatMap(({ tag: i, value }) => (i === 0 ? [value] : [])));
    await until(() => expect(pulses()).toHaveLength(lines));
    expect(pulses()).toEqual(Array.from({ length: lines }, (_, i) => i));
    const amps = batches.flatMap(({ samples }) =>
      samples.flatMap(({ tag: i, value }) => (i === 1 ? [value] : [])),
    );
    expect(amps.at(-1)).toBe(lines - 1);
    expect(batches.every(({ lost }) => lost.size === 0)).toBe(true);
  });

  it('reads, writes and says why it cannot', async () => {
    const side = await farSide();
    const { host } = openHost();
    host.apply([connection('a', side.port)], new Map());
    await expect(host.read('a', [{ address: 'count' }])).rejects.toThrow('not connected');
    await connected(host, 'a');
    await host.write('a', { address: 'speed' }, 80);
    await until(() => expect(side.heard).toContain('write speed 80'));
    expect(await host.read('a', [{ address: 'count' }])).toMatchObject([
      { quality: 'bad', error: 'never told' },
    ]);
    await expect(host.call('a', 'start', null)).rejects.toThrow('this protocol cannot call');
    await expect(host.write('a', { address: 'never' }, 1)).rejects.toThrow('write: no answer in 1 s');
    await expect(host.read('b', [])).rejects.toThrow('no connection "b"');
  });

  it('looks at far sides that are not configured, and leaves nothing open', async () => {
    const side = await farSide();
    const { host } = openHost();
    const driver = `npm:${PACKAGE}`;
    const settings = { port: side.port };
    expect(await host.look({ kind: 'test', driver, settings })).toMatchObject({ error: null });
    const browsed = await host.look({ kind: 'browse', driver, settings });
    expect([browsed.nodes?.length, browsed.truncated]).toEqual([1_000, true]);
    const read = await host.look({ kind: 'read', driver, settings, addresses: [{ address: 'count' }] });
    expect(read.values).toMatchObject([{ address: 'count', error: 'never told' }]);
    const wrong = { kind: 'read' as const, driver, settings, addresses: [{ address: '7' }] };
    expect(await host.look(wrong)).toMatchObject({ error: 'a tag is a word' });
    expect((await host.look({ kind: 'test', driver, settings: { port: 'x' } })).error).toContain(
      'settings/port',
    );
    expect((await host.look({ kind: 'test', driver: 'npm:no-such-driver', settings })).error).toContain(
      'npm install no-such-driver',
    );
    expect((await host.look({ kind: 'test', driver: '../../etc', settings })).error).toContain(
      'there is no driver',
    );
    await until(() => expect(side.sockets.size).toBe(0));
  });
});
