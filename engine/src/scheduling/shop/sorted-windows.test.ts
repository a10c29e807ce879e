import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clip, intersect, normalize, subtract } from '../../interval/interval.ts';
import { common, fromNow, without } from './sorted-windows.ts';

const windowsOf = fc
  .array(fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 30 })), { maxLength: 12 })
  .map((spans) => normalize(spans.map(([startMs, length]) => ({ startMs, endMs: startMs + length }))));

test('one pass over sorted windows gives what the general operations give', () => {
  fc.assert(
    fc.property(windowsOf, windowsOf, fc.nat(230), (a, b, nowMs) => {
      expect(common(a, b)).toEqual(intersect(a, b));
      expect(without(a, b)).toEqual(subtract(a, b));
      const later = clip(a, { startMs: nowMs, endMs: 1_000 });
      const moved = later.map((span) => ({ startMs: span.startMs - nowMs, endMs: span.endMs - nowMs }));
      expect(fromNow(a, nowMs)).toEqual(moved);
    }),
  );
});
