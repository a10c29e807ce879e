import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseGpiomonLine, parsePulseLine } from './edge-line.ts';

const nowMs = Date.parse('2026-03-01T12:00:00Z');
const clock = { nowMs, monotonicMs: 5_000_000 };

test('a line of gpiomon 1.x has its time by the monotonic clock, or the wall clock of older kernels', () => {
  expect(parseGpiomonLine('5 1 4999 250000000', clock)).toEqual({ line: 5, on: true, at: nowMs - 750 });
  expect(parseGpiomonLine('17 0 5000 7', clock)).toEqual({ line: 17, on: false, at: nowMs });
  expect(parseGpiomonLine(`3 1 ${nowMs / 1_000 - 2} 0`, clock)).toEqual({
    line: 3,
    on: true,
    at: nowMs - 2_000,
  });
});

test('a line of gpiomon 2.x says rising and falling', () => {
  expect(parseGpiomonLine('5 rising 4999.250000000', clock)).toEqual({ line: 5, on: true, at: nowMs - 750 });
  expect(parseGpiomonLine('5 falling 4999.250000000\r', clock)).toEqual({
    line: 5,
    on: false,
    at: nowMs - 750,
  });
});

test('a time that can be neither is when it was received', () => {
  expect(parseGpiomonLine('5 1 99 0', { nowMs, monotonicMs: 900_000_000 })?.at).toBe(nowMs);
});

test('a line of a stand-in may tell its time', () => {
  expect(parsePulseLine('5 1', nowMs)).toEqual({ line: 5, on: true, at: nowMs });
  expect(parsePulseLine(' 12\t0  1700000000000.25', nowMs)).toEqual({
    line: 12,
    on: false,
    at: 1_700_000_000_000,
  });
});

test('anything else is no edge', () => {
  for (const text of ['', '5', '5 2', '5 1 x', 'x 1', '-5 1', '5 1 1 1 1', '99999 1', '5 rising']) {
    expect(parsePulseLine(text, nowMs)).toBeUndefined();
    expect(parseGpiomonLine(text, clock)).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const edge of [parsePulseLine(text, nowMs), parseGpiomonLine(text, clock)]) {
        if (edge !== undefined)
          expect(Number.isSafeInteger(edge.line) && Number.isFinite(edge.at)).toBe(true);
      }
    }),
  );
  fc.assert(
    fc.property(fc.nat(9_999), fc.boolean(), fc.nat(), (line, on, at) => {
      expect(parsePulseLine(`${line} ${Number(on)} ${at}`, nowMs)).toEqual({ line, on, at });
    }),
  );
});
