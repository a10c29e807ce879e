import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase } from '../../../test/setup/database.ts';
import { readConfig } from './config.ts';
import { type Kernel, openKernel } from './kernel.ts';

const NETWORK = '01900000-0000-7000-8000-000000000001';
const OTHER = '01900000-0000-7000-8000-000000000002';
const ORDER = '01900000-0000-7000-8000-00000000000a';
let kernel: Kernel;
const seen: { subscriber: string; orderNo: string; networkId: string }[] = [];
let failuresLeft = 0;

beforeAll(async () => {
  const database = await freshDatabase();
  kernel = await openKernel({
    ...readConfig({}),
    databaseUrl: database.adminUrl,
    logLevel: 'silent',
    roles: ['api'],
  });
  kernel.bus.subscribe('test-closed', ['order-closed'], async (_tx, event) => {
    if (event.payload.orderNo === 'poison') {
      failuresLeft--;
      throw new Error('cannot digest'); // a fault of the subscriber, on purpose
    }
    seen.push({ subscriber: 'test-closed', orderNo: event.payload.orderNo, networkId: event.networkId });
  });
  kernel.bus.subscribe('test-writer', ['order-closed'], async (tx, event) => {
    await tx.run(
      `INSERT INTO outbox_dead_event (subscriber, event_id, network_id, kind, payload, error) VALUES ('test-writer', $1, $2, 'note', '{}', '')`,
      [event.id, event.networkId],
    );
  });
  await kernel.start();
});
afterAll(() => kernel.stop());

const close = (networkId: string, orderNo: string, fail = false): Promise<unknown> =>
  kernel.db.transaction({ kind: 'network', networkId }, async (tx) => {
    await kernel.bus.publish(tx, networkId, 'order-closed', { orderId: ORDER, orderNo });
    if (fail) throw new RangeError('rolled back on purpose');
  });

test('an event reaches every subscriber once, and an event of a rolled-back transaction reaches none', async () => {
  await close(NETWORK, 'first');
  await expect(close(NETWORK, 'never', true)).rejects.toThrow(RangeError);
  await kernel.bus.settle();
  expect(seen).toEqual([{ subscriber: 'test-closed', orderNo: 'first', networkId: NETWORK }]);
});

test('events told together arrive in the order in which they were told', async () => {
  seen.length = 0;
  const told = ['a', 'b', 'c', 'd'];
  await kernel.db.transaction({ kind: 'network', networkId: NETWORK }, (tx) =>
    kernel.bus.publishAll(
      tx,
      NETWORK,
      told.map((orderNo) => ({ kind: 'order-closed', payload: { orderId: ORDER, orderNo } })),
    ),
  );
  await kernel.bus.settle();
  expect(seen.map((event) => event.orderNo)).toEqual(told);
});

test('an event committed late is not skipped although its number is lower', async () => {
  seen.length = 0;
  const slow = Promise.withResolvers<void>();
  const inserted = Promise.withResolvers<void>();
  const late = kernel.db.transaction({ kind: 'network', networkId: NETWORK }, async (tx) => {
    await kernel.bus.publish(tx, NETWORK, 'order-closed', { orderId: ORDER, orderNo: 'late' });
    inserted.resolve();
    await slow.promise;
  });
  await inserted.promise;
  await close(OTHER, 'early');
  slow.resolve();
  await late;
  await kernel.bus.settle();
  expect(seen.map((event) => event.orderNo).sort()).toEqual(['early', 'late']);
});

test('what a handler writes and its position are one transaction', async () => {
  const rows = await kernel.db.transaction({ kind: 'platform' }, (tx) =>
    tx.rows(`SELECT event_id FROM outbox_dead_event WHERE subscriber = 'test-writer'`),
  );
  expect(rows.length).toBe(7);
});

test('an event that cannot be digested is retried, set aside, and does not stop the next one', async () => {
  seen.length = 0;
  failuresLeft = 100;
  await close(NETWORK, 'poison');
  await close(NETWORK, 'after');
  // Skips the pauses between retries instead of sleeping through them.
  const settled = kernel.bus.settle().then(() => true);
  while (!(await Promise.race([settled, kernel.db.pool.query('SELECT 1').then(() => false)]))) {
    await kernel.db.pool.query('UPDATE outbox_subscriber SET retry_at = NULL');
  }
  const dead = await kernel.db.transaction({ kind: 'platform' }, (tx) =>
    tx.rows<{ error: string }>(`SELECT error FROM outbox_dead_event WHERE subscriber = 'test-closed'`),
  );
  expect(dead).toEqual([{ error: 'Error: cannot digest' }]);
  // Eight tries alone, and at most one before in company.
  expect([8, 9]).toContain(100 - failuresLeft);
});

test('a network cannot read the outbox, only add to its own', async () => {
  const rows = await kernel.db.transaction({ kind: 'network', networkId: NETWORK }, (tx) =>
    tx.rows('SELECT id FROM outbox_event'),
  );
  expect(rows).toEqual([]);
  await expect(
    kernel.db.transaction({ kind: 'network', networkId: OTHER }, (tx) =>
      kernel.bus.publish(tx, NETWORK, 'order-closed', { orderId: ORDER, orderNo: 'forged' }),
    ),
  ).rejects.toThrow(/row-level security/);
});

test('old news that everybody has digested is forgotten, and nothing else', async () => {
  const owner = new pg.Client({ connectionString: kernel.ownerUrl });
  await owner.connect();
  await close(NETWORK, 'old');
  await kernel.bus.settle();
  await owner.query(`UPDATE outbox_event SET recorded_at = now() - interval '8 days'`);
  const kept = await owner.query<{ count: number }>('SELECT count(*)::int AS count FROM outbox_event');
  await owner.query(`UPDATE outbox_subscriber SET tx_id = '0', event_id = 0 WHERE name = 'test-writer'`);
  expect(await kernel.bus.prune()).toBe(0);
  await owner.query(
    `UPDATE outbox_subscriber SET tx_id = '${Number.MAX_SAFE_INTEGER}', event_id = 0 WHERE name = 'test-writer'`,
  );
  expect(await kernel.bus.prune()).toBe(kept.rows[0]?.count);
  await owner.end();
});
