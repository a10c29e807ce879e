import { describe, expect, it, vi } from 'vitest';
import { connection, hostBench, PACKAGE, tag } from './fixtures/host-bench.ts';

describe('the driver host', () => {
  const { openFarSide, farSide, openHost, stateOf, until, connected } = hostBench();

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
    await until(() => expect(stateOf(host, 'c1')).toMatchObject({ latencyMs: 3, skippedPolls: 0 }));
    side.send('skip 1\nskip 1');
    await until(() => expect(stateOf(host, 'c1')?.skippedPolls).toBe(8));
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
    await until(() =>
      expect(stateOf(host, 'c1')?.error).toContain('opening the connection: no answer in 2 s'),
    );
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

  it('shows a driver nothing of the environment that may be a secret', async () => {
    const side = await farSide();
    vi.stubEnv('SECRET', 'of the agent');
    const { host } = openHost();
    host.apply([connection('a', side.port, { behave: 'tell' })], new Map());
    await until(() => expect(side.heard).toContain('environment false nothing'));
    vi.unstubAllEnvs();
  });

  it('brings the last pulses of a connection that is taken away', async () => {
    const side = await farSide();
    const { host, told } = openHost();
    host.apply([connection('a', side.port)], new Map([['a', [tag('pulse', true), tag('amps')]]]));
    await connected(host, 'a');
    side.send('pulse 1\namps 1');
    // The driver has them, the agent not yet: the driver itself says so.
    side.send('echo 0');
    await until(() => expect(side.heard).toContain('heard'));
    host.apply([], new Map());
    await until(() => expect(side.sockets.size).toBe(0));
    await until(() => expect(told()).toContain('a.pulse=1'));
  });

  it('does not know of a write that went out and had no answer, whatever took it away', async () => {
    const side = await farSide();
    const { host } = openHost();
    const wanted = (more: object = {}) =>
      host.apply([connection('a', side.port, more)], new Map([['a', [tag('count')]]]));
    wanted();
    await connected(host, 'a');
    await expect(host.write('a', { address: 'never' }, 1)).rejects.toMatchObject({ unanswered: true });
    const crashed = expect(host.write('a', { address: 'never' }, 1)).rejects.toMatchObject({
      message: expect.stringContaining('the driver was restarted'),
      unanswered: true,
    });
    side.send('crash 0');
    await crashed;
    await connected(host, 'a');
    const changed = expect(host.write('a', { address: 'never' }, 1)).rejects.toMatchObject({
      unanswered: true,
    });
    wanted({ other: true });
    await changed;
    await expect(host.write('b', { address: 'speed' }, 1)).rejects.toMatchObject({ unanswered: false });
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
    await expect(host.write('a', { address: 'never' }, 1)).rejects.toThrow('write: no answer in 2 s');
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
      'do not fit the driver at /port',
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
