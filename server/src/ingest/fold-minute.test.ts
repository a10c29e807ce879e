import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DeviceHead, foldMinute, type Sample } from './fold-minute.ts';

const START = Date.UTC(2026, 2, 2, 3, 0);
const MINUTE = START / 60_000;
const mapping = {
  id: 'x',
  machineId: 'm',
  form: 'thingsboard' as const,
  countKey: 'n',
  countKind: 'increment' as 'increment' | 'cumulative',
  runningKey: 'r' as string | null,
  runningValues: [] as string[],
  energyKey: null,
};
const cumulative = { ...mapping, countKind: 'cumulative' as const };
const at = (second: number, value: number | string, name = 'n'): Sample => ({
  at: START + second * 1000,
  name,
  value,
});

/** Folds as many minutes as there are, each with the head of the one before; pieces by minute. */
function foldAll(
  of: typeof mapping,
  samples: readonly Sample[],
  minutes: number,
  modulus: number | null = null,
): number[] {
  let head: DeviceHead | undefined;
  return Array.from({ length: minutes }, (_, i) => {
    const folded = foldMinute(of, samples, MINUTE + i, head, modulus);
    head = folded?.head ?? head;
    return folded?.entry.count ?? -1;
  });
}

describe('pieces of a mapped device', () => {
  test('are the steps of its count, whatever it counts from', () => {
    expect(foldAll(cumulative, [at(0, 1_000_000), at(30, 1_000_004), at(70, 1_000_010)], 3)).toEqual([
      4, 6, -1,
    ]);
  });

  test('go on after a pause of days, a reset and a wrap', () => {
    const first = foldMinute(cumulative, [at(0, 9_990)], MINUTE);
    const later = (value: number, modulus: number | null) =>
      foldMinute(cumulative, [at(86_400, value)], MINUTE + 1_440, first?.head, modulus)?.entry.count;
    expect([later(9_999, null), later(7, null), later(7, 10_000)]).toEqual([9, 7, 17]);
  });

  test('are the sum of what it tells when it counts from message to message', () => {
    expect(foldAll(mapping, [at(0, 2), at(1, 3), at(1, 3), at(61, 4)], 2)).toEqual([5, 4]);
  });

  test('of a minute that is folded again are the same, or more by what came late', () => {
    const before = foldMinute(cumulative, [at(0, 10)], MINUTE)?.head;
    const once = foldMinute(cumulative, [at(60, 12)], MINUTE + 1, before);
    expect(foldMinute(cumulative, [at(60, 12)], MINUTE + 1, once?.head)).toEqual(once);
    const more = foldMinute(cumulative, [at(60, 12), at(90, 15)], MINUTE + 1, once?.head);
    expect([once?.entry.count, more?.entry.count]).toEqual([2, 5]);
  });

  test('that a later minute has told already are not told again by a late message', () => {
    const first = foldMinute(cumulative, [at(0, 10)], MINUTE);
    const third = foldMinute(cumulative, [at(120, 20)], MINUTE + 2, first?.head);
    const late = foldMinute(cumulative, [at(60, 15), at(60, 1, 'r')], MINUTE + 1, third?.head);
    expect(third?.entry.count).toBe(10);
    expect(late).toMatchObject({ entry: { count: 0, runningS: 60 }, head: undefined });
  });

  test('add up to the way of the count, however the messages are spread', () => {
    const steps = fc.array(fc.record({ second: fc.nat(1_800), grown: fc.nat(30) }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, fc.nat(5_000_000_000), (grown, from) => {
        let count = from;
        const seconds = [...new Set(grown.map(({ second }) => second))].sort((a, b) => a - b);
        const samples = seconds.map((second, i) => {
          count += i === 0 ? 0 : (grown[i]?.grown ?? 0);
          return at(second, count);
        });
        const pieces = foldAll(cumulative, samples, 31).filter((minute) => minute >= 0);
        expect(pieces.reduce((sum, minute) => sum + minute, 0)).toBe(count - from);
      }),
    );
  });
});

describe('running time of a mapped device', () => {
  test('lasts from one message to the next, over the minute, and five minutes of silence at most', () => {
    const on = foldMinute(mapping, [at(0, 0, 'r'), at(20, 1, 'r')], MINUTE);
    expect(on?.entry.runningS).toBe(40);
    const heldOn = (minutes: number) =>
      foldMinute(mapping, [at(minutes * 60 + 30, 1)], MINUTE + minutes, on?.head)?.entry.runningS;
    expect([heldOn(1), heldOn(5), heldOn(6)]).toEqual([60, 60, 0]);
  });

  test('is told by a number, a word, a list of words, or by the count that moves', () => {
    const ran = (value: number | string, runningValues: string[] = []) =>
      foldMinute({ ...mapping, runningValues }, [at(0, value, 'r')], MINUTE)?.entry.runningS;
    expect([ran(1), ran(0), ran('on'), ran('False'), ran('')]).toEqual([60, 0, 60, 0, 0]);
    expect([ran('RUN', ['RUN', '3']), ran(3, ['RUN', '3']), ran('STOP', ['RUN'])]).toEqual([60, 60, 0]);
    const counting = { ...mapping, runningKey: null };
    expect(foldMinute(counting, [at(0, 2)], MINUTE)?.entry.runningS).toBe(60);
    expect(foldMinute(counting, [at(0, 0)], MINUTE)?.entry.runningS).toBe(0);
  });
});

const sample = fc.record({
  at: fc.integer({ min: START - 400_000, max: START + 90_000 }),
  name: fc.constantFrom('n', 'r', 'other'),
  value: fc.oneof(fc.nat(50), fc.constantFrom('true', 'false', 'RUN')),
});

test('a minute folds to the same whatever the order of its messages and however often they come', () => {
  const distinct = fc.uniqueArray(sample, { selector: ({ at, name }) => `${at} ${name}`, maxLength: 40 });
  fc.assert(
    fc.property(
      distinct,
      fc.constantFrom(mapping, cumulative),
      fc.infiniteStream(fc.nat(1_000)),
      (samples, of, keys) => {
        const keyed = [...samples, ...samples].map((one) => ({ one, key: keys.next().value as number }));
        const shuffled = keyed.toSorted((a, b) => a.key - b.key).map(({ one }) => one);
        const folded = foldMinute(of, samples, MINUTE);
        expect(foldMinute(of, shuffled, MINUTE)).toEqual(folded);
        if (!folded) return;
        expect(folded.entry.runningS).toBeGreaterThanOrEqual(0);
        expect(folded.entry.runningS).toBeLessThanOrEqual(60);
      },
    ),
  );
});
