import type { MachineRecord } from '@millrace/contract';
import { describe, expect, it } from 'vitest';
import { bench, MINUTE, machine, NOON, tag } from './fixtures/bench.ts';

const S = 1_000;
type Bench = ReturnType<typeof bench>;

/** Ten pieces a minute, one every six seconds, counted from noon. */
const truth = (at: number): number => Math.floor((at - NOON) / (6 * S));
const rows = (records: readonly MachineRecord[]) =>
  records.map(({ minute, count, runningS }) => [(minute - NOON) / MINUTE, count, runningS]);

/** Runs to 12:02:30, then the line is cut for `minutes`. */
function cutAt(b: Bench, minutes: number): number {
  b.tell('run', true);
  b.pass(150, () => b.tell('count', truth(b.now)));
  const cut = b.now;
  for (const name of ['count', 'run']) b.tell(name, null);
  b.pass(minutes * 60);
  return cut;
}
/** What the source kept of the time since the cut, in order. `clockMs` = its clock against the gateway's, `toldMs` = what the driver took for it. */
function tellKept(b: Bench, from: number, to: number, clockMs = 0, toldMs = clockMs): void {
  const offset = toldMs - clockMs;
  b.tellPast('count', truth(from), from - offset, from + clockMs);
  b.tellPast('run', true, from - offset, from + clockMs);
  for (let at = from; at <= to; at += 6 * S) b.tellPast('count', truth(at), at - offset, at + clockMs);
}

describe('what a source kept while nobody listened', () => {
  it('counts in the minutes where it happened, with their running seconds', () => {
    const b = bench(machine());
    b.tell('count', 0);
    const cut = cutAt(b, 10);
    tellKept(b, cut, b.now);
    b.tell('count', truth(b.now));
    b.tell('run', true);
    b.pass(90, () => b.tell('count', truth(b.now)));
    const told = rows(b.records());
    // The minute in which the line broke was told at its time; what was made in the rest of it comes with the next.
    expect(told[2]).toEqual([2, 25, 30]);
    for (const [minute, count, runningS] of told.filter(([minute]) => minute !== 2))
      expect([minute, count, runningS]).toEqual([minute, 10 * (minute ?? 0) + 9, 60]);
    expect(told.map(([minute]) => minute)).toEqual(Array.from({ length: told.length }, (_, i) => i));
  });

  it('has the states, the energy and the signals of then', () => {
    const energy = { tag: 'meter', kind: 'meter' } as const;
    const b = bench(machine({ energy, signals: ['amps'] }));
    for (const name of ['count', 'meter', 'amps']) b.tell(name, 0);
    b.tell('run', true);
    b.pass(65);
    for (const name of ['count', 'run', 'meter', 'amps']) b.tell(name, null);
    b.pass(5 * 60);
    for (const [name, value] of Object.entries({ count: 0, meter: 0, amps: 0, run: true }))
      b.tellPast(name, value, NOON + 65 * S);
    b.tellPast('run', false, NOON + 2 * MINUTE + 10 * S);
    b.tellPast('meter', 40, NOON + 2 * MINUTE + 20 * S);
    b.tellPast('amps', 7, NOON + 2 * MINUTE + 30 * S);
    b.tellPast('run', true, NOON + 3 * MINUTE + 50 * S);
    b.tellPast('amps', 9, NOON + 3 * MINUTE + 55 * S);
    b.tellPast('count', 3, NOON + 4 * MINUTE + 1 * S);
    b.tell('count', 3);
    b.pass(65);
    expect(b.records().slice(2, 5)).toMatchObject([
      { runningS: 10, state: 'idle', energyWh: 40, signals: { amps: 7 }, count: 0 },
      { runningS: 10, state: 'idle', signals: { amps: 9 }, count: 0 },
      { runningS: 60, state: 'running', signals: { amps: 9 }, count: 3 },
    ]);
  });

  it('finds the energy that a meter of its own measured meanwhile', () => {
    const b = bench(machine({ energy: { tag: 'amps', kind: 'power' } }));
    b.tell('count', 0);
    b.tell('amps', 3_600);
    const cut = cutAt(b, 5);
    b.tell('amps', 7_200);
    b.pass(5 * 60);
    tellKept(b, cut, b.now);
    b.tell('count', truth(b.now));
    b.pass(65);
    const told = b
      .records()
      .map(({ minute, count, energyWh }) => [(minute - NOON) / MINUTE, count, energyWh]);
    expect(told.slice(3, 7)).toEqual([
      [3, 39, 60],
      [4, 49, 60],
      [5, 59, 60],
      [6, 69, 60],
    ]);
    // A value that is not told again stands until ten seconds before the next.
    expect(told.slice(8, 10)).toEqual([
      [8, 89, 120],
      [9, 99, 120],
    ]);
  });

  it('is in the local day in which it was made', () => {
    const b = bench(machine({ timeZone: 'Etc/GMT+12' }));
    // Local midnight is at 12:00 of UTC, eight hours after noon in Shanghai.
    b.tell('count', 0);
    const cut = cutAt(b, 10 * 60);
    tellKept(b, cut, b.now);
    b.pass(90, () => b.tell('count', truth(b.now)));
    const told = b.records();
    const midnight = NOON + 8 * 60 * MINUTE;
    expect(told.find(({ minute }) => minute === midnight - MINUTE)?.count).toBe(truth(midnight) - 1);
    expect(told.find(({ minute }) => minute === midnight)?.count).toBe(10);
    expect(told.length).toBeGreaterThan(600);
  });

  it('keeps the minutes waiting until it is over, but not for longer than ten seconds', () => {
    const b = bench(machine());
    b.tell('count', 0);
    const cut = cutAt(b, 5);
    tellKept(b, cut, cut + 3 * MINUTE);
    b.pass(5);
    // Those it has passed are told, the others wait.
    expect(b.records().at(-1)?.minute).toBe(NOON + 4 * MINUTE);
    b.pass(10);
    // The last value stands: nothing came after it.
    expect(rows(b.records()).at(-1)).toEqual([6, truth(cut + 3 * MINUTE), 60]);
  });

  it('that breaks off leaves a gap where it was not reached, and goes on from there', () => {
    const b = bench(machine());
    b.tell('count', 0);
    const cut = cutAt(b, 10);
    const reached = cut + 3 * MINUTE;
    tellKept(b, cut, reached);
    for (const name of ['count', 'run']) b.tell(name, null);
    b.pass(120);
    expect(b.records().at(-1)?.minute).toBe(NOON + 5 * MINUTE);
    tellKept(b, reached, b.now);
    b.pass(75, () => b.tell('count', truth(b.now)));
    const told = rows(b.records());
    expect(told.find(([minute]) => minute === 8)).toEqual([8, 89, 60]);
    expect(told.at(-1)?.[1]).toBe(149);
  });

  it('is told once, also when the agent is killed amid it', () => {
    for (const lost of [0, 1, 2]) {
      const b = bench(machine());
      b.tell('count', 0);
      const cut = cutAt(b, 10);
      tellKept(b, cut, cut + 5 * MINUTE);
      b.pass(1);
      b.kill(20 * S, lost);
      // Without a place to go on from the driver begins with the present.
      b.tell('run', true);
      b.pass(90, () => b.tell('count', truth(b.now)));
      const told = b.records();
      expect(new Set(told.map(({ minute }) => minute)).size).toBe(told.length);
      for (const { minute, count } of told) expect(count).toBeLessThanOrEqual(truth(minute + MINUTE));
      expect(told.at(-1)?.count).toBe(truth((told.at(-1)?.minute ?? 0) + MINUTE) - 1);
    }
  });

  it('fills the minutes also when the machine was configured otherwise meanwhile', () => {
    const b = bench(machine());
    b.tell('count', 0);
    const cut = cutAt(b, 5);
    b.configure(machine({ signals: ['amps'] }));
    b.pass(5 * 60);
    tellKept(b, cut, cut + 3 * MINUTE);
    b.configure(machine({ signals: ['run'] }));
    tellKept(b, cut + 3 * MINUTE, b.now);
    b.pass(65, () => b.tell('count', truth(b.now)));
    for (const [minute, count, runningS] of rows(b.records()).slice(3))
      expect([minute, count, runningS]).toEqual([minute, 10 * (minute ?? 0) + 9, 60]);
    expect(b.records().length).toBeGreaterThan(12);
  });

  it('is fetched after the agent was away, too', () => {
    const b = bench(machine());
    b.tell('count', 0);
    b.tell('run', true);
    b.pass(150, () => b.tell('count', truth(b.now)));
    const end = b.now;
    b.kill(3 * 60 * MINUTE);
    b.second();
    tellKept(b, end, b.now);
    b.pass(65, () => b.tell('count', truth(b.now)));
    for (const [minute, count, runningS] of rows(b.records()).slice(3))
      expect([minute, count, runningS]).toEqual([minute, 10 * (minute ?? 0) + 9, 60]);
    expect(b.records().length).toBeGreaterThan(180);
  });

  it('older than a day counts in the oldest minute of the day', () => {
    const b = bench(machine());
    b.tell('count', 0);
    const cut = cutAt(b, 0);
    b.jump(3 * 24 * 60 * MINUTE);
    b.second();
    b.tellPast('count', truth(cut), cut);
    b.tellPast('count', 1_000, cut + MINUTE);
    b.tellPast('count', 1_001, b.now - MINUTE);
    b.tell('count', 1_001);
    b.pass(5);
    const told = b.records().filter(({ minute }) => minute > cut);
    expect(told[0]?.minute).toBeGreaterThanOrEqual(b.now - 24 * 60 * MINUTE - 2 * MINUTE);
    expect(told[0]?.count).toBe(1_000 - truth(cut));
    expect(told.length).toBeLessThanOrEqual(24 * 60 + 2);
  });
});

describe('a source whose clock is wrong', () => {
  it.each([
    ['five minutes slow', -5 * MINUTE],
    ['two minutes fast', 2 * MINUTE],
  ])('and is known to be %s fills the right minutes', (_, clockMs) => {
    const b = bench(machine());
    b.tell('count', 0, b.now + clockMs);
    b.tell('run', true, b.now + clockMs);
    b.pass(150, () => b.tell('count', truth(b.now), b.now + clockMs));
    const cut = b.now;
    for (const name of ['count', 'run']) b.tell(name, null);
    b.pass(600);
    tellKept(b, cut, b.now, clockMs);
    b.pass(65, () => b.tell('count', truth(b.now), b.now + clockMs));
    for (const [minute, count] of rows(b.records()).slice(3))
      expect([minute, count]).toEqual([minute, 10 * (minute ?? 0) + 9]);
    expect(b.records().length).toBeGreaterThan(12);
  });

  it.each([
    ['five minutes slow', -5 * MINUTE, 0],
    ['two minutes fast', 2 * MINUTE, 0],
    ['set right while the line was cut', 0, -5 * MINUTE],
  ])('and that nobody told was %s fills none: what it kept counts when it comes', (_, clockMs, toldMs) => {
    const b = bench(machine());
    b.tell('count', 0, b.now + clockMs);
    b.tell('run', true, b.now + clockMs);
    b.pass(150, () => b.tell('count', truth(b.now), b.now + clockMs));
    const cut = b.now;
    for (const name of ['count', 'run']) b.tell(name, null);
    b.pass(600);
    const before = b.records().length;
    tellKept(b, cut, b.now, clockMs, toldMs);
    const back = Math.floor(b.now / MINUTE) * MINUTE;
    b.pass(65, () => b.tell('count', truth(b.now), b.now + clockMs));
    const told = b.records().slice(before);
    expect(told[0]?.minute).toBe(back);
    expect(told.at(-1)?.count).toBeGreaterThanOrEqual(truth(back));
  });

  it('that is set back amid what it keeps loses no piece and fills no minute twice', () => {
    const b = bench(machine());
    b.tell('count', 0);
    const cut = cutAt(b, 10);
    tellKept(b, cut, cut + 4 * MINUTE);
    for (let at = cut + 4 * MINUTE; at <= b.now; at += 6 * S) b.tellPast('count', truth(at), at - 3 * MINUTE);
    b.pass(65, () => b.tell('count', truth(b.now)));
    const told = b.records();
    expect(new Set(told.map(({ minute }) => minute)).size).toBe(told.length);
    expect(told.at(-1)?.count).toBe(truth((told.at(-1)?.minute ?? 0) + MINUTE) - 1);
  });
});

it('pulses that a broker kept count in their minutes, each of them', () => {
  const b = bench(
    machine({
      count: { from: 'pulse', tag: 'count' },
      tags: [tag('count')],
      state: { from: 'motion', idleAfterS: 20 },
    }),
  );
  b.tell('count', false);
  b.pass(65);
  b.tell('count', null);
  b.pass(300);
  for (let at = NOON + 2 * MINUTE + 3 * S; at < NOON + 5 * MINUTE; at += 10 * S) {
    b.tellPast('count', true, at);
    b.tellPast('count', false, at + S);
  }
  b.pass(70);
  expect(rows(b.records()).slice(2, 5)).toEqual([
    [2, 6, 57],
    [3, 12, 60],
    [4, 18, 60],
  ]);
});
