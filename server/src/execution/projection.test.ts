import { workingMs } from '@millrace/engine';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { projectMachine, type QueuedOperation, remainingMs } from './projection.ts';

const HOUR = 3_600_000;
const operation = (over: Partial<QueuedOperation> = {}): QueuedOperation => ({
  id: 'a',
  productionOrderId: 'p',
  state: 'queued',
  quantity: 100,
  goodQuantity: 0,
  counted: 0,
  runningS: 0,
  plannedStart: 0,
  plannedEnd: 10 * HOUR,
  setUpMinutes: 0,
  ratePerHour: 10,
  ...over,
});
const always = { windows: [{ startMs: 0, endMs: 10_000 * HOUR }], blocked: [] };

describe('the projected finish', () => {
  test('is the plan when everything goes as planned', () => {
    expect(projectMachine([operation()], always, 0).get('a')).toBe(10 * HOUR);
  });

  test('waits behind what runs on the machine', () => {
    const running = operation({
      id: 'r',
      state: 'running',
      goodQuantity: 60,
      counted: 60,
      runningS: 6 * 3_600,
    });
    const finishes = projectMachine([operation({ plannedStart: 2 * HOUR }), running], always, 0);
    expect(finishes.get('r')).toBe(4 * HOUR);
    expect(finishes.get('a')).toBe(14 * HOUR);
  });

  test('jumps over a breakdown', () => {
    const broken = { ...always, blocked: [{ startMs: 0, endMs: 4 * HOUR }] };
    expect(projectMachine([operation()], broken, 0).get('a')).toBe(14 * HOUR);
  });

  test('follows the rate the machine has shown', () => {
    // Half the declared rate over a long time weighs more than the declaration.
    const slow = operation({ state: 'running', goodQuantity: 50, counted: 50, runningS: 10 * 3_600 });
    const finish = projectMachine([slow], always, 10 * HOUR).get('a') ?? 0;
    expect(finish).toBeGreaterThan(16 * HOUR);
  });

  test('never lies before the plan starts, never before now, and holds the work in working time', () => {
    const queue = fc.array(
      fc.record({
        quantity: fc.integer({ min: 1, max: 500 }),
        good: fc.nat({ max: 500 }),
        plannedStart: fc.integer({ min: 0, max: 200 }),
        ratePerHour: fc.integer({ min: 1, max: 100 }),
        setUpMinutes: fc.nat({ max: 120 }),
      }),
      { minLength: 1, maxLength: 8 },
    );
    const windows = Array.from({ length: 400 }, (_, day) => ({
      startMs: day * 24 * HOUR + 8 * HOUR,
      endMs: day * 24 * HOUR + 16 * HOUR,
    }));
    fc.assert(
      fc.property(queue, fc.nat({ max: 100 }), (rows, nowHours) => {
        const operations = rows.map((row, index) =>
          operation({
            ...row,
            id: `op${index}`,
            goodQuantity: Math.min(row.good, row.quantity),
            plannedStart: row.plannedStart * HOUR,
          }),
        );
        const nowMs = nowHours * HOUR;
        const finishes = projectMachine(operations, { windows, blocked: [] }, nowMs);
        for (const one of operations) {
          const finish = finishes.get(one.id) ?? -1;
          const from = Math.max(nowMs, one.plannedStart);
          expect(finish).toBeGreaterThanOrEqual(from);
          expect(workingMs(windows, from, finish)).toBeGreaterThanOrEqual(remainingMs(one));
        }
      }),
    );
  });
});
