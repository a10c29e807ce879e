import { type Snapshot, sampleSnapshot } from '@millrace/engine';
import { afterAll, expect, test } from 'vitest';
import { createEngineThread } from './engine-thread.ts';
import { runEngine } from './engine-work.ts';

const threads = createEngineThread({ stopMs: 60_000, timeoutMs: 120_000 }, 3);
afterAll(() => threads.stop());

/** Three networks that share nothing but the snapshot they are in. */
function families(): Snapshot {
  const [first, ...others] = [1, 2, 3].map((seed) => family(seed));
  if (first === undefined) throw new TypeError('three were made');
  return {
    ...first,
    calendars: Object.assign({}, first.calendars, ...others.map(({ calendars }) => calendars)),
    machines: [first, ...others].flatMap(({ machines }) => machines),
    sites: [first, ...others].flatMap(({ sites }) => sites),
    capabilities: [first, ...others].flatMap(({ capabilities }) => capabilities),
    lines: [first, ...others].flatMap(({ lines }) => lines),
  };
}

function family(seed: number): Snapshot {
  const snapshot = sampleSnapshot({
    seed,
    sites: 6,
    groupsPerSite: 3,
    machinesPerGroup: 2,
    items: 10,
    routesPerItem: 3,
    lines: 80 + 10 * seed,
    days: 20,
    load: 0.75,
    troubles: 0.01,
  });
  const own = (id: string): string => `${id} of family ${seed}`;
  return {
    ...snapshot,
    calendars: Object.fromEntries(
      Object.entries(snapshot.calendars).map(([id, windows]) => [own(id), windows]),
    ),
    machines: snapshot.machines.map((machine) => ({
      ...machine,
      id: own(machine.id),
      siteId: own(machine.siteId),
      calendarId: own(machine.calendarId),
    })),
    sites: snapshot.sites.map((site) => ({ ...site, id: own(site.id) })),
    capabilities: snapshot.capabilities.map((capability) => ({
      ...capability,
      id: own(capability.id),
      siteId: own(capability.siteId),
      itemId: own(capability.itemId),
      steps: capability.steps.map(({ machineIds, setUpMs, msPerPiece }) => ({
        machineIds: machineIds.map(own),
        setUpMs,
        msPerPiece,
      })),
    })),
    lines: snapshot.lines.map(({ previous: _previous, locks: _locks, ...line }) => ({
      ...line,
      id: own(line.id),
      itemId: own(line.itemId),
    })),
  };
}

test('product families are planned side by side, and the plan is that of one thread', async () => {
  const task = { snapshot: families(), explain: false, verify: true };
  const told: number[] = [];
  const together = await threads.run(task, { onProgress: ({ lowerBound }) => told.push(lowerBound) });
  const alone = runEngine(task);
  expect(together.planHash).toBe(alone.planHash);
  expect(together.violations).toEqual([]);
  expect(together.stoppedAfter).toBeNull();
  expect(together.plan.summary.lowerBound).toBe(alone.plan.summary.lowerBound);
  expect(told.length).toBeGreaterThan(0);
});

test('each is stopped at a call of its own, and the same plan comes again from there', async () => {
  const task = { snapshot: families(), explain: false, verify: true };
  const stop = new AbortController();
  const { planHash, plan, stoppedAfter, violations } = await threads.run(task, {
    signal: stop.signal,
    onProgress: ({ objective }) => {
      if (objective !== undefined) stop.abort('keep');
    },
  });
  expect(violations).toEqual([]);
  expect(plan.summary.lines).toBe(task.snapshot.lines.length);
  expect(stoppedAfter).toHaveLength(3);
  expect(runEngine({ ...task, stopAfter: stoppedAfter }).planHash).toBe(planHash);
});

test('a contradiction in one family refuses the whole', async () => {
  const snapshot = families();
  const [line, ...rest] = snapshot.lines;
  const broken = { ...snapshot, lines: [{ ...line, quantity: 0 } as typeof line & object, ...rest] };
  await expect(threads.run({ snapshot: broken as Snapshot, explain: false, verify: false })).rejects.toThrow(
    /quantity/,
  );
});
