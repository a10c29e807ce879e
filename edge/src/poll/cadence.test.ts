import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Cadence } from './cadence.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function record(periodMs: number, lastsMs: readonly number[]) {
  const beats: number[] = [];
  let skipped = 0;
  const start = performance.now();
  const cadence = new Cadence(
    periodMs,
    async () => {
      beats.push(performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, lastsMs[beats.length - 1] ?? 0));
    },
    (missed) => (skipped += missed),
  );
  cadence.start();
  return { cadence, beats, skipped: () => skipped };
}

test('beats that take unequally long stay on their schedule', async () => {
  const { cadence, beats, skipped } = record(1_000, [300, 900, 10, 0]);
  await vi.advanceTimersByTimeAsync(4_500);
  cadence.stop();
  expect(beats).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
  expect(skipped()).toBe(0);
});

test('a beat longer than the period skips those it has missed, and they are counted', async () => {
  const { cadence, beats, skipped } = record(1_000, [0, 2_500, 0]);
  await vi.advanceTimersByTimeAsync(5_500);
  cadence.stop();
  expect(beats).toEqual([0, 1_000, 4_000, 5_000]);
  expect(skipped()).toBe(2);
});

test('after it is stopped, also in the middle of a beat, none begins', async () => {
  const { cadence, beats } = record(1_000, [0, 500]);
  await vi.advanceTimersByTimeAsync(1_200);
  cadence.stop();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(beats).toEqual([0, 1_000]);
  expect(vi.getTimerCount()).toBe(0);
});
