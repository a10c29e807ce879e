import type { EdgeAlarm, EdgeMachine, EdgeRule } from '@millrace/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRules } from './index.ts';
import { BUCKETS, WeightedWindow } from './weighted-window.ts';

const START = Date.UTC(2026, 10, 22);
const base = { code: 'hot', tag: 'temp', severity: 'warning' } as const;
const machine = (...rules: EdgeRule[]): EdgeMachine => ({
  machine: 'M1',
  timeZone: 'UTC',
  tags: [{ name: 'temp', connection: 'c1', address: '1' }],
  rules,
});

/** A value each second, null = bad quality, undefined = nothing told; gives `second: phase` of the alarms. */
function run(rule: EdgeRule, values: readonly (number | null | undefined)[]): string[] {
  const rules = createRules({});
  rules.configure([machine(rule)], START);
  return values.flatMap((value, second) => {
    const now = START + second * 1_000;
    if (value !== undefined)
      rules.take('M1', 'temp', { value, quality: value === null ? 'bad' : 'good' }, now);
    return rules.advance(now).map(({ phase }) => `${second}: ${phase}`);
  });
}

const times = <T>(count: number, value: T): T[] => new Array<T>(count).fill(value);

describe('an edge rule', () => {
  it('says with each alarm what it looks at, in the unit that the tag has by now', () => {
    const rules = createRules({});
    const hot: EdgeRule = { ...base, kind: 'threshold', above: 80 };
    const inUnit = (unit: string): EdgeMachine => ({
      ...machine(hot),
      tags: [{ name: 'temp', connection: 'c1', address: '1', unit }],
    });
    rules.configure([machine(hot)], START);
    rules.take('M1', 'temp', { value: 81, quality: 'good' }, START);
    rules.configure([inUnit('°C')], START + 1_000);
    rules.take('M1', 'temp', { value: 82, quality: 'good' }, START + 1_000);
    const told = rules.advance(START + 2_000).map(({ phase, basis }) => [phase, basis]);
    expect(told).toEqual([
      ['raised', { kind: 'threshold', tag: 'temp', unit: null }],
      ['cleared', { kind: 'threshold', tag: 'temp', unit: null }],
      ['raised', { kind: 'threshold', tag: 'temp', unit: '°C' }],
    ]);
  });

  it('raises at a threshold and clears with hysteresis', () => {
    const rule: EdgeRule = { ...base, kind: 'threshold', above: 80, below: 10, hysteresis: 5 };
    expect(run(rule, [20, 81, 79, 76, 75, 90, 60, 9, 14, 15])).toEqual([
      '1: raised',
      '4: cleared',
      '5: raised',
      '6: cleared',
      '7: raised',
      '9: cleared',
    ]);
  });

  it('holds before it raises, also when the value is not told again', () => {
    const rule: EdgeRule = { ...base, kind: 'threshold', above: 80, holdS: 3 };
    expect(run(rule, [90, 70, 90, ...times(6, undefined), 70])).toEqual(['5: raised', '9: cleared']);
  });

  it('neither raises nor clears by bad values', () => {
    const rule: EdgeRule = { ...base, kind: 'threshold', above: 80, holdS: 2 };
    expect(run(rule, [90, null, undefined, undefined, 90, 90, 90, null, undefined, 90, null])).toEqual([
      '6: raised',
    ]);
  });

  it('raises when a value leaves its band, and clears when it is back or has settled elsewhere', () => {
    const rule: EdgeRule = { ...base, kind: 'dead-band', band: 2 };
    expect(run(rule, [50, 51, 53, 50, 60, ...times(59, undefined), 61, 61, 57])).toEqual([
      '2: raised',
      '3: cleared',
      '4: raised',
      '64: cleared',
      '66: raised',
    ]);
  });

  it('raises when a value changes more than so much in a minute', () => {
    const rule: EdgeRule = { ...base, kind: 'rate-of-change', perMinute: 10 };
    const slow = Array.from({ length: 200 }, (_, second) => second / 6.5);
    expect(run(rule, slow)).toEqual([]);
    const steep = Array.from({ length: 200 }, (_, second) => (second < 100 ? 0 : Math.min(20, second - 100)));
    expect(run(rule, steep)).toEqual(['111: raised', '170: cleared']);
  });

  it('raises when the mean of a window leaves its limits, not at a spike', () => {
    const rule: EdgeRule = { ...base, kind: 'moving-average', windowS: 60, above: 50 };
    const values = [...times(100, 40), 400, ...times(100, 40), ...times(100, 70), ...times(60, 20)];
    expect(run(rule, values)).toEqual(['221: raised', '325: cleared']);
  });

  it('raises at a value far from the mean of its window', () => {
    const rule: EdgeRule = { ...base, kind: 'z-score', windowS: 60, sigmas: 6 };
    const noise = Array.from({ length: 120 }, (_, second) => 50 + Math.sin(second));
    expect(run(rule, [...noise, 60, 50, ...noise])).toEqual(['120: raised', '121: cleared']);
  });

  it('tells a flapping value only so often, and at last how it is', () => {
    const rule: EdgeRule = { ...base, kind: 'threshold', above: 80 };
    const told = run(rule, [
      ...Array.from({ length: 601 }, (_, second) => (second % 2 ? 90 : 70)),
      ...times(30, 70),
    ]);
    expect(told.length).toBeGreaterThan(20);
    expect(told.length).toBeLessThanOrEqual(10 + 11 * 10);
    expect(told.at(-1)).toContain('cleared');
  });

  it('does not tell again after a restart what stands, and ends what is configured no more', () => {
    const rule: EdgeRule = { ...base, kind: 'threshold', above: 80 };
    const told: EdgeAlarm[] = [];
    const checkpoint: Record<string, unknown> = {};
    const start = (rules: EdgeRule[], now: number) => {
      const fresh = createRules(JSON.parse(JSON.stringify(checkpoint)));
      fresh.configure([machine(...rules)], now);
      return (value: number, at: number) => {
        fresh.take('M1', 'temp', { value, quality: 'good' }, at);
        told.push(...fresh.advance(at));
        Object.assign(checkpoint, fresh.changes());
      };
    };
    start([rule], START)(90, START);
    start([rule], START + 9_000)(91, START + 9_000);
    expect(told.map(({ phase, value, limit }) => [phase, value, limit])).toEqual([['raised', 90, 80]]);
    start([], START + 20_000)(91, START + 20_000);
    expect(told.map(({ phase }) => phase)).toEqual(['raised', 'cleared']);
    start([rule], START + 30_000)(95, START + 30_000);
    expect(told.map(({ phase }) => phase)).toEqual(['raised', 'cleared', 'raised']);
    expect(new Set(told.map(({ id }) => id)).size).toBe(3);
  });

  it('gives the same ids for the same values', () => {
    const rule: EdgeRule = { ...base, kind: 'threshold', above: 0 };
    const ids = () => {
      const rules = createRules({});
      rules.configure([machine(rule)], START);
      for (const value of [1, -1, 1]) rules.take('M1', 'temp', { value, quality: 'good' }, START);
      return rules.advance(START).map(({ id }) => id);
    };
    expect(new Set(ids()).size).toBe(3);
    expect(ids()).toEqual(ids());
  });

  it('raises and clears in turn, whatever comes', () => {
    const number = fc.double({ noNaN: true, min: -1e9, max: 1e9 });
    const rule = fc.oneof(
      fc
        .record({ above: number, below: number, hysteresis: fc.double({ min: 0, max: 10, noNaN: true }) })
        .map((limits): EdgeRule => ({ ...base, kind: 'threshold', ...limits })),
      fc.constant<EdgeRule>({ ...base, kind: 'dead-band', band: 1, holdS: 2 }),
      fc.constant<EdgeRule>({ ...base, kind: 'rate-of-change', perMinute: 5 }),
      fc.constant<EdgeRule>({ ...base, kind: 'moving-average', windowS: 10, above: 1, below: -1 }),
      fc.constant<EdgeRule>({ ...base, kind: 'z-score', windowS: 10, sigmas: 3 }),
    );
    const step = fc.record({
      ms: fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: -1e8, max: 1e8 })),
      value: fc.oneof(number, fc.constant(null)),
    });
    fc.assert(
      fc.property(rule, fc.array(step, { maxLength: 60 }), (one, steps) => {
        const rules = createRules({});
        rules.configure([machine(one)], START);
        let now = START;
        const phases: string[] = [];
        for (const { ms, value } of steps) {
          now = Math.max(0, now + ms);
          rules.take('M1', 'temp', { value, quality: value === null ? 'bad' : 'good' }, now);
          const before = phases.length;
          phases.push(...rules.advance(now).map(({ phase }) => phase));
          if (value === null) expect(phases.length - before).toBeLessThanOrEqual(1);
        }
        expect(phases.every((phase, i) => phase === (i % 2 === 0 ? 'raised' : 'cleared'))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('against a plain reckoning', () => {
  /** Ten seconds apart, so that the bound on changes a minute is never met. */
  const STEP_S = 10;
  const series = fc.array(
    fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 0, max: 30 }) },
      { weight: 1, arbitrary: fc.constant(null) },
    ),
    { maxLength: 60 },
  );
  const told = (rule: EdgeRule, values: readonly (number | null)[]): string[] => {
    const spread = values.flatMap((value) => [value, ...times<undefined>(STEP_S - 1, undefined)]);
    return run(rule, spread);
  };
  /** Raised and cleared at the steps that `beyond` says; undefined = as before. */
  const expected = (
    count: number,
    beyond: (step: number, raised: boolean) => boolean | undefined,
  ): string[] => {
    let raised = false;
    const phases: string[] = [];
    for (let step = 0; step < count; step++) {
      const now = beyond(step, raised);
      if (now === undefined || now === raised) continue;
      raised = now;
      phases.push(`${step * STEP_S}: ${raised ? 'raised' : 'cleared'}`);
    }
    return phases;
  };

  it('a threshold with hysteresis and hold is raised and cleared where it should be', () => {
    fc.assert(
      fc.property(series, fc.constantFrom(0, 10, 30), (values, holdS) => {
        const rule: EdgeRule = { ...base, kind: 'threshold', above: 20, hysteresis: 4, holdS };
        const steps = holdS / STEP_S;
        const over = (value: number | null | undefined): boolean => typeof value === 'number' && value > 20;
        const reckoned = expected(values.length, (step, raised) => {
          const value = values[step];
          if (value === null || value === undefined) return undefined;
          if (raised) return value > 16;
          // Over at this step and at each of the hold before it.
          return step >= steps && values.slice(step - steps, step + 1).every(over) ? true : undefined;
        });
        expect(told(rule, values)).toEqual(reckoned);
      }),
    );
  });

  it('a rate of change is that against a minute ago', () => {
    fc.assert(
      fc.property(series, (values) => {
        const rule: EdgeRule = { ...base, kind: 'rate-of-change', perMinute: 12 };
        const reckoned = expected(values.length, (step) => {
          const value = values[step];
          if (value === null || value === undefined) return undefined;
          const begin = values.slice(0, step).lastIndexOf(null) + 1;
          const before = values[Math.max(begin, step - 60 / STEP_S)] ?? value;
          return Math.abs(value - before) > 12;
        });
        // Between the steps a change may fall out of the minute: only what stands at the steps is compared.
        expect(phasesAtSteps(told(rule, values))).toEqual(reckoned);
      }),
    );
    function phasesAtSteps(all: readonly string[]): string[] {
      return all.filter((line) => Number.parseInt(line, 10) % STEP_S === 0);
    }
  });
});

describe('a window', () => {
  it('has the mean and variance of the values by the time they stood', () => {
    const step = fc.record({
      ms: fc.integer({ min: 1, max: 3_000 }),
      value: fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.array(step, { minLength: 1, maxLength: 80 }),
        (windowS, steps) => {
          const windowMs = windowS * 1_000;
          const window = new WeightedWindow(windowMs);
          let now = START;
          const spans: { from: number; to: number; value: number }[] = [];
          for (const { ms, value } of steps) {
            window.add(value, now, now + ms);
            spans.push({ from: now, to: now + ms, value });
            now += ms;
          }
          // The window begins where the oldest bucket does that is not wholly outside.
          const bucketMs = windowMs / BUCKETS;
          const begin = (Math.floor(now / bucketMs) - BUCKETS + 1) * bucketMs;
          const inside = spans.map(({ from, to, value }) => ({
            ms: Math.max(0, to - Math.max(from, begin)),
            value,
          }));
          const ms = inside.reduce((sum, one) => sum + one.ms, 0);
          const total = window.total();
          expect(Math.abs(total.ms - ms)).toBeLessThan(1);
          if (ms < 1) return;
          const mean = inside.reduce((sum, one) => sum + one.value * one.ms, 0) / ms;
          const variance = inside.reduce((sum, one) => sum + (one.value - mean) ** 2 * one.ms, 0) / ms;
          const size = Math.max(1, ...inside.map(({ value }) => Math.abs(value)));
          expect(Math.abs(total.mean - mean) / size).toBeLessThan(1e-3);
          expect(Math.abs(total.m2 / total.ms - variance) / size ** 2).toBeLessThan(1e-3);
        },
      ),
      { numRuns: 300 },
    );
  });
});
