import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GatewayHouse, openGatewayHouse } from '../../../test/setup/gateway-house.ts';
import type { Scope, Tx } from '../kernel/index.ts';
import { listAlarms } from './store-alarm.ts';
import { listCommands } from './store-command.ts';

let gw: GatewayHouse;
beforeAll(async () => {
  gw = await openGatewayHouse();
});
afterAll(() => gw?.close());

/** Rows that the query touched and did not show, as PostgreSQL tells them. */
async function passedOver(scope: Scope, list: (tx: Tx) => Promise<object[]>): Promise<number> {
  return gw.house.kernel.db.transaction(scope, async (tx) => {
    let plan = '';
    const rows: Tx['rows'] = async (sql, values) => {
      const lines = await tx.rows<Record<string, string>>(`EXPLAIN (ANALYZE, COSTS OFF) ${sql}`, values);
      plan = lines.map((line) => line['QUERY PLAN']).join('\n');
      return [];
    };
    await list({ ...tx, rows });
    expect(plan).toMatch(/Scan/);
    const removed = [...plan.matchAll(/Rows Removed by Filter: (\d+)/g)].map(([, rows]) => Number(rows));
    return removed.reduce((sum, rows) => sum + rows, /Seq Scan/.test(plan) ? Number.POSITIVE_INFINITY : 0);
  });
}

test('a factory and a gateway page through their own alarms and commands, whatever the network has', async () => {
  const owner = new pg.Client({ connectionString: gw.house.adminUrl });
  await owner.connect();
  const { rows } = await owner.query<{ network_id: string }>('SELECT network_id FROM gateway');
  const networkId = rows[0]?.network_id ?? '';
  // Others have said much, all of it later than what is asked for.
  await owner.query(
    `INSERT INTO edge_alarm (network_id, gateway_id, factory_org_id, received_at, id, machine_id, machine_code, rule,
       severity, phase, at, value)
     SELECT $1, CASE WHEN n < 0 THEN $2::uuid ELSE gen_random_uuid() END, CASE WHEN n < 0 THEN $3::uuid ELSE gen_random_uuid() END,
       now(), n::text, gen_random_uuid(), 'M', 'hot', 'warning', 'raised', now() + n * interval '1 second', 1
       FROM generate_series(-40, 20000) n`,
    [networkId, gw.gatewayId, gw.factoryId],
  );
  await owner.query(
    `INSERT INTO machine_command (network_id, id, factory_org_id, gateway_id, machine_id, machine_code, command, class, value,
       reason, state, requested_by, requested_by_id, requested_at, expires_at)
     SELECT a.network_id, gen_random_uuid(), a.factory_org_id, a.gateway_id, a.machine_id, 'M', 'go', 'normal', '1', 'x',
       'executed', 'x', gen_random_uuid(), now(), now() FROM edge_alarm a`,
  );
  await owner.query('ANALYZE edge_alarm, machine_command');
  await owner.end();
  const { factoryId: organisationId, gatewayId } = gw;
  const [limit, beforeId] = [51, null];
  const mine: Scope = { kind: 'organisation', networkId, organisationId };
  const network: Scope = { kind: 'network', networkId };
  expect([
    await passedOver(mine, (tx) => listAlarms(tx, networkId, { limit })),
    await passedOver(mine, (tx) => listCommands(tx, networkId, { beforeId, limit })),
    await passedOver(network, (tx) => listAlarms(tx, networkId, { gatewayId, limit })),
    await passedOver(network, (tx) => listCommands(tx, networkId, { gatewayId, beforeId, limit })),
  ]).toEqual([0, 0, 0, 0]);
});
