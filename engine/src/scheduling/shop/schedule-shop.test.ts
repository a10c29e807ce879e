import fc from 'fast-check';
import { expect, test } from 'vitest';
import { calendarWindows, type ShiftCalendar } from '../../calendar/shift-calendar.ts';
import { canonicalJson } from '../../canonical.ts';
import { sampleShop } from '../../sample/sample-shop.ts';
import { verifySchedule } from '../../verify/verify-schedule.ts';
import { scheduleShop } from './schedule-shop.ts';
import type { ShopResult, ShopSchedule } from './shop-schedule.ts';
import type { ShopJob, ShopMachine, ShopOperation, ShopSnapshot } from './shop-snapshot.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function planned(result: ShopResult): ShopSchedule {
  if (result.kind === 'refusal') throw new TypeError(JSON.stringify(result.problems));
  return result;
}

/** Two machines around the clock from instant 0, ten days; one operation a job unless said otherwise. */
function bench(change: Partial<ShopSnapshot> = {}): ShopSnapshot {
  return {
    siteId: 'bench',
    nowMs: 0,
    seed: 1,
    calendars: { always: [{ startMs: 0, endMs: 10 * DAY_MS }] },
    setUpMatrices: [],
    machines: [
      { id: 'a', calendarId: 'always' },
      { id: 'b', calendarId: 'always' },
    ],
    operatorGroups: [],
    tools: [],
    jobs: [],
    ...change,
  };
}

function operation(id: string, hours: number, change: Partial<ShopOperation> = {}): ShopOperation {
  const alternatives = [{ machineId: 'a', durationMs: hours * HOUR_MS }];
  return { id, alternatives, interruptible: true, attended: 'none', ...change };
}

function job(id: string, operations: readonly ShopOperation[], change: Partial<ShopJob> = {}): ShopJob {
  return { id, releaseMs: 0, dueMs: 5 * DAY_MS, weight: 1, operations, ...change };
}

function startOf(schedule: ShopSchedule, id: string): number {
  return schedule.operations.find((one) => one.operationId === id)?.startMs ?? Number.NaN;
}

test('every schedule is clean and no worse than the best rule, whatever the shop', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 5, max: 90 }), (seed, operations) => {
      const shop = sampleShop({ seed, operations });
      const schedule = planned(scheduleShop(shop, { rounds: 1_500 }));
      expect(verifySchedule(shop, schedule)).toEqual([]);
      expect(schedule.objective.weightedTardiness).toBeGreaterThanOrEqual(schedule.lowerBound);
      for (const rule of schedule.rules) {
        expect(schedule.objective.weightedTardiness).toBeLessThanOrEqual(rule.weightedTardiness);
      }
    }),
    { numRuns: 15 },
  );
});

test('after a breakdown what was told before the fence stays or slips for a reason that the verifier sees', () => {
  let slipped = 0;
  for (let seed = 1; seed <= 8; seed++) {
    const shop = sampleShop({ seed, operations: 80 });
    const before = planned(scheduleShop(shop, { rounds: 1_000 }));
    const told = new Map(before.operations.map((one) => [one.operationId, one]));
    const machine = before.operations[seed]?.machineId;
    const brokenMs = shop.nowMs + 2 * HOUR_MS;
    const world: ShopSnapshot = {
      ...shop,
      fenceMs: shop.nowMs + DAY_MS,
      machines: shop.machines.map((one) =>
        one.id === machine
          ? { ...one, maintenance: [{ startMs: brokenMs, endMs: brokenMs + 8 * HOUR_MS }] }
          : one,
      ),
      jobs: shop.jobs.map((one) => ({
        ...one,
        operations: one.operations.map((row) => {
          const { machineId, startMs } = told.get(row.id) ?? { machineId: '', startMs: 0 };
          return { ...row, told: { machineId, startMs } };
        }),
      })),
    };
    const schedule = planned(scheduleShop(world, { rounds: 1_000 }));
    expect(verifySchedule(world, schedule)).toEqual([]);
    expect(schedule.rules.map(({ rule }) => rule)).toContain('as told');
    slipped += schedule.slippedOperationIds.length;
  }
  expect(slipped).toBeGreaterThan(0);
});

test('locked starts are kept to the millisecond, and what comes before them in their jobs makes way', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.nat(100), fc.nat(100), (seed, first, second) => {
      const shop = sampleShop({ seed, operations: 60, load: 0.8 });
      const free = planned(scheduleShop(shop, { rounds: 500 }));
      const rows = free.operations.filter((one) => one.startMs > shop.nowMs);
      const picks = new Map(
        [first, second].map((k) => rows[k % rows.length]).map((one) => [one?.operationId, one]),
      );
      const world: ShopSnapshot = {
        ...shop,
        jobs: shop.jobs.map((one) => ({
          ...one,
          operations: one.operations.map((row) => {
            const pick = picks.get(row.id);
            return pick ? { ...row, lock: { machineId: pick.machineId, startMs: pick.startMs } } : row;
          }),
        })),
      };
      const result = scheduleShop(world, { rounds: 500 });
      if (result.kind === 'schedule') {
        expect(verifySchedule(world, result)).toEqual([]);
        for (const [id, pick] of picks) expect(startOf(result, id ?? '')).toBe(pick?.startMs);
      } else expect(result.problems.map(({ code }) => code)).toContain('lock');
    }),
    { numRuns: 12 },
  );
});

test('the same shop and rounds give the same bytes, another seed another schedule as good in kind', () => {
  const shop = sampleShop({ seed: 5, operations: 150 });
  const text = (seed: number): string => canonicalJson(scheduleShop({ ...shop, seed }, { rounds: 3_000 }));
  expect(text(1)).toBe(text(1));
  expect(text(1)).not.toBe(text(2));
});

test('a run can be watched and stopped and still has a schedule', () => {
  const shop = sampleShop({ seed: 3, operations: 200 });
  const phases = new Set<string>();
  let looks = 0;
  const full = planned(
    scheduleShop(shop, {
      rounds: 1e9,
      onProgress: ({ phase, best, lowerBound }) => {
        phases.add(phase);
        if (best) expect(best.weightedTardiness).toBeGreaterThanOrEqual(lowerBound);
        return ++looks > 200 ? 'stop' : undefined;
      },
    }),
  );
  expect(full.stopped).toBe(true);
  expect(phases).toContain('improve');
  expect(verifySchedule(shop, full)).toEqual([]);
  const early = planned(scheduleShop(shop, { onProgress: () => 'stop' }));
  expect(early.rules).toHaveLength(1);
  expect(early.rounds).toBe(0);
  expect(verifySchedule(shop, early)).toEqual([]);
});

test('urgent work goes first and set-ups are saved', () => {
  const matrix = {
    id: 'm',
    families: ['x', 'y'],
    ms: [
      [0, 3],
      [3, 0],
    ].map((row) => row.map((h) => h * HOUR_MS)),
    initialMs: [HOUR_MS, HOUR_MS],
  };
  const machine: ShopMachine = { id: 'a', calendarId: 'always', setUpMatrixId: 'm', family: 'x' };
  const work = (id: string, family: string) => operation(id, 2, { setUpFamily: family });
  const shop = bench({
    setUpMatrices: [matrix],
    machines: [machine],
    jobs: [
      job('1', [work('y1', 'y')], { dueMs: 20 * HOUR_MS }),
      job('2', [work('x1', 'x')], { dueMs: 2 * HOUR_MS, weight: 9 }),
      job('3', [work('y2', 'y')], { dueMs: 20 * HOUR_MS }),
      job('4', [work('x2', 'x')], { dueMs: 20 * HOUR_MS }),
    ],
  });
  const schedule = planned(scheduleShop(shop));
  expect(verifySchedule(shop, schedule)).toEqual([]);
  expect(startOf(schedule, 'x1')).toBe(0);
  // Four runs and the one change that cannot be saved.
  expect(schedule.objective).toEqual({ weightedTardiness: 0, makespanMs: 11 * HOUR_MS, changes: 0 });
});

test('a job that is past its date counts the whole of its lateness', () => {
  const nowMs = 30 * HOUR_MS;
  const shop = bench({
    nowMs,
    machines: [{ id: 'a', calendarId: 'always' }],
    jobs: [
      job('1', [operation('1a', 2)], { releaseMs: nowMs, dueMs: nowMs - 5 * HOUR_MS }),
      job('2', [operation('2a', 2)], { releaseMs: nowMs, dueMs: nowMs - 8 * HOUR_MS, weight: 3 }),
    ],
  });
  const schedule = planned(scheduleShop(shop));
  expect(verifySchedule(shop, schedule)).toEqual([]);
  expect(schedule.objective.weightedTardiness).toBe((3 * (8 + 2) + (5 + 4)) * HOUR_MS);
});

test('a furnace runs what fits together, and a late job says what it waited for', () => {
  const bake = (id: string, size: number) =>
    operation(id, 4, { batch: { family: 'hot', size }, interruptible: false });
  const shop = bench({
    machines: [{ id: 'a', calendarId: 'always', batchCapacity: 5 }],
    jobs: ['1', '2', '3'].map((id) => job(id, [bake(`bake-${id}`, 2)], { dueMs: 4 * HOUR_MS })),
  });
  const schedule = planned(scheduleShop(shop));
  expect(verifySchedule(shop, schedule)).toEqual([]);
  expect(schedule.operations.filter((one) => one.startMs === 0)).toHaveLength(2);
  expect(schedule.late).toHaveLength(1);
  const [late] = schedule.late;
  expect(late).toMatchObject({ tardinessMs: 4 * HOUR_MS, unavoidableMs: 0 });
  expect(late?.steps[0]).toMatchObject({ waitedFor: 'machine', waitedMs: 4 * HOUR_MS });
});

test('one operator serves one machine at a time, and a tool is in one place', () => {
  const shifts = [{ startMs: 0, endMs: 10 * DAY_MS, headCount: 1 }];
  const both = (id: string, machineId: string) =>
    operation(id, 2, {
      alternatives: [{ machineId, durationMs: 2 * HOUR_MS }],
      attended: 'whole',
      operatorGroupId: 'crew',
    });
  const crew = bench({
    operatorGroups: [{ id: 'crew', shifts }],
    jobs: [job('1', [both('1a', 'a')]), job('2', [both('2b', 'b')])],
  });
  const manned = planned(scheduleShop(crew));
  expect(manned.objective.makespanMs).toBe(4 * HOUR_MS);
  const tooled = bench({
    tools: [{ id: 'die', count: 1 }],
    jobs: crew.jobs.map((one) => ({
      ...one,
      operations: one.operations.map((row) => ({ ...row, attended: 'none' as const, toolId: 'die' })),
    })),
  });
  expect(planned(scheduleShop(tooled)).objective.makespanMs).toBe(4 * HOUR_MS);
  for (const shop of [crew, tooled]) expect(verifySchedule(shop, planned(scheduleShop(shop)))).toEqual([]);
});

test('an assembly waits for its parts', () => {
  const shop = bench({
    jobs: [
      job('whole', [operation('w', 1)], { afterJobIds: ['left', 'right'] }),
      job('left', [operation('l', 2)]),
      job('right', [operation('r', 3, { lagMs: HOUR_MS })]),
    ],
  });
  const schedule = planned(scheduleShop(shop));
  expect(verifySchedule(shop, schedule)).toEqual([]);
  expect(startOf(schedule, 'w')).toBeGreaterThanOrEqual(5 * HOUR_MS);
});

test('a night shift over the change of the clock has an hour less, and the schedule knows it', () => {
  const night: ShiftCalendar = { weekly: [{ weekday: 6, from: '22:00', to: '06:00' }], exceptions: [] };
  const end = (day: string): number => {
    const nowMs = Date.parse(`${day}T12:00:00+01:00`);
    const shop = bench({
      nowMs,
      calendars: { always: calendarWindows(night, 'Europe/Berlin', nowMs, nowMs + 20 * DAY_MS) },
      jobs: [job('1', [operation('1a', 7.5)], { releaseMs: nowMs, dueMs: nowMs })],
    });
    const schedule = planned(scheduleShop(shop));
    expect(verifySchedule(shop, schedule)).toEqual([]);
    return schedule.operations[0]?.endMs ?? 0;
  };
  expect(new Date(end('2026-03-21')).toISOString()).toBe('2026-03-22T04:30:00.000Z');
  // Seven hours in the night of the 28th; the last half hour waits for the week after.
  expect(new Date(end('2026-03-28')).toISOString()).toBe('2026-04-04T20:30:00.000Z');
});

test('every kind of contradiction is refused by its name', () => {
  const codes = (change: Partial<ShopSnapshot>): readonly string[] => {
    const result = scheduleShop(bench(change));
    return result.kind === 'refusal' ? result.problems.map(({ code }) => code) : [];
  };
  const one = (change: Partial<ShopOperation>, more: Partial<ShopJob> = {}) => ({
    jobs: [job('1', [operation('1a', 2, change)], more)],
  });
  const locked = (id: string, hour: number) =>
    operation(id, 2, { lock: { machineId: 'a', startMs: hour * HOUR_MS } });
  expect(codes({ jobs: [job('1', [operation('x', 1)]), job('1', [operation('x', 1)])] })).toContain(
    'duplicate',
  );
  expect(codes(one({ alternatives: [{ machineId: 'nowhere', durationMs: 1 }] }))).toContain('unknown');
  expect(codes(one({ toolId: 'nothing' }))).toContain('unknown');
  expect(codes(one({ attended: 'whole' }))).toContain('unknown');
  expect(codes(one({ alternatives: [{ machineId: 'a', durationMs: 0 }] }))).toContain('number');
  expect(codes(one({}, { dueMs: Number.NaN }))).toContain('number');
  expect(codes(one({}, { weight: 1.5 }))).toContain('number');
  expect(codes({ machines: [{ id: 'a', calendarId: 'never' }] })).toContain('no-calendar');
  expect(codes({ calendars: { always: [] } })).toContain('no-calendar');
  expect(codes({ calendars: { always: [{ startMs: 5, endMs: 5 }] } })).toContain('disordered');
  expect(codes({ jobs: [job('1', [])] })).toContain('no-operation');
  expect(codes(one({ alternatives: [] }))).toContain('no-alternative');
  expect(codes(one({ batch: { family: 'f', size: 3 } }, {}))).toEqual([]);
  expect(
    codes({
      machines: [{ id: 'a', calendarId: 'always', batchCapacity: 2 }],
      ...one({ batch: { family: 'f', size: 3 } }),
    }),
  ).toContain('batch');
  expect(
    codes({
      machines: [{ id: 'a', calendarId: 'always', setUpMatrixId: 'm' }],
      setUpMatrices: [{ id: 'm', families: ['x'], ms: [[0]], initialMs: [0] }],
      ...one({ setUpFamily: 'z' }),
    }),
  ).toContain('set-up');
  const waits = (id: string, after: string) => job(id, [operation(`${id}a`, 1)], { afterJobIds: [after] });
  expect(
    codes({ jobs: [waits('1', '2'), waits('2', '3'), waits('3', '1'), job('4', [operation('4a', 1)])] }),
  ).toEqual(['cycle']);
  expect(
    codes({
      jobs: [
        job('1', [operation('1a', 1), operation('1b', 1, { running: { machineId: 'a', remainingMs: 1 } })]),
      ],
    }),
  ).toContain('running');
  expect(codes({ jobs: [job('1', [locked('1a', 3)]), job('2', [locked('2a', 4)])] })).toContain('lock');
  expect(codes({ jobs: [job('1', [operation('1a', 5), locked('1b', 3)])] })).toContain('lock');
  expect(codes({ jobs: [job('1', [locked('1a', 9), locked('1b', 5)])] })).toContain('lock');
  expect(
    codes({ ...one({ interruptible: false }), calendars: { always: [{ startMs: 0, endMs: HOUR_MS }] } }),
  ).toContain('never-fits');
  expect(codes({ ...one({}), calendars: { always: [{ startMs: 0, endMs: HOUR_MS }] } })).toContain(
    'calendar-ends',
  );
  const refusal = scheduleShop(bench({ jobs: [job('1', [locked('1a', 3)]), job('2', [locked('2a', 4)])] }));
  expect(refusal.kind === 'refusal' && refusal.problems[0]?.detail).toMatch(/2a.*a has operation 1a/);
});
