import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/setup/database.ts';
import { type Kernel, openKernel, readConfig } from '../kernel/index.ts';
import type { Floor } from './floor.ts';
import { createScheduleWatch, type ScheduleWatch } from './schedule-watch.ts';

const HOUR = 3_600_000;
let database: FreshDatabase;
let kernel: Kernel;
/** Of the process that computes, and of another one. */
let here: ScheduleWatch;
let there: ScheduleWatch;

beforeAll(async () => {
  database = await freshDatabase();
  const config = readConfig({ MILLRACE_ROLES: 'api', MILLRACE_LOG_LEVEL: 'silent' });
  kernel = await openKernel({ ...config, databaseUrl: database.adminUrl });
  here = createScheduleWatch(kernel);
  there = createScheduleWatch(kernel);
});
afterAll(async () => {
  await kernel?.stop();
  await database?.drop();
});

const floor = (): Floor => ({
  networkId: randomUUID(),
  siteId: randomUUID(),
  siteName: 'Works',
  factoryOrganisationId: randomUUID(),
  zone: 'UTC',
  nowMs: 0,
  fenceMs: HOUR,
  machines: [],
  orders: [],
  operations: [],
});

/** Ends when it is told to, with what it has; tells once how far it is. */
const untilStopped = (of: Floor) =>
  here.run(of, 1_000, ({ signal, onProgress }) => {
    onProgress?.({
      phase: 'improve',
      rounds: 7,
      best: { weightedTardiness: 40 * HOUR, makespanMs: HOUR, changes: 0 },
      lowerBound: 20 * HOUR,
    });
    return new Promise<string>((resolve) => {
      signal?.addEventListener('abort', () => signal.reason === 'keep' && resolve('the best so far'));
    });
  });

describe('a computation under way', () => {
  test('is seen by every process, with its best so far and its bound, and only one goes on for a site', async () => {
    const site = floor();
    const over = untilStopped(site);
    await vi.waitFor(async () => {
      expect(await there.current(site.networkId, site.siteId)).toMatchObject({
        phase: 'improve',
        rounds: 7,
        of: 1_000,
        weightedTardiness: 2,
        lowerBound: 1,
        stopping: null,
      });
    }, 10_000);
    expect(await there.run(site, 1, async () => 'mine')).toMatchObject({ code: 'schedule-busy' });
    expect(await there.stop(site.networkId, site.siteId, true)).toBeUndefined();
    expect(await over).toBe('the best so far');
    expect(await there.current(site.networkId, site.siteId)).toBeUndefined();
    expect(await there.stop(site.networkId, site.siteId, true)).toMatchObject({ code: 'no-schedule-run' });
  });

  test('that is dropped answers at once, and the next one may begin', async () => {
    const site = floor();
    const over = untilStopped(site);
    await vi.waitFor(async () => {
      expect(await there.stop(site.networkId, site.siteId, false)).toBeUndefined();
    }, 10_000);
    expect(await over).toMatchObject({ code: 'schedule-discarded' });
    expect(await here.run(site, 1, async () => 'next')).toBe('next');
  });

  test('is stopped by its own process without waiting for the table', async () => {
    const site = floor();
    let heard: unknown;
    const over = here.run(site, 1, ({ signal }) => {
      signal?.addEventListener('abort', () => {
        heard = signal.reason;
      });
      return new Promise<string>(() => undefined);
    });
    await vi.waitFor(async () => {
      expect(await here.current(site.networkId, site.siteId)).toBeDefined();
    }, 10_000);
    const stopped = here.stop(site.networkId, site.siteId, false);
    expect(heard).toBe('discard');
    expect(await over).toMatchObject({ code: 'schedule-discarded' });
    expect(await stopped).toBeUndefined();
  });

  test('that fails leaves the site free', async () => {
    const site = floor();
    const failed = here.run(site, 1, () => Promise.reject(new RangeError('the thread died')));
    await expect(failed).rejects.toThrow('the thread died');
    expect(await here.run(site, 1, async () => 'next')).toBe('next');
  });
});
