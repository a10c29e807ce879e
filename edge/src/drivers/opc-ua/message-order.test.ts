import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AHEAD_MAX, MessageOrder, OVERTAKEN_MS } from './message-order.ts';

const HIGHEST = 0xff_ff_ff_ff;
/** Numbers as a server gives them, from one on. */
const numbersFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => {
    const number = first + index;
    return number > HIGHEST ? number - HIGHEST : number;
  });

function order() {
  const given: number[] = [];
  const messages = new MessageOrder<number>((message) => given.push(message));
  return { given, take: (number: number) => messages.take(number, number), stop: () => messages.stop() };
}

describe('messages of a subscription', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('come in their order and once, whichever way they overtook each other and however often they came', () => {
    const first = fc.oneof(
      fc.integer({ min: 1, max: HIGHEST }),
      fc.integer({ min: HIGHEST - 20, max: HIGHEST }),
    );
    const shuffled = fc.tuple(first, fc.integer({ min: 1, max: 40 })).chain(([from, count]) => {
      const numbers = numbersFrom(from, count);
      return fc.tuple(
        fc.constant(numbers),
        fc.shuffledSubarray([...numbers.slice(1), ...numbers], { minLength: 2 * count - 1 }),
      );
    });
    fc.assert(
      fc.property(shuffled, ([numbers, coming]) => {
        const { given, take, stop } = order();
        for (const number of [numbers[0] as number, ...coming]) take(number);
        expect(given).toEqual(numbers);
        stop();
      }),
    );
  });

  test('do not wait for ever for one that never comes, and what comes after that is not told of the past', () => {
    const { given, take } = order();
    for (const number of [1, 2, 5, 4, 8]) take(number);
    expect(given).toEqual([1, 2]);
    vi.advanceTimersByTime(OVERTAKEN_MS);
    expect(given).toEqual([1, 2, 4, 5]);
    vi.advanceTimersByTime(OVERTAKEN_MS);
    expect(given).toEqual([1, 2, 4, 5, 8]);
    for (const number of [3, 6, 9]) take(number);
    expect(given).toEqual([1, 2, 4, 5, 8, 9]);
  });

  test('are bounded while they wait', () => {
    const { given, take, stop } = order();
    for (const number of [1, ...numbersFrom(3, AHEAD_MAX + 1)]) take(number);
    expect(given).toEqual([1, ...numbersFrom(3, AHEAD_MAX + 1)]);
    stop();
  });

  test('are given to nobody after the end', () => {
    const { given, take, stop } = order();
    for (const number of [1, 3]) take(number);
    stop();
    vi.advanceTimersByTime(2 * OVERTAKEN_MS);
    expect(given).toEqual([1]);
  });
});
