import type { Tx } from '../kernel/index.ts';
import type { StoredLayout } from './layout.ts';

export interface MachineMinute {
  readonly minute: number;
  readonly runningS: number;
  /** As stored: signed. */
  readonly cumulative: number;
  readonly state: number | null;
  readonly energyWh: number | null;
  /** Minutes since the local midnight with which the count begins. */
  readonly ownDay: number | null;
  readonly increment: boolean;
}

/** One position of every row in [from, to), epoch ms. */
export function readMachineMinutes(
  tx: Tx,
  machineId: string,
  layouts: readonly StoredLayout[],
  from: number,
  to: number,
): Promise<MachineMinute[]> {
  return tx.rows<MachineMinute>(
    `SELECT b.minute, b.running_s[p.at] AS "runningS", b.cumulative[p.at] AS cumulative, b.state[p.at] AS state,
            b.energy_wh[p.at] AS "energyWh", b.own_day[p.at] AS "ownDay", p.increment
       FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::boolean[])
         AS p (org_id, gateway_id, layout_id, at, increment)
       JOIN record_batch b USING (org_id, gateway_id, layout_id)
      WHERE b.minute >= $6 AND b.minute < $7 AND b.running_s[p.at] IS NOT NULL ORDER BY b.minute, b.gateway_id`,
    [
      layouts.map(({ orgId }) => orgId),
      layouts.map(({ gatewayId }) => gatewayId),
      layouts.map(({ layoutId }) => layoutId),
      layouts.map(({ machineIds }) => machineIds.indexOf(machineId) + 1),
      layouts.map(({ machineIds, increments }) => increments[machineIds.indexOf(machineId)] ?? false),
      new Date(from),
      new Date(to),
    ],
  );
}
