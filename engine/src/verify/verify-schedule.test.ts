import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleShop } from '../sample/sample-shop.ts';
import {
  type ScheduledOperation,
  type ShopSchedule,
  type ShopSnapshot,
  scheduleShop,
} from '../scheduling/shop/index.ts';
import type { ScheduleViolationCode } from './schedule-violation.ts';
import { verifySchedule } from './verify-schedule.ts';

const HOUR_MS = 3_600_000;

function planned(shop: ShopSnapshot): ShopSchedule {
  const result = scheduleShop(shop, { rounds: 300 });
  if (result.kind === 'refusal') throw new TypeError(JSON.stringify(result.problems));
  return result;
}

function codes(shop: ShopSnapshot, schedule: ShopSchedule): ScheduleViolationCode[] {
  return verifySchedule(shop, schedule).map(({ code }) => code);
}

function altered(
  schedule: ShopSchedule,
  id: string | undefined,
  change: (one: ScheduledOperation) => Partial<ScheduledOperation>,
): ShopSchedule {
  const operations = schedule.operations.map((one) =>
    one.operationId === id ? { ...one, ...change(one) } : one,
  );
  return { ...schedule, operations };
}

const shiftedBy = (ms: number) => (one: ScheduledOperation) => ({
  setUpStartMs: one.setUpStartMs + ms,
  setUpEndMs: one.setUpEndMs + ms,
  startMs: one.startMs + ms,
  endMs: one.endMs + ms,
  working: one.working.map((span) => ({ startMs: span.startMs + ms, endMs: span.endMs + ms })),
});

const MUTATIONS: Readonly<Record<string, (one: ScheduledOperation) => Partial<ScheduledOperation>>> = {
  'a week earlier': shiftedBy(-7 * 24 * HOUR_MS),
  'shorter than its work': (one) => ({ endMs: one.endMs - 1 }),
  'longer than its work': (one) => ({ endMs: one.endMs + 1 }),
  'on another machine': () => ({ machineId: 'elsewhere' }),
  'in another job': () => ({ jobId: 'elsewhere' }),
  'under another name': () => ({ operationId: 'nobody' }),
  'without its set-up': (one) => ({ setUpStartMs: one.startMs - 1, setUpEndMs: one.startMs - 1 }),
  'worked on at other times': () => ({ working: [] }),
};

test('a schedule that was altered anywhere is caught', () => {
  const worlds = [1, 2, 3].map((seed) => {
    const shop = sampleShop({ seed, operations: 60 });
    return { shop, schedule: planned(shop) };
  });
  fc.assert(
    fc.property(
      fc.nat(worlds.length - 1),
      fc.nat(1_000),
      fc.constantFrom(...Object.keys(MUTATIONS)),
      (index, pick, name) => {
        const { shop, schedule } = worlds[index] as (typeof worlds)[number];
        expect(codes(shop, schedule)).toEqual([]);
        const id = schedule.operations[pick % schedule.operations.length]?.operationId;
        const mutated = altered(schedule, id, (one) => MUTATIONS[name]?.(one) ?? {});
        expect(codes(shop, mutated).length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 200 },
  );
});

test('each kind of violation is caught by its name', () => {
  const shop = sampleShop({ seed: 8, operations: 120 });
  const schedule = planned(shop);
  const rows = new Map(shop.jobs.flatMap((job) => job.operations.map((row) => [row.id, { row, job }])));
  const found = (test: (one: ScheduledOperation) => boolean): ScheduledOperation => {
    const one = schedule.operations.find(test);
    if (!one) throw new TypeError('the sample has no such operation');
    return one;
  };
  const row = (one: ScheduledOperation) => rows.get(one.operationId)?.row;
  const world = (id: string, change: object): ShopSnapshot => ({
    ...shop,
    jobs: shop.jobs.map((job) => ({
      ...job,
      operations: job.operations.map((old) => (old.id === id ? { ...old, ...change } : old)),
    })),
  });
  const machine = (id: string, change: object): ShopSnapshot => ({
    ...shop,
    machines: shop.machines.map((old) => (old.id === id ? { ...old, ...change } : old)),
  });
  const free = found(
    (one) => !row(one)?.running && one.startMs > one.setUpEndMs - 1 && one.setUpEndMs > one.setUpStartMs,
  );
  const first = found(
    (one) => !row(one)?.running && rows.get(one.operationId)?.job.operations[0]?.id === one.operationId,
  );
  const paused = found(
    (one) => one.working.length > 1 && !row(one)?.running && row(one)?.interruptible === true,
  );
  const tooled = found((one) => one.toolUnit !== undefined);
  const manned = found((one) => row(one)?.attended === 'whole' && !row(one)?.running);
  const running = found((one) => row(one)?.running !== undefined);
  const batched = found((one) => one.batchId !== undefined);
  const [only] = schedule.operations;

  expect(
    codes(
      shop,
      altered(schedule, only?.operationId, () => ({ operationId: 'x' })),
    ),
  ).toEqual(expect.arrayContaining(['unknown-operation', 'missing']));
  const twice = { ...schedule, operations: [...schedule.operations, ...schedule.operations.slice(0, 1)] };
  expect(codes(shop, twice)).toContain('duplicate');
  expect(
    codes(
      shop,
      altered(schedule, free.operationId, () => ({ machineId: 'x' })),
    ),
  ).toContain('alternative');
  expect(
    codes(
      shop,
      altered(schedule, free.operationId, () => ({ endMs: free.startMs })),
    ),
  ).toContain('arithmetic');
  expect(
    codes(
      shop,
      altered(schedule, free.operationId, () => ({ endMs: free.endMs + 1 })),
    ),
  ).toContain('calendar');
  expect(codes(world(paused.operationId, { interruptible: false }), schedule)).toContain('interrupted');
  const repair = [{ startMs: free.startMs, endMs: free.startMs + 1 }];
  expect(codes(machine(free.machineId, { maintenance: repair }), schedule)).toContain('maintenance');
  expect(codes(world(free.operationId, { setUpFamily: undefined }), schedule)).toContain('set-up');
  const neighbour = schedule.operations.find((one) => one !== free && one.machineId === free.machineId);
  const onTop = altered(schedule, neighbour?.operationId, () => ({
    ...free,
    operationId: neighbour?.operationId ?? '',
    jobId: neighbour?.jobId ?? '',
  }));
  expect(codes(shop, onTop)).toContain('overlap');
  const second = found((one) => (rows.get(one.operationId)?.job.operations[1]?.id ?? '') === one.operationId);
  expect(codes(shop, altered(schedule, second.operationId, shiftedBy(-30 * 24 * HOUR_MS)))).toContain(
    'precedence',
  );
  const later = {
    ...shop,
    jobs: shop.jobs.map((job) => (job.id === first.jobId ? { ...job, releaseMs: first.startMs + 1 } : job)),
  };
  expect(codes(later, schedule)).toContain('release');
  expect(codes({ ...shop, fenceMs: shop.nowMs + 400 * HOUR_MS }, schedule)).toContain('fence');
  expect(
    codes(
      {
        ...world(free.operationId, { told: { machineId: free.machineId, startMs: free.startMs - 1 } }),
        fenceMs: free.startMs,
      },
      schedule,
    ),
  ).toContain('fence');
  expect(
    codes(
      world(free.operationId, { lock: { machineId: free.machineId, startMs: free.startMs + 1 } }),
      schedule,
    ),
  ).toContain('lock');
  expect(codes(shop, altered(schedule, running.operationId, shiftedBy(1)))).toContain('running');
  expect(
    codes(
      shop,
      altered(schedule, tooled.operationId, () => ({ toolUnit: 99 })),
    ),
  ).toContain('tool');
  expect(
    codes(
      shop,
      altered(schedule, manned.operationId, () => ({ operatorSeat: 99 })),
    ),
  ).toContain('operator');
  expect(codes(machine(batched.machineId, { batchCapacity: 1 }), schedule)).toContain('batch');
  const better = {
    ...schedule,
    objective: { ...schedule.objective, makespanMs: schedule.objective.makespanMs - 1 },
  };
  expect(codes(shop, better)).toContain('objective');
});

test('two that hold one tool copy or one operator at the same time are caught', () => {
  const always = [{ startMs: 0, endMs: 100 * HOUR_MS }];
  const shop: ShopSnapshot = {
    siteId: 's',
    nowMs: 0,
    seed: 1,
    calendars: { always },
    setUpMatrices: [],
    machines: ['a', 'b'].map((id) => ({ id, calendarId: 'always' })),
    operatorGroups: [{ id: 'crew', shifts: [{ startMs: 0, endMs: 100 * HOUR_MS, headCount: 2 }] }],
    tools: [{ id: 'die', count: 2 }],
    jobs: ['a', 'b'].map((id) => ({
      id,
      releaseMs: 0,
      dueMs: HOUR_MS,
      weight: 1,
      operations: [
        {
          id: `on-${id}`,
          alternatives: [{ machineId: id, durationMs: HOUR_MS }],
          interruptible: true,
          attended: 'whole',
          operatorGroupId: 'crew',
          toolId: 'die',
        },
      ],
    })),
  };
  const schedule = planned(shop);
  expect(codes(shop, schedule)).toEqual([]);
  const same = (change: Partial<ScheduledOperation>): ShopSchedule => ({
    ...schedule,
    operations: schedule.operations.map((one) => ({ ...one, ...change })),
  });
  expect(codes(shop, same({ toolUnit: 0 }))).toEqual(['tool']);
  expect(codes(shop, same({ operatorSeat: 0 }))).toEqual(['operator']);
});
