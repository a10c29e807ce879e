import type { EdgeMachine } from '@millrace/contract';
import { describe, expect, it } from 'vitest';
import { bench, machine } from './fixtures/bench.ts';

describe('a counter', () => {
  const counted = (
    values: readonly number[],
    count: Partial<EdgeMachine['count'] & { from: 'counter' }> = {},
  ) => {
    const b = bench(machine({ count: { from: 'counter', tag: 'count', ...count } }));
    for (const value of values) {
      b.tell('count', value);
      b.pass(1);
    }
    b.pass(70);
    return b.records()[0]?.count;
  };
  it.each([
    ['counts nothing for its first value', [500], {}, 0],
    ['wraps at 16 bits', [65_530, 65_534, 2, 4], { modulus: 65_536 }, 10],
    ['wraps at 32 bits', [4_294_967_290, 3, 5], { modulus: 4_294_967_296 }, 11],
    ['wraps in a signed register', [32_766, 32_767, -32_768, -32_767], { modulus: 65_536 }, 3],
    ['starts again at nought', [500, 501, 0, 1, 2], {}, 3],
    ['starts again at a value that cannot be pieces', [5_000, 5_001, 4_900, 4_901], {}, 2],
    ['is not misled by one misread nought', [500, 501, 0, 502, 503], {}, 3],
    ['is not misled by one misread leap', [500, 501, 4_000_000_000, 502, 503], {}, 3],
    ['leaps once when that stands', [500, 50_000, 50_001], {}, 49_501],
    ['refuses a leap beyond its rate', [500, 50_000, 50_001, 50_002], { maxPerS: 10 }, 2],
    ['is multiplied', [1, 3, 4], { pieces: 4 }, 12],
    ['may count parts of a piece', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], { pieces: 0.1 }, 1],
  ] as const)('%s', (_, values, rule, pieces) => {
    expect(counted(values, rule)).toBe(pieces);
  });

  const rated = () => bench(machine({ count: { from: 'counter', tag: 'count', maxPerS: 2 } }));
  const shown = (b: ReturnType<typeof bench>) => {
    b.pass(70);
    return b.records().at(-1)?.count;
  };

  it('believes what comes at once and was made one after the other by the source’s own clock, however wrong that is', () => {
    const b = rated();
    const wrongBy = -300_000;
    b.tell('count', 100, b.now + wrongBy);
    for (let batch = 0; batch < 3; batch++) {
      b.pass(8);
      const value = 100 + batch * 16;
      for (const ago of [4_000, 0]) b.tell('count', value + (ago === 0 ? 16 : 8), b.now + wrongBy - ago);
    }
    expect(shown(b)).toBe(48);
  });

  it('believes a queue that was kept without times and comes at once after a silence', () => {
    const b = rated();
    b.tell('count', 100);
    b.pass(60);
    for (let value = 106; value <= 220; value += 6) b.tell('count', value);
    b.pass(1);
    b.tell('count', 222);
    expect(shown(b)).toBe(122);
  });

  it('still refuses what is more than the rate could have made in all that time', () => {
    const b = rated();
    b.tell('count', 100);
    b.pass(60);
    b.tell('count', 110);
    b.tell('count', 400);
    b.pass(6);
    b.tell('count', 401);
    expect(shown(b)).toBe(11);
  });

  it('owes nothing to a silence that is over', () => {
    const b = rated();
    b.tell('count', 100);
    b.pass(60);
    b.tell('count', 110);
    b.pass(15);
    b.tell('count', 150);
    b.pass(1);
    b.tell('count', 151);
    expect(shown(b)).toBe(11);
  });
});
