import { describe, expect, test } from 'vitest';
import { NOTHING, newsOf } from './announcement.ts';
import { DOWN, IDLE, RUNNING, SETUP, UNKNOWN } from './minute-state.ts';

const none = (): number => 0;
const hours = (): number => 120;
const told = (state: number, stoppedSince = NOTHING) => ({ state, stoppedSince });

describe('what is told of a machine', () => {
  test('the first state is kept and is no change', () => {
    expect(newsOf(told(NOTHING), { state: RUNNING, since: 100 }, 100, none)).toMatchObject({
      told: { state: RUNNING },
      changed: false,
    });
  });

  test('a pause between two pieces is no news until it has lasted two minutes', () => {
    expect(newsOf(told(RUNNING), { state: IDLE, since: 100 }, 101, none)).toBeUndefined();
    expect(newsOf(told(RUNNING), { state: IDLE, since: 100 }, 102, none)).toMatchObject({ changed: true });
    expect(newsOf(told(RUNNING), { state: SETUP, since: 100 }, 100, none)).toMatchObject({ changed: true });
  });

  test('standing still is told once, only for planned time, and taken back when the machine works again', () => {
    expect(newsOf(told(DOWN), { state: DOWN, since: 100 }, 200, none)).toBeUndefined();
    expect(newsOf(told(DOWN), { state: DOWN, since: 100 }, 130, hours)).toBeUndefined();
    const stopped = newsOf(told(DOWN), { state: DOWN, since: 100 }, 131, hours);
    expect(stopped).toMatchObject({ stopped: true, told: { stoppedSince: 100 } });
    expect(newsOf(told(DOWN, 100), { state: DOWN, since: 100 }, 500, hours)).toBeUndefined();
    expect(newsOf(told(DOWN, 100), { state: UNKNOWN, since: 500 }, 700, hours)).toMatchObject({
      stopped: false,
      recovered: false,
    });
    expect(newsOf(told(DOWN, 100), { state: RUNNING, since: 600 }, 602, hours)).toMatchObject({
      recovered: true,
      told: { state: RUNNING, stoppedSince: NOTHING },
    });
  });
});
