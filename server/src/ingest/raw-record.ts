import { MACHINE_STATES, type RawRecord } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';
import { MINUTE_MS } from './local-day.ts';
import { readLayoutsOfMachine } from './store-layout.ts';
import { readMachineMinutes } from './store-record.ts';

/** One machine's minutes from every row it ever stood in, in minute order. */
export async function readRawRecords(
  tx: Tx,
  orgId: string,
  machineId: string,
  from: number,
  to: number,
): Promise<RawRecord[]> {
  const layouts = await readLayoutsOfMachine(tx, orgId, machineId);
  const rows = await readMachineMinutes(tx, machineId, layouts, from, to);
  return rows.map(({ minute: instant, runningS, cumulative, state, energyWh, ownDay, increment }) => {
    const minute = Math.round(instant / MINUTE_MS) * MINUTE_MS;
    return {
      minute,
      runningS,
      count: cumulative >>> 0,
      dayStart: ownDay === null ? null : minute - ownDay * MINUTE_MS,
      increment,
      state: state === null ? null : (MACHINE_STATES[state] ?? null),
      energyWh,
    };
  });
}
