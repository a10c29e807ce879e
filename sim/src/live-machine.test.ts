import type { MachineRecord } from '@millrace/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LiveMachine } from './live-machine.ts';

const MINUTE_MS = 60_000;
const FROM = Date.UTC(2026, 10, 17, 4);

/** Minutes of a machine: pieces, seconds of running, midnight before it. */
const minutes = fc.array(
  fc.record({ made: fc.nat(40), runningS: fc.integer({ min: 1, max: 60 }), isMidnight: fc.boolean() }),
  { minLength: 1, maxLength: 200 },
);

test('pieces of all minutes add up at the controller, and its counter never falls, whenever one looks', () => {
  fc.assert(
    fc.property(
      minutes,
      fc.nat(50),
      fc.array(fc.nat(250 * MINUTE_MS), { maxLength: 50 }),
      (played, before, looks) => {
        const machine = new LiveMachine();
        machine.beginAt(before);
        let count = before;
        let made = 0;
        played.forEach((minute, index) => {
          count = minute.isMidnight && minute.made < count ? minute.made : count + minute.made;
          made += minute.made;
          machine.play(recordOf(FROM + index * MINUTE_MS, count, minute.runningS));
        });
        let last = 0;
        for (const look of [...looks].sort((a, b) => a - b)) {
          const { pieces } = machine.readAt(FROM + look);
          expect(pieces).toBeGreaterThanOrEqual(last);
          last = pieces;
        }
        expect(machine.readAt(FROM + 251 * MINUTE_MS).pieces).toBe(made);
      },
    ),
  );
});

test('a machine runs for the seconds of its minute and then stands', () => {
  const machine = new LiveMachine();
  machine.play(recordOf(FROM, 0, 0));
  machine.play(recordOf(FROM + MINUTE_MS, 30, 30));
  const at = (second: number) => machine.readAt(FROM + MINUTE_MS + second * 1_000);
  expect(at(10)).toMatchObject({ state: 'running', pieces: 10 });
  expect(at(29)).toMatchObject({ state: 'running', pieces: 29 });
  expect(at(30)).toMatchObject({ state: 'idle', pieces: 30 });
});

function recordOf(minute: number, count: number, runningS: number): MachineRecord {
  return {
    machine: 'M-1',
    minute,
    count,
    runningS,
    state: runningS >= 30 ? 'running' : 'idle',
    energyWh: 10,
  };
}
