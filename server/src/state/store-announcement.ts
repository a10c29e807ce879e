import type { Tx } from '../kernel/index.ts';
import type { GatewayKey } from './store-hour.ts';

/** What was told of the machines of one gateway, by position. */
export interface Announcement {
  readonly state: Int8Array;
  /** Minutes since the epoch. */
  readonly stoppedSince: Int32Array;
}

/** Of every gateway, by its id. */
export async function readAnnouncements(tx: Tx): Promise<Map<string, Announcement>> {
  const rows = await tx.rows<{ gatewayId: string; state: number[]; stopped: number[] }>(
    'SELECT gateway_id AS "gatewayId", state, stopped_since AS stopped FROM state_announcement',
  );
  return new Map(
    rows.map(({ gatewayId, state, stopped }) => [
      gatewayId,
      { state: Int8Array.from(state), stoppedSince: Int32Array.from(stopped) },
    ]),
  );
}

export async function putAnnouncement(tx: Tx, key: GatewayKey, told: Announcement): Promise<void> {
  await tx.run(
    `INSERT INTO state_announcement (org_id, gateway_id, network_id, state, stopped_since) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (org_id, gateway_id) DO UPDATE SET state = excluded.state, stopped_since = excluded.stopped_since`,
    [key.orgId, key.gatewayId, key.networkId, [...told.state], [...told.stoppedSince]],
  );
}
