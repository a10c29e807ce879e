import { describe, expect, it } from 'vitest';
import { bench, MINUTE, machine, NOON, tag } from './fixtures/bench.ts';
import { createPipeline } from './index.ts';

describe('minute records of a machine', () => {
  it('have the count since midnight, the seconds it ran, and the state that stood longest', () => {
    const b = bench(machine());
    b.tell('count', 100);
    b.tell('run', true);
    b.pass(30, () => b.tell('count', 100 + (b.now - NOON) / 1_000));
    b.tell('run', false);
    b.pass(95, () => b.tell('count', 130));
    expect(b.records()).toEqual([
      { machine: 'M1', minute: NOON, runningS: 30, count: 30, day: '2026-11-22', state: 'running' },
      { machine: 'M1', minute: NOON + MINUTE, runningS: 0, count: 30, day: '2026-11-22', state: 'idle' },
    ]);
  });

  it('are left out while nothing good is known of the count, and their pieces come with the next', () => {
    const b = bench(machine());
    b.tell('count', 5);
    b.pass(60);
    b.tell('count', null);
    b.pass(180);
    b.tell('count', 9);
    b.pass(62);
    expect(b.records().map(({ minute, count }) => [(minute - NOON) / MINUTE, count])).toEqual([
      [0, 0],
      [4, 4],
    ]);
  });

  it('say unknown, never idle, when the signal is not there', () => {
    const b = bench(machine());
    b.tell('count', 5);
    b.pass(65);
    b.tell('run', 'WARM_UP');
    b.pass(60);
    expect(b.records().map(({ state, runningS }) => [state, runningS])).toEqual([
      ['unknown', 0],
      ['unknown', 0],
    ]);
  });

  it('take the state that a driver knows from a companion model', () => {
    const b = bench(machine());
    b.tell('count', 5);
    b.tell('run', 'setup');
    b.pass(65);
    expect(b.records()).toMatchObject([{ state: 'setup', runningS: 0 }]);
  });

  it('begin at nought at the midnight of the site', () => {
    const midnight = Date.UTC(2026, 10, 22, 16, 0);
    const b = bench(machine(), midnight - 2 * MINUTE);
    let raw = 1_000;
    b.tell('count', raw);
    b.pass(245, () => b.tell('count', ++raw));
    expect(b.records().map(({ count, day }) => [count, day])).toEqual([
      [59, '2026-11-22'],
      [119, '2026-11-22'],
      [60, '2026-11-23'],
      [120, '2026-11-23'],
    ]);
  });

  it('name no day while they go on counting that of the zone in which the machine was before', () => {
    const midnight = Date.UTC(2026, 10, 22, 16, 0);
    const b = bench(machine(), midnight - 2 * MINUTE);
    let raw = 1_000;
    const make = (): void => b.tell('count', ++raw);
    b.tell('count', raw);
    b.pass(62, make);
    b.configure(machine({ timeZone: 'Europe/Berlin' }));
    make();
    b.pass(123, make);
    expect(b.records().map(({ count, day }) => [count, day])).toEqual([
      [59, '2026-11-22'],
      [120, undefined],
      // Berlin's day of the 22nd began seven hours before; its count begins here.
      [60, '2026-11-22'],
    ]);
  });

  it('run by motion: until so long after the last piece, and unknown before anything was seen', () => {
    const b = bench(machine({ state: { from: 'motion', idleAfterS: 20 } }));
    b.pass(10);
    b.tell('count', 7);
    b.pass(15);
    b.tell('count', 8);
    b.pass(100);
    // Unknown for 25 s, running for 20 s, idle for 15 s.
    expect(b.records()[0]).toMatchObject({ runningS: 20, state: 'unknown' });
    expect(b.records()[1]).toMatchObject({ runningS: 0, state: 'idle' });
  });

  it('run by current, with hysteresis and hold', () => {
    const state = {
      from: 'current',
      tag: 'amps',
      runningAbove: 5,
      idleBelow: 2,
      holdS: 3,
      offBelow: 0.1,
    } as const;
    const b = bench(machine({ state }));
    b.tell('count', 0);
    const steps: [number, number, string][] = [
      [6, 2, 'unknown'],
      [6, 20, 'running'],
      [3, 20, 'running'],
      [1, 10, 'idle'],
      [3, 10, 'idle'],
      [0, 20, 'off'],
      [3, 20, 'idle'],
    ];
    for (const [amps, seconds, state] of steps) {
      b.tell('amps', amps);
      b.pass(seconds);
      b.tell('amps', amps);
      expect([amps, b.pipeline.state('M1')]).toEqual([amps, state]);
    }
    b.tell('amps', null);
    expect(b.pipeline.state('M1')).toBe('unknown');
  });

  it('run by rules; a rule that cannot be told leaves it unknown', () => {
    const rules = [
      { when: 'run && amps > 10', state: 'down' as const },
      { when: 'amps > 2', state: 'running' as const },
    ];
    const b = bench(machine({ state: { from: 'rules', rules, otherwise: 'idle' } }));
    b.tell('amps', 11);
    expect(b.pipeline.state('M1')).toBe('unknown');
    b.tell('amps', 5);
    b.tell('run', false);
    expect(b.pipeline.state('M1')).toBe('running');
    b.tell('run', true);
    b.tell('amps', 11);
    expect(b.pipeline.state('M1')).toBe('down');
    b.tell('amps', 1);
    expect(b.pipeline.state('M1')).toBe('idle');
    b.tell('amps', null);
    expect(b.pipeline.state('M1')).toBe('unknown');
  });

  it('add up energy from a meter that wraps, and from power while it is good', () => {
    const meter = bench(machine({ energy: { tag: 'meter', kind: 'meter', modulus: 1_000 } }));
    meter.tell('count', 0);
    for (const wh of [990, 995, 5, 10.5]) {
      meter.tell('meter', wh);
      meter.pass(10);
    }
    meter.pass(25);
    expect(meter.records()).toMatchObject([{ energyWh: 20 }]);
    const power = bench(machine({ energy: { tag: 'amps', kind: 'power' } }));
    power.tell('count', 0);
    power.tell('amps', 3_600);
    power.pass(30);
    power.tell('amps', null);
    power.pass(95);
    // 30 s of 3,600 W are 30 Wh; in the second minute nothing is known of the energy.
    expect(power.records().map(({ energyWh }) => energyWh)).toEqual([30, undefined]);
  });

  it('carry signals, pieces of a factor, bits and scales', () => {
    const config = machine({
      tags: [
        tag('count', { bit: 2, type: 'uint16' }),
        tag('run'),
        tag('amps', { type: 'int16', scale: 0.1 }),
      ],
      count: { from: 'pulse', tag: 'count', pieces: 0.5 },
      signals: ['amps', 'run'],
    });
    const b = bench(config);
    b.tell('run', true);
    b.tell('amps', 123);
    for (const word of [0, 4, 0, 4, 3, 7, 0]) {
      b.tell('count', word);
      b.pass(1);
    }
    b.pass(60);
    expect(b.records()).toMatchObject([{ count: 1, signals: { amps: 12.3, run: 1 } }]);
  });

  it('count no bounce and nothing faster than the machine can be', () => {
    const b = bench(machine({ count: { from: 'pulse', tag: 'count', debounceMs: 20, maxPerS: 2 } }));
    const pulse = (levels: [number, number][]): void => {
      for (const [ms, level] of levels) {
        b.jump(ms);
        b.tell('count', level === 1);
      }
    };
    // Bounce when it closes and when it opens: one piece.
    pulse([
      [0, 0],
      [500, 1],
      [3, 0],
      [2, 1],
      [100, 0],
      [4, 1],
      [3, 0],
      [800, 0],
    ]);
    // Ten in a second, of which two may be.
    for (let i = 0; i < 10; i++)
      pulse([
        [50, 1],
        [50, 0],
      ]);
    b.pass(70);
    expect(b.records()[0]?.count).toBeGreaterThanOrEqual(3);
    expect(b.records()[0]?.count).toBeLessThanOrEqual(5);
    expect(b.pipeline.health().find(({ tag: name }) => name === 'count')?.error).toContain(
      'refused as faster',
    );
  });

  it('say that pulses were lost when the agent was too slow', () => {
    const b = bench(machine());
    b.tell('count', 1);
    const tags = [{ machine: 'M1', tag: 'count', address: 'count', every: true }];
    b.pipeline.take({ connection: 'c1', tags, samples: [], lost: new Map([[0, 12]]) }, b.now);
    expect(b.pipeline.health()[0]?.error).toContain('12 samples were lost');
  });

  it('keep count over another configuration of the machine', () => {
    const b = bench(machine());
    b.tell('count', 5);
    b.tell('run', true);
    b.pass(30, () => b.tell('count', 12));
    b.configure(machine({ signals: ['amps'] }));
    b.pass(35);
    b.tell('count', 20);
    b.pass(60);
    expect(b.records().map(({ count, runningS }) => [count, runningS])).toEqual([
      [7, 60],
      [15, 60],
    ]);
  });

  it('go on when a machine is taken out of the configuration and comes back', () => {
    const b = bench(machine());
    b.tell('count', 5);
    b.pass(65, () => b.tell('count', 12));
    b.pipeline.configure([], b.now);
    b.pass(10);
    b.configure(machine());
    b.tell('count', 20);
    b.pass(60);
    expect(b.records().map(({ minute, count }) => [minute, count])).toEqual([
      [NOON, 7],
      [NOON + MINUTE, 15],
    ]);
  });

  it('of two machines on one connection do not mix', () => {
    const pipeline = createPipeline({ checkpoint: {} });
    const tags = ['M1', 'M2'].map((name) => ({
      machine: name,
      tag: 'count',
      address: 'count',
      every: false,
    }));
    pipeline.configure([machine(), machine({ machine: 'M2' })], NOON);
    for (let second = 0; second < 62; second++) {
      const now = NOON + second * 1_000;
      const samples = [0, 1].map((index) => ({
        ...{ tag: index, quality: 'good' as const, at: now },
        value: second * (index + 1),
      }));
      pipeline.take({ connection: 'c1', tags, samples, lost: new Map() }, now);
    }
    const told = pipeline.advance(NOON + 62_000);
    expect(told.map(({ machine: name, count }) => [name, count])).toEqual([
      ['M1', 59],
      ['M2', 118],
    ]);
  });

  it('know nothing of the time in which the box slept or the agent was not there', () => {
    const b = bench(machine());
    b.tell('count', 5);
    b.tell('run', true);
    b.pass(30);
    b.jump(3 * 3_600_000);
    b.second();
    b.tell('count', 105);
    b.pass(40);
    const first = b.records();
    expect(first.map(({ count, runningS }) => [count, runningS])).toEqual([
      [0, 30],
      [100, 30],
    ]);
    expect((first[1]?.minute ?? 0) - (first[0]?.minute ?? 0)).toBe(180 * MINUTE);
    b.kill(2 * 3_600_000);
    b.tell('count', 125);
    b.pass(90);
    expect(b.records().at(-1)).toMatchObject({ count: 120, runningS: 0, state: 'unknown' });
  });

  it('are not made up for the minutes that a clock skips', () => {
    for (const skippedS of [70, 119, 300, 3_600]) {
      const b = bench(machine());
      b.tell('count', 5);
      b.tell('run', true);
      b.pass(30);
      b.jump(skippedS * 1_000);
      b.second();
      b.pass(125);
      const ran = b.records().reduce((sum, { runningS }) => sum + runningS, 0);
      // What was seen of the told minutes: 30 s before the jump, and since it.
      const end = (b.records().at(-1)?.minute ?? 0) + MINUTE;
      expect([skippedS, ran]).toEqual([skippedS, 30 + (end - NOON) / 1_000 - 30 - skippedS]);
      const minutes = new Set(b.records().map(({ minute }) => minute));
      for (
        let minute = NOON + MINUTE;
        minute + MINUTE <= NOON + 30_000 + skippedS * 1_000;
        minute += MINUTE
      ) {
        expect(minutes.has(minute)).toBe(false);
      }
    }
  });

  it('wait for a clock that was never set', () => {
    const b = bench(machine(), 1_000);
    b.tell('count', 5);
    b.pass(90, () => b.tell('count', 9));
    expect(b.records()).toEqual([]);
    b.jump(NOON - b.now);
    b.tell('count', 12);
    b.pass(65);
    expect(b.records()).toMatchObject([{ minute: NOON, count: 7 }]);
  });

  it('ignore values that come late after newer ones, but believe a source that set its clock back', () => {
    const b = bench(machine());
    b.tell('count', 100);
    b.pass(5);
    b.tell('count', 40, b.now - 60_000);
    b.tell('count', 101);
    b.pass(60);
    expect(b.records().at(-1)?.count).toBe(1);
    b.pass(130, () => b.tell('count', 110, b.now - 3_600_000));
    b.pass(60);
    expect(b.records().at(-1)?.count).toBe(10);
  });
});
