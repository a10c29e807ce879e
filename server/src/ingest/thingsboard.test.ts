import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldMinute, type Sample } from './fold-minute.ts';
import { parseTelemetry } from './thingsboard.ts';

const NOW = Date.UTC(2026, 2, 2, 3, 0);
const parse = (value: unknown) => parseTelemetry(new TextEncoder().encode(JSON.stringify(value)), NOW);

test('every payload form is understood', () => {
  expect(parse({ temp: 21.5, on: true, mode: 'auto', none: null })).toEqual([
    {
      at: NOW,
      numbers: [
        ['temp', 21.5],
        ['on', 1],
      ],
      texts: [['mode', 'auto']],
    },
  ]);
  expect(parse({ ts: NOW - 5, values: { a: 1 } })).toEqual([{ at: NOW - 5, numbers: [['a', 1]], texts: [] }]);
  expect(parse([{ a: 1 }, { ts: NOW, values: { b: { c: 2 } } }])).toEqual([
    { at: NOW, numbers: [['a', 1]], texts: [] },
    { at: NOW, numbers: [], texts: [['b', '{"c":2}']] },
  ]);
  expect(parse({ ts: 7, temp: 1 })).toEqual([
    {
      at: NOW,
      numbers: [
        ['ts', 7],
        ['temp', 1],
      ],
      texts: [],
    },
  ]);
});

test('whatever comes is understood or refused in a word, never thrown at', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => new TextEncoder().encode(text)),
      ),
      (payload) => {
        const result = parseTelemetry(payload, NOW);
        expect(typeof result === 'string' || Array.isArray(result)).toBe(true);
      },
    ),
  );
  expect(parse({ ts: NOW + 3_600_000, values: { a: 1 } })).toBe('too-far-in-future');
  expect(parse({ ts: NOW - 2 * 86_400_000, values: { a: 1 } })).toBe('too-old');
  expect(parse({ ['k'.repeat(65)]: 1 })).toBe('key-too-long');
});

const mapping = {
  id: 'x',
  machineId: 'm',
  form: 'thingsboard' as const,
  countKey: 'n',
  countKind: 'increment' as const,
  runningKey: 'r',
  runningValues: [],
  energyKey: null,
};
const sample = fc.record({
  at: fc.integer({ min: NOW - 400_000, max: NOW + 90_000 }),
  name: fc.constantFrom('n', 'r', 'other'),
  value: fc.oneof(fc.nat(50), fc.constantFrom('true', 'false', 'RUN')),
});

test('a minute folds to the same whatever the order of its messages and however often they come', () => {
  const distinct = fc.uniqueArray(sample, { selector: ({ at, name }) => `${at} ${name}`, maxLength: 40 });
  fc.assert(
    fc.property(distinct, fc.infiniteStream(fc.nat(1_000)), (samples, keys) => {
      const doubled: Sample[] = [...samples, ...samples];
      const order = new Map(doubled.map((_one, index) => [index, keys.next().value as number]));
      const shuffled = doubled
        .map((one, index) => ({ one, index }))
        .sort((a, b) => (order.get(a.index) ?? 0) - (order.get(b.index) ?? 0));
      const folded = foldMinute(mapping, samples, NOW / 60_000);
      expect(
        foldMinute(
          mapping,
          shuffled.map(({ one }) => one),
          NOW / 60_000,
        ),
      ).toEqual(folded);
      if (!folded) return;
      expect(folded.runningS).toBeGreaterThanOrEqual(0);
      expect(folded.runningS).toBeLessThanOrEqual(60);
    }),
  );
});
