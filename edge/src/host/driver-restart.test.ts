import { describe, expect, it } from 'vitest';
import { connection, hostBench, tag } from './fixtures/host-bench.ts';

describe('the driver host', () => {
  const { farSide, openHost, until, connected } = hostBench();

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

  it('ends a driver that does not close, so that its settings can be changed', async () => {
    const [side, other] = [await farSide(), await farSide()];
    const { host } = openHost();
    host.apply([connection('a', side.port, { behave: 'never-close' })], new Map());
    await connected(host, 'a');
    host.apply([connection('a', other.port)], new Map());
    await until(() => expect([side.sockets.size, other.sockets.size]).toEqual([0, 1]));
  });
});
