import { type EdgeMachine, MachineRecord, type TagValue } from '@millrace/contract';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { createPipeline } from './index.ts';

const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 10, 22, 4, 0);
const record = Compile(MachineRecord);
const NAMES = ['count', 'run', 'amps', 'meter'] as const;

const parts = fc.record(
  {
    machine: fc.constant('M1'),
    timeZone: fc.constantFrom('UTC', 'Asia/Kathmandu'),
    tags: fc.constant(NAMES.map((name) => ({ name, connection: 'c1', address: name }))),
    count: fc.oneof(
      fc.record({
        from: fc.constant('counter' as const),
        tag: fc.constant('count'),
        modulus: fc.constantFrom(2, 65_536, 4_294_967_296),
        pieces: fc.constantFrom(0.001, 1, 1_000_000),
      }),
      fc.record({
        from: fc.constant('pulse' as const),
        tag: fc.constant('count'),
        debounceMs: fc.constantFrom(0, 20, 60_000),
        maxPerS: fc.constantFrom(0.001, 5),
      }),
    ),
    state: fc.oneof(
      fc.constant({ from: 'signal' as const, tag: 'run' }),
      fc.constant({ from: 'motion' as const, idleAfterS: 1 }),
      fc.constant({ from: 'current' as const, tag: 'amps', runningAbove: 5, idleBelow: 2, holdS: 600 }),
      fc.constant({
        from: 'rules' as const,
        rules: [{ when: 'amps > 3 && run', state: 'running' as const }],
        otherwise: 'idle' as const,
      }),
    ),
    energy: fc.record({
      tag: fc.constant('meter'),
      kind: fc.constantFrom('meter' as const, 'power' as const),
      modulus: fc.constantFrom(2, 1_000_000),
    }),
    signals: fc.constant(['amps', 'run', 'meter']),
  },
  { requiredKeys: ['machine', 'timeZone', 'tags'] },
);
// As it comes from a file: what is not there is not undefined.
const config = parts.map((one): EdgeMachine => JSON.parse(JSON.stringify(one)));

const value: fc.Arbitrary<TagValue> = fc.oneof(
  fc.boolean(),
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, -1, 0, 65_535),
  fc.string(),
  fc.constant(null),
);
const told = fc.record({
  name: fc.constantFrom(...NAMES),
  value,
  quality: fc.constantFrom('good' as const, 'good' as const, 'uncertain' as const, 'bad' as const),
  /** Of the source's clock against the agent's, ms. */
  skew: fc.oneof(fc.integer({ min: -15_000, max: 15_000 }), fc.integer({ min: -1e12, max: 1e12 })),
  /** When it happened, against the agent's clock, ms: of values that the source says it kept. */
  kept: fc.option(fc.oneof(fc.integer({ min: -7_200_000, max: 0 }), fc.integer({ min: -1e12, max: 1e12 }))),
  passed: fc.oneof(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: -1e9, max: 1e9 })),
});

describe('a machine', () => {
  it('gives only valid records, whatever its tags say and its clocks do', () => {
    fc.assert(
      fc.property(config, fc.array(told, { maxLength: 60 }), (machine, samples) => {
        let now = START;
        let pipeline = createPipeline({ checkpoint: {} });
        pipeline.configure([machine], now);
        const checkpoint: Record<string, unknown> = {};
        for (const [index, { name, passed, skew, kept, ...sample }] of samples.entries()) {
          now = Math.max(0, now + passed);
          const tags = [{ machine: 'M1', tag: name, address: name, every: false }];
          const at = Math.max(0, now + skew);
          const past = kept === null ? {} : { historyAt: Math.max(0, now + kept) };
          pipeline.take(
            { connection: 'c1', tags, samples: [{ tag: 0, at, ...past, ...sample }], lost: new Map() },
            now,
          );
          for (const one of pipeline.advance(now)) expect([...record.Errors(one)]).toEqual([]);
          Object.assign(checkpoint, JSON.parse(JSON.stringify(pipeline.changes(now) ?? {})));
          if (index % 10 === 9) {
            pipeline = createPipeline({ checkpoint });
            pipeline.configure([machine], now);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('starts anew where its checkpoint is rubbish', () => {
    const rubbish = fc.dictionary(fc.constantFrom('machine M1', 'alive', 'rules M1', 'x'), fc.jsonValue());
    fc.assert(
      fc.property(rubbish, (checkpoint) => {
        const pipeline = createPipeline({ checkpoint });
        const tags = [{ name: 'count', connection: 'c1', address: '1' }];
        const count = { from: 'counter', tag: 'count' } as const;
        pipeline.configure([{ machine: 'M1', timeZone: 'UTC', tags, count }], START);
        const told = [{ machine: 'M1', tag: 'count', address: '1', every: false }];
        for (let second = 0; second <= 65; second++) {
          const now = START + second * 1_000;
          const sample = { tag: 0, value: second, quality: 'good', at: now } as const;
          pipeline.take({ connection: 'c1', tags: told, samples: [sample], lost: new Map() }, now);
          if (second < 62) expect(pipeline.advance(now)).toEqual([]);
        }
        expect(pipeline.advance(START + 65_000)).toMatchObject([{ minute: START, count: 59 }]);
      }),
      { numRuns: 100 },
    );
  });

  it('ran exactly as long as its signal said, minute by minute', () => {
    const toggles = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(toggles, fc.integer({ min: 0, max: MINUTE_MS - 1 }), (gaps, offset) => {
        const tags = ['count', 'run'].map((name) => ({ name, connection: 'c1', address: name }));
        const sources = {
          count: { from: 'counter', tag: 'count' },
          state: { from: 'signal', tag: 'run' },
        } as const;
        const start = START + offset;
        const pipeline = createPipeline({ checkpoint: {} });
        pipeline.configure([{ machine: 'M1', timeZone: 'UTC', tags, ...sources }], start);
        const watched = tags.map(({ name }) => ({ machine: 'M1', tag: name, address: name, every: false }));
        const tell = (tag: number, said: TagValue, at: number, now: number): void =>
          pipeline.take(
            {
              connection: 'c1',
              tags: watched,
              samples: [{ tag, value: said, quality: 'good', at }],
              lost: new Map(),
            },
            now,
          );
        const spans: { readonly from: number; readonly to: number }[] = [];
        const records: MachineRecord[] = [];
        let now = start;
        tell(0, 0, start, start);
        for (const [index, gap] of gaps.entries()) {
          const running = index % 2 === 0;
          // Told up to a second late, in order, with the source's own time.
          tell(1, running, now, now + (gap > 1_000 ? 900 : 0));
          if (running) spans.push({ from: now, to: now + gap });
          for (const end = now + gap; now < end; ) {
            now = Math.min(end, now + 1_000);
            records.push(...pipeline.advance(now));
          }
        }
        tell(1, false, now, now);
        for (let second = 1; second <= 125; second++) records.push(...pipeline.advance(now + second * 1_000));
        let carried = 0;
        for (const { minute, runningS } of records) {
          const inside = spans.map(({ from, to }) =>
            Math.max(0, Math.min(to, minute + MINUTE_MS) - Math.max(from, minute)),
          );
          const ms = inside.reduce((sum, one) => sum + one, 0);
          carried += ms - runningS * 1_000;
          expect(Math.abs(carried)).toBeLessThanOrEqual(500);
        }
        expect(records.length).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });
});
