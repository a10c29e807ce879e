import { describe, expect, it } from 'vitest';
import { connection, hostBench, tag } from './fixtures/host-bench.ts';
import { createThreadWords } from './thread-words.ts';

describe('what a driver says beside its values', () => {
  const { farSide, openHost, until, connected } = hostBench();

  it('is told by the line, warnings and what it writes to standard error', async () => {
    const side = await farSide();
    const { host, said } = openHost();
    host.apply([connection('a', side.port)], new Map([['a', [tag('count')]]]));
    await connected(host, 'a');
    side.send('warn 1\ncomplain 2');
    await until(() => expect(said).toHaveLength(2));
    expect(said.map(({ words }) => words).sort()).toEqual([
      'taken at first sight',
      'this library is out of date',
    ]);
    expect(new Set(said.map(({ driver }) => driver)).size).toBe(1);
  });

  it('is told too when somebody only looks', async () => {
    const side = await farSide();
    const { host, said } = openHost();
    const { driver, settings } = connection('a', side.port, { behave: 'warn' });
    expect(await host.look({ kind: 'test', driver, settings })).toMatchObject({ error: null });
    await until(() => expect(said.map(({ words }) => words)).toEqual(['taken at first sight']));
  });

  it('is bounded by the minute and by the line', () => {
    let at = 0;
    const told: string[] = [];
    const words = createThreadWords(
      () => at,
      (line) => told.push(line),
    );
    words.push(Buffer.from(`${'x'.repeat(5_000_000)}\n`));
    for (let i = 0; i < 500; i++) words.push(Buffer.from(`line ${i}\n\n`));
    expect(told).toHaveLength(20);
    expect(told[0]).toContain('2000 bytes');
    at += 60_000;
    words.push(Buffer.from('later\n'));
    expect(told.slice(20)).toEqual(['481 lines before this were left out', 'later']);
  });
});
