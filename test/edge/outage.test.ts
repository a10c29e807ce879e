import { once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readyLine, startServer } from '../../bench/rig.ts';
import { seed } from '../../bench/seed.ts';
import { freshDatabase } from '../setup/database.ts';
import { type DayPlan, runDay, ZONE } from './day.ts';
import type { EdgePlatform } from './platform.ts';

/** The day of issue 4 in small; the whole one is `npm run bench -- edge E1 E2`. */
const MACHINES = 10;
/** Domain seconds a second. */
const SPEED = 60;
const START = Date.UTC(2026, 2, 2, 3);

let platform: EdgePlatform;
beforeAll(async () => {
  platform = await openPlatform();
}, 60_000);
afterAll(() => platform?.close());

const SHORT: DayPlan = {
  gateway: 0,
  machines: MACHINES,
  warmUpMinutes: 1,
  troubleMinutes: 8,
  liveMinutes: 3,
  kills: 3,
  link: 'down',
  delayMs: 500,
  seed: Number(process.env.TEST_SEED ?? 4),
};

test('after an outage with three kills every record is at the platform once, and the counts are what the machines made', async () => {
  const day = await runDay(platform, SHORT);
  expect(day).toMatchObject({ conflict: 0, rejected: 0, twice: 0, missing: 0, altered: 0, wrongDays: [] });
  expect(day).toMatchObject({ dropped: 0, quarantined: 0, machineDays: MACHINES });
  expect(day.backlog).toBeGreaterThan(MACHINES * 3);
  expect(day.durable).toBeGreaterThan(MACHINES * 3);
  expect(day.pieces).toBeGreaterThan(MACHINES);
}, 180_000);

test('over a link that hangs, drops, cuts, loses answers and delays, with a kill: the same', async () => {
  const day = await runDay(platform, { ...SHORT, gateway: 1, link: 'lossy', kills: 1, troubleMinutes: 4 });
  expect(day).toMatchObject({ conflict: 0, rejected: 0, twice: 0, missing: 0, altered: 0, wrongDays: [] });
  expect(day).toMatchObject({ dropped: 0, quarantined: 0, machineDays: MACHINES });
  expect(day.linkFaults).toBeGreaterThan(0);
  expect(day.pieces).toBeGreaterThan(MACHINES);
}, 180_000);

async function openPlatform(): Promise<EdgePlatform> {
  const database = await freshDatabase();
  const plant = await seed(database.adminUrl, { gateways: 2, machinesPerGateway: MACHINES, zone: ZONE });
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  const server = startServer(database.adminUrl, {
    MILLRACE_ROLES: 'api',
    MILLRACE_CLOCK_SPEED: String(SPEED),
    MILLRACE_CLOCK_START: String(START),
  });
  const { http } = await readyLine(server);
  return {
    http,
    plant,
    query: async <T extends object>(sql: string) => (await client.query<T>(sql)).rows,
    close: async () => {
      const gone = once(server, 'exit');
      server.kill('SIGTERM');
      await gone;
      await client.end();
      await database.drop();
    },
  };
}
