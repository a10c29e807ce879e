import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Block, ReadPlan, type Span } from './read-plan.ts';

const LIMIT = 125;
const spans = fc.array(
  fc.record({
    group: fc.constantFrom('1/holding', '2/holding'),
    start: fc.nat(600),
    length: fc.integer({ min: 1, max: 20 }),
  }),
  { maxLength: 60 },
);

test('every span is in exactly one block, whole, and no block is beyond the limit', () => {
  fc.assert(
    fc.property(spans, fc.nat(124), (wanted, gap) => {
      const blocks = new ReadPlan(wanted, gap, () => LIMIT, 0).due(0);
      expect(blocks.flatMap((block) => block.spans).sort(ascending)).toEqual([...wanted.keys()]);
      for (const block of blocks) {
        expect(block.length).toBeLessThanOrEqual(LIMIT);
        for (const index of block.spans) expect(isInside(wanted[index], block)).toBe(true);
      }
    }),
  );
});

test('unused units read along never exceed the gap in one stretch', () => {
  fc.assert(
    fc.property(spans, fc.nat(20), (wanted, gap) => {
      for (const block of new ReadPlan(wanted, gap, () => LIMIT, 0).due(0)) {
        let end = block.start;
        for (const index of block.spans) {
          const span = wanted[index];
          if (!span) continue;
          expect(span.start - end).toBeLessThanOrEqual(gap);
          end = Math.max(end, span.start + span.length);
        }
      }
    }),
  );
});

test('whatever addresses a device lacks, only the spans that touch them are refused, and all others are read', () => {
  fc.assert(
    fc.property(spans, fc.array(fc.nat(600), { maxLength: 12 }), fc.nat(124), (wanted, lacking, gap) => {
      const plan = new ReadPlan(wanted, gap, () => LIMIT, 0);
      const bad = new Set([...wanted.keys()].filter((index) => touches(wanted[index], lacking)));
      expect(readAll(plan, lacking, 0)).toEqual(bad);
      // From now on none of them is asked for, and nobody is refused.
      expect(plan.due(1).some((block) => touches(block, lacking))).toBe(false);
      // After a while they are tried again, alone.
      expect(readAll(plan, lacking, 120_000)).toEqual(bad);
    }),
  );
});

const THOUSAND = Array.from({ length: 1_000 }, (_, at) => ({ group: '1/holding', start: at * 2, length: 2 }));
const ALL = Array.from({ length: 2_000 }, (_, at) => at);

test('a device that refuses everything for two rounds, as while it starts, is asked as before afterwards', () => {
  const plan = new ReadPlan(THOUSAND, 0, () => LIMIT, 0);
  readAll(plan, [], 0);
  const before = plan.due(1);
  for (const nowMs of [1, 2]) {
    expect(rounds(plan, ALL, nowMs)).toBe(before.length);
    expect(plan.due(nowMs)).toEqual(before);
  }
  expect(readAll(plan, [], 3).size).toBe(0);
  expect(rounds(plan, ALL, 4)).toBe(before.length);
});

test('a device that refuses everything for long is asked a bounded number of times, and put together again when it recovers', () => {
  const plan = new ReadPlan(THOUSAND, 0, () => LIMIT, 0);
  const blocks = plan.due(0).length;
  let asked = 0;
  for (let nowMs = 0; nowMs < 40_000; nowMs += 1_000) {
    const round = rounds(plan, ALL, nowMs);
    expect(round).toBeLessThanOrEqual(1_000);
    asked += round;
  }
  expect(plan.due(40_000)).toEqual([]);
  expect(asked).toBeLessThan(10_000);
  expect(readAll(plan, [], 200_000).size).toBe(0);
  expect(plan.due(201_000).length).toBe(blocks);
});

/** Blocks asked for in one round. */
function rounds(plan: ReadPlan, lacking: readonly number[], nowMs: number): number {
  let asked = 0;
  const queue = plan.due(nowMs);
  for (let block = queue.shift(); block; block = queue.shift()) {
    asked += 1;
    if (touches(block, lacking)) queue.unshift(...plan.refused(block, nowMs));
    else plan.accepted(block);
  }
  return asked;
}

/** One poll against a device that lacks some addresses; gives the spans refused. */
function readAll(plan: ReadPlan, lacking: readonly number[], nowMs: number): Set<number> {
  const refused = new Set<number>();
  const queue = plan.due(nowMs);
  for (let block = queue.shift(); block; block = queue.shift()) {
    if (!touches(block, lacking)) {
      plan.accepted(block);
      continue;
    }
    const halves = plan.refused(block, nowMs);
    if (halves.length === 0) for (const index of block.spans) refused.add(index);
    queue.unshift(...halves);
  }
  return new Set([...refused].sort(ascending));
}

function touches(span: Span | undefined, addresses: readonly number[]): boolean {
  return addresses.some((at) => span && at >= span.start && at < span.start + span.length);
}

function isInside(span: Span | undefined, block: Block): boolean {
  if (span?.group !== block.group) return false;
  return span.start >= block.start && span.start + span.length <= block.start + block.length;
}

function ascending(a: number, b: number): number {
  return a - b;
}
