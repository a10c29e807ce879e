import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTelemetry } from './thingsboard.ts';

const NOW = Date.UTC(2026, 2, 2, 3, 0);
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const parse = (value: unknown) => parseTelemetry(bytes(value), NOW);
const messagesOf = (value: unknown) => {
  const parsed = parse(value);
  return typeof parsed === 'string' ? parsed : parsed.messages;
};

test('every payload form is understood', () => {
  expect(messagesOf({ temp: 21.5, on: true, mode: 'auto', none: null })).toEqual([
    {
      at: NOW,
      numbers: [
        ['temp', 21.5],
        ['on', 1],
      ],
      texts: [['mode', 'auto']],
    },
  ]);
  expect(messagesOf({ ts: NOW - 5, values: { a: 1 } })).toEqual([
    { at: NOW - 5, numbers: [['a', 1]], texts: [] },
  ]);
  expect(messagesOf([{ a: 1 }, { ts: NOW, values: { b: { c: 2 } } }])).toEqual([
    { at: NOW, numbers: [['a', 1]], texts: [] },
    { at: NOW, numbers: [], texts: [['b', '{"c":2}']] },
  ]);
  expect(messagesOf({ ts: 7, temp: 1 })).toEqual([
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

test('messages without an instant of their own are not taken for one that is repeated', () => {
  let at = NOW;
  const parsed = parseTelemetry(bytes([{ n: 1 }, { n: 1 }, { ts: NOW, values: { n: 1 } }]), NOW, () => ++at);
  expect(parsed).toMatchObject({ messages: [{ at: NOW + 1 }, { at: NOW + 2 }, { at: NOW }] });
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
        expect(typeof result === 'string' || Array.isArray(result.messages)).toBe(true);
      },
    ),
  );
  const wrongTimes = [NOW + 3_600_000, NOW, NOW - 32 * 86_400_000].map((ts) => ({ ts, values: { a: 1 } }));
  expect(parse(wrongTimes)).toMatchObject({
    messages: [{ at: NOW }],
    rejected: ['too-far-in-future', 'too-old'],
  });
  expect(parse({ ['k'.repeat(65)]: 1 })).toBe('key-too-long');
});
