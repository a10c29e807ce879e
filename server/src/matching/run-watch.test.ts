import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/setup/database.ts';
import { type Kernel, openKernel, readConfig } from '../kernel/index.ts';
import { createRunWatch, DISCARDED, type RunWatch } from './run-watch.ts';
import { dropLease, takeLease } from './store-request.ts';

const LEASE_MS = 60_000;
let database: FreshDatabase;
let kernel: Kernel;
/** Of the process that plans, and of another one. */
let here: RunWatch;
let there: RunWatch;

beforeAll(async () => {
  database = await freshDatabase();
  const config = readConfig({ MILLRACE_ROLES: 'api', MILLRACE_LOG_LEVEL: 'silent' });
  kernel = await openKernel({ ...config, databaseUrl: database.adminUrl });
  here = createRunWatch(kernel);
  there = createRunWatch(kernel);
});
afterAll(async () => {
  await kernel?.stop();
  await database?.drop();
});

async function leased(): Promise<{ networkId: string; holder: string; drop(): Promise<void> }> {
  const [networkId, holder] = [randomUUID(), randomUUID()];
  const scope = { kind: 'network', networkId } as const;
  const now = kernel.clock.wallNow();
  await kernel.db.transaction(scope, (tx) => takeLease(tx, networkId, holder, now, now + LEASE_MS));
  return {
    networkId,
    holder,
    drop: () => kernel.db.transaction(scope, (tx) => dropLease(tx, networkId, holder)),
  };
}
const never = new Promise<never>(() => undefined);

describe('a run under way', () => {
  test('is seen and dropped from another process', async () => {
    const { networkId, holder, drop } = await leased();
    expect(await there.current(networkId)).toBeUndefined();
    const run = here.begin(networkId, holder, 'manual');
    run.control.onProgress?.({ phase: 'improve', done: 3, of: 10, objective: 700, lowerBound: 500 });
    const seen = await vi.waitFor(async () => {
      const found = await there.current(networkId);
      expect(found).toBeDefined();
      return found;
    });
    expect(seen).toMatchObject({ trigger: 'manual', phase: 'improve', done: 3, of: 10, objective: 700 });
    expect(await there.stop(networkId, false)).toBeUndefined();
    expect(await run.orDiscarded(never)).toBe(DISCARDED);
    expect(await here.current(networkId)).toMatchObject({ stopping: 'discard' });
    run.end();
    await drop();
    expect(await there.current(networkId)).toBeUndefined();
  });

  test('that is to keep its best plan goes on until it has answered, whatever is wished later', async () => {
    const { networkId, holder, drop } = await leased();
    const run = here.begin(networkId, holder, 'nightly');
    await here.stop(networkId, true);
    await here.stop(networkId, false);
    expect(run.control.signal?.reason).toBe('keep');
    expect(await run.orDiscarded(Promise.resolve('plan'))).toBe('plan');
    run.end();
    await drop();
  });

  test('must be there to be stopped', async () => {
    expect(await here.stop(randomUUID(), true)).toMatchObject({ code: 'no-match-run', status: 409 });
  });
});
