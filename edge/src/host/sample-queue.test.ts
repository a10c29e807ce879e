import { TAG_QUALITIES } from '@millrace/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../driver/index.ts';
import { createSampleQueue } from './sample-queue.ts';
import { samplesOf } from './samples-of.ts';

const NOW = Date.UTC(2026, 10, 22);
const TAGS = [
  { address: 'pulse', every: true },
  { address: 'amps', every: false },
  { address: 'volts', every: false },
];
const good = (tag: number, value: number): Sample => ({ tag, value, quality: 'good', at: NOW });

describe('samples that wait', () => {
  it('all come, in order, while the agent keeps up', () => {
    const queue = createSampleQueue(TAGS, () => NOW);
    const sent = Array.from({ length: 15_000 }, (_, i) => good(i % 3, i));
    queue.add(sent);
    const got = Array.from({ length: 8 }, () => samplesOf(queue.take(2_000))).flat();
    expect(got).toEqual(sent);
    expect(queue.size).toBe(0);
  });

  it('are thinned to the newest of each tag when it does not, but no pulse is left out', () => {
    const queue = createSampleQueue(TAGS, () => NOW);
    const sent = Array.from({ length: 60_000 }, (_, i) => good(i % 3, i));
    queue.add(sent);
    expect(queue.size).toBeLessThan(45_000);
    const got = samplesOf(queue.take(100_000));
    expect(got.filter(({ tag }) => tag === 0)).toEqual(sent.filter(({ tag }) => tag === 0));
    expect(got.findLast(({ tag }) => tag === 2)?.value).toBe(59_999);
  });

  it('are counted by tag where even pulses are too many', () => {
    const queue = createSampleQueue(TAGS, () => NOW);
    for (let i = 0; i < 200_000; i++) queue.add([good(0, i)]);
    const batch = queue.take(1_000_000);
    const kept = samplesOf(batch);
    expect(kept.length).toBeLessThanOrEqual(90_000);
    expect(kept.length + (batch.lost.get(0) ?? 0)).toBe(200_000);
    expect(kept.at(-1)?.value).toBe(199_999);
    expect(queue.take(10).lost.size).toBe(0);
  });

  it('that the source kept say when they happened', () => {
    const queue = createSampleQueue(TAGS, () => NOW);
    const kept = { ...good(1, 5), historyAt: NOW - 60_000 };
    queue.add([kept, good(1, 6)]);
    expect(samplesOf(queue.take(10))).toEqual([kept, good(1, 6)]);
  });

  it('say that every tag is bad', () => {
    const queue = createSampleQueue(TAGS, () => NOW);
    queue.addBad('gone');
    expect(samplesOf(queue.take(10))).toEqual(
      [0, 1, 2].map((tag) => ({ tag, value: null, quality: 'bad', at: NOW, error: 'gone' })),
    );
  });

  it('are clean, whatever a driver of a package says', () => {
    const rubbish = fc.record({
      tag: fc.oneof(fc.integer({ min: -2, max: 4 }), fc.double(), fc.string()),
      value: fc.anything({ withBigInt: true }),
      quality: fc.oneof(fc.constantFrom('good', 'bad', 'uncertain'), fc.string()),
      at: fc.oneof(fc.double(), fc.integer(), fc.constant(undefined)),
      historyAt: fc.oneof(fc.double(), fc.integer(), fc.string(), fc.constant(undefined)),
      error: fc.option(fc.string({ maxLength: 1_000 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(rubbish, { maxLength: 30 }), (samples) => {
        const queue = createSampleQueue(TAGS, () => NOW);
        // A package's driver is not held to the types.
        queue.add(samples as unknown as Sample[]);
        for (const { tag, value, quality, at, historyAt = 0, error } of samplesOf(
          structuredClone(queue.take(1_000)),
        )) {
          expect([0, 1, 2]).toContain(tag);
          expect(TAG_QUALITIES).toContain(quality);
          expect(Number.isInteger(at)).toBe(true);
          expect(historyAt).toBeGreaterThanOrEqual(0);
          expect(
            value === null || ['boolean', 'string'].includes(typeof value) || Number.isFinite(value),
          ).toBe(true);
          if (quality !== 'good') expect(error?.length).toBeLessThanOrEqual(300);
        }
      }),
    );
  });
});
