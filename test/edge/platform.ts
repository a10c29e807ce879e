import { setTimeout as sleep } from 'node:timers/promises';
import type { DomainClock } from '@millrace/contract';
import type { Seeded } from '../../bench/seed.ts';

/** The real server as a process, with a seeded factory, its gateways and their machines. */
export interface EdgePlatform {
  readonly http: string;
  readonly plant: Seeded;
  /** As the schema's owner. */
  query<T extends object>(sql: string): Promise<T[]>;
  close(): Promise<void>;
}
/** [GET /machines/{id}/loss-ledger] */
export interface Ledger {
  readonly received: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly conflict: number;
  readonly rejected: number;
}
export interface Row {
  readonly minute: number;
  readonly runningS: number;
  readonly count: number;
}

const TRIES = 60;
const TRY_MS = 500;

export const clockOf = (platform: EdgePlatform): Promise<DomainClock> => ask(platform, '/clock');
export const ledgerOf = (platform: EdgePlatform, machineId: string): Promise<Ledger> =>
  ask(platform, `/machines/${machineId}/loss-ledger`);

export async function rowsOf(
  platform: EdgePlatform,
  machineId: string,
  from: number,
  to: number,
): Promise<readonly Row[]> {
  const path = `/machines/${machineId}/records?from=${from}&to=${to}`;
  return (await ask<{ readonly rows: readonly Row[] }>(platform, path)).rows;
}

/** A platform that is busy or limits its readers is asked again. */
async function ask<T>({ http, plant }: EdgePlatform, path: string): Promise<T> {
  for (let tries = 0; tries < TRIES; tries++) {
    const headers = { authorization: `Bearer ${plant.keyToken}` };
    const answer = await fetch(`${http}/api/v3${path}`, { headers });
    if (answer.status === 200) return (await answer.json()) as T;
    if (answer.status !== 503 && answer.status !== 429)
      throw new TypeError(`${path}: ${answer.status} ${await answer.text()}`);
    await answer.body?.cancel();
    await sleep(TRY_MS);
  }
  throw new TypeError(`${path}: the platform has no time`);
}
