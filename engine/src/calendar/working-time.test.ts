import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalize } from '../interval/interval.ts';
import { WorkClock } from '../matching/work-clock.ts';
import { advance, retreat, workingMs } from './working-time.ts';

const windowsOf = fc
  .array(fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 30 })), { minLength: 1, maxLength: 12 })
  .map((spans) => normalize(spans.map(([startMs, length]) => ({ startMs, endMs: startMs + length }))));

test('work that starts somewhere and is advanced takes exactly its working time', () => {
  fc.assert(
    fc.property(windowsOf, fc.nat(250), fc.integer({ min: 1, max: 150 }), (windows, fromMs, workMs) => {
      const endMs = advance(windows, fromMs, workMs);
      if (endMs === undefined) expect(workingMs(windows, fromMs, 1_000)).toBeLessThan(workMs);
      else {
        expect(workingMs(windows, fromMs, endMs)).toBe(workMs);
        expect(workingMs(windows, fromMs, endMs - 1)).toBe(workMs - 1);
      }
    }),
  );
});

test('retreat is the latest start that still makes it', () => {
  fc.assert(
    fc.property(windowsOf, fc.nat(250), fc.integer({ min: 1, max: 150 }), (windows, untilMs, workMs) => {
      const startMs = retreat(windows, untilMs, workMs);
      if (startMs === undefined) expect(workingMs(windows, -1, untilMs)).toBeLessThan(workMs);
      else {
        expect(workingMs(windows, startMs, untilMs)).toBe(workMs);
        expect(workingMs(windows, startMs + 1, untilMs)).toBe(workMs - 1);
      }
    }),
  );
});

test('the work clock of the engine agrees with working time, whatever way it is asked', () => {
  fc.assert(
    fc.property(windowsOf, fc.nat(250), fc.nat(250), (windows, a, b) => {
      const bounds = { startMs: Math.min(a, b), endMs: Math.max(a, b) + 1 };
      const clock = new WorkClock(windows, bounds);
      expect(clock.totalMs).toBe(workingMs(windows, bounds.startMs, bounds.endMs));
      for (let workMs = 0; workMs < clock.totalMs; workMs++) {
        const startMs = clock.startClock(workMs);
        expect(clock.toWork(startMs)).toBe(workMs);
        expect(workingMs(windows, bounds.startMs, startMs)).toBe(workMs);
        expect(workingMs(windows, startMs, startMs + 1)).toBe(1);
        expect(clock.endClock(workMs + 1)).toBe(advance(windows, bounds.startMs, workMs + 1));
      }
    }),
  );
});
