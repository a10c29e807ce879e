import { describe, expect, test } from 'vitest';
import { openLog } from './index.ts';

describe('the log', () => {
  test('writes one JSON line an event, from its level upwards', () => {
    const lines: string[] = [];
    const log = openLog({ level: 'info', write: (line) => lines.push(line), now: () => 0 });
    log.debug('left out');
    log.warn('a\nb', { code: 'PLC', nested: { value: 1 } });
    expect(lines).toEqual([
      '{"at":"1970-01-01T00:00:00.000Z","level":"warn","message":"a\\nb","code":"PLC","nested":{"value":1}}\n',
    ]);
  });

  test('is bounded in lines and in length, and tells what it left out', () => {
    const lines: string[] = [];
    const clock = { ms: 0 };
    const log = openLog({ level: 'debug', write: (line) => lines.push(line), now: () => clock.ms });
    for (let n = 0; n < 10_000; n++) log.error('flapping', { text: 'x'.repeat(n) });
    expect(lines).toHaveLength(600);
    clock.ms = 60_000;
    log.info('x'.repeat(100_000));
    expect(JSON.parse(lines[600] ?? '')).toMatchObject({ suppressed: 9_400 });
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(4_096);
  });
});
