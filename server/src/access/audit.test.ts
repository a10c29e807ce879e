import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase } from '../../../test/setup/database.ts';
import { type Kernel, openKernel, PLATFORM, readConfig, refuse } from '../kernel/index.ts';
import { type Actor, scopeOf } from './actor.ts';
import { canonicalJson, storable } from './audit.ts';
import { verifyAudit } from './audit-verify.ts';
import { recordAudit } from './record-audit.ts';
import { insertNetwork, insertOrganisation } from './store.ts';

let kernel: Kernel;
let owner: pg.Client;

beforeAll(async () => {
  const { adminUrl } = await freshDatabase();
  kernel = await openKernel({ ...readConfig({}), databaseUrl: adminUrl, logLevel: 'silent' });
  owner = new pg.Client({ connectionString: adminUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await kernel.stop();
});

/** A network with an operator and a factory, and `count` entries by the factory's planner. */
async function networkWithEntries(count: number): Promise<{ networkId: string; planner: Actor }> {
  const networkId = kernel.ids();
  const organisationId = kernel.ids();
  const planner: Actor = {
    kind: 'user',
    id: kernel.ids(),
    label: 'planner@factory.example',
    networkId,
    organisationId,
    organisationKind: 'factory',
    role: 'planner',
    scopes: [],
  };
  await kernel.db.transaction(PLATFORM, async (tx) => {
    await insertNetwork(tx, networkId, 'Delta', 0);
    const common = { networkId, country: null, externalIds: {}, createdAt: 0 };
    await insertOrganisation(tx, {
      ...common,
      id: organisationId,
      kind: 'factory',
      code: 'F',
      name: 'Factory',
    });
  });
  for (let index = 0; index < count; index++) {
    await kernel.db.transaction(scopeOf(planner), (tx) =>
      recordAudit(tx, planner, {
        action: 'order.submit',
        subject: `order/${index}`,
        detail: { index, z: 1.5, a: ['ü', null, { b: true }] },
      }),
    );
  }
  return { networkId, planner };
}
const verify = (networkId: string) =>
  kernel.db.transaction({ kind: 'network', networkId }, (tx) => verifyAudit(tx, networkId));

describe('the audit', () => {
  test('an untouched chain verifies', async () => {
    const { networkId } = await networkWithEntries(5);
    expect(await verify(networkId)).toMatchObject({ entries: 5, intact: true, firstBrokenSeq: null });
  });

  test.each([
    [
      'a changed detail',
      `UPDATE audit_entry SET detail = '{"index": 99}' WHERE network_id = $1 AND seq = 3`,
      3,
    ],
    ['a changed actor', `UPDATE audit_entry SET actor = 'someone' WHERE network_id = $1 AND seq = 2`, 2],
    [
      'a changed instant',
      `UPDATE audit_entry SET at = at + interval '1 ms' WHERE network_id = $1 AND seq = 1`,
      1,
    ],
    ['a removed entry', 'DELETE FROM audit_entry WHERE network_id = $1 AND seq = 2', 2],
    ['the last entries removed', 'DELETE FROM audit_entry WHERE network_id = $1 AND seq > 3', 4],
    ['all entries removed', 'DELETE FROM audit_entry WHERE network_id = $1', 1],
    ['the head set back', `UPDATE audit_head SET seq = 4 WHERE network_id = $1`, 6],
  ])('%s is noticed', async (_what, sql, firstBrokenSeq) => {
    const { networkId } = await networkWithEntries(5);
    expect((await owner.query(sql, [networkId])).rowCount).toBeGreaterThan(0);
    expect(await verify(networkId)).toMatchObject({ intact: false, firstBrokenSeq });
  });

  test('the role the server works as can neither write, change nor delete an entry past the chain', async () => {
    const { networkId, planner } = await networkWithEntries(1);
    for (const sql of [
      'DELETE FROM audit_entry',
      `UPDATE audit_entry SET actor = 'x'`,
      `INSERT INTO audit_entry SELECT * FROM audit_entry`,
      'UPDATE audit_head SET seq = 0',
      'DELETE FROM audit_head',
    ]) {
      const deed = kernel.db.transaction({ kind: 'network', networkId }, (tx) => tx.run(sql));
      await expect(deed, sql).rejects.toThrow(/permission denied/);
    }
    const stranger = { ...planner, organisationId: kernel.ids() };
    const forged = kernel.db.transaction(scopeOf(planner), (tx) =>
      recordAudit(tx, stranger, { action: 'a', subject: 's', detail: {} }),
    );
    await expect(forged).rejects.toThrow(/own name/);
    expect(await verify(networkId)).toMatchObject({ intact: true, entries: 1 });
  });

  test('what is refused leaves no entry', async () => {
    const { networkId, planner } = await networkWithEntries(1);
    await kernel.db.transaction(scopeOf(planner), async (tx) => {
      await recordAudit(tx, planner, { action: 'a', subject: 's', detail: {} });
      return refuse('no', 409, 'No.');
    });
    expect(await verify(networkId)).toMatchObject({ entries: 1, intact: true });
  });

  test('writers at the same time make one chain', async () => {
    const { networkId, planner } = await networkWithEntries(0);
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        kernel.db.transaction(scopeOf(planner), async (tx) => {
          await recordAudit(tx, planner, { action: 'a', subject: `${index}/1`, detail: {} });
          await recordAudit(tx, planner, { action: 'a', subject: `${index}/2`, detail: {} });
        }),
      ),
    );
    expect(await verify(networkId)).toMatchObject({ entries: 80, intact: true });
  });

  test('any detail verifies after it went through the database', async () => {
    const { networkId, planner } = await networkWithEntries(0);
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), async (detail) => {
        await kernel.db.transaction(scopeOf(planner), (tx) =>
          recordAudit(tx, planner, { action: 'a', subject: 's', detail }),
        );
        expect(await verify(networkId)).toMatchObject({ intact: true });
      }),
      { numRuns: 40 },
    );
  });

  test('the canonical text does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(storable(turned))).toBe(canonicalJson(storable(value)));
      }),
    );
  });
});

test('what is typed as the escape of NUL is told from NUL', () => {
  const typed = { 'a\\u0000': '\\u0000', b: 'C:\\\\u0000', 'c\0': 'x\0\\' };
  expect(storable(typed)).toEqual({ 'a\\u0000': '\\u0000', b: 'C:\\\\u0000', 'c\ufffd': 'x\ufffd\\' });
});
