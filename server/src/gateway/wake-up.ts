import type pg from 'pg';
import type { Database, Log, Tx } from '../kernel/index.ts';

const CHANNEL = 'millrace_gateway';

/** With the commit of whatever the gateway should know of: every process looks whether it waits there. */
export async function wakeGateway(tx: Tx, gatewayId: string): Promise<void> {
  await tx.run('SELECT pg_notify($1, $2)', [CHANNEL, gatewayId]);
}

/** The ear of this process. NOTIFY is only a wake-up [D3a]: whoever waits is looked after by a timer too. */
export interface WakeUp {
  /** Listens, when it does not yet or not any more. */
  listen(): Promise<void>;
  stop(): Promise<void>;
}

export function createWakeUp(db: Database, log: Log, wake: (gatewayId: string) => void): WakeUp {
  let client: pg.PoolClient | undefined;
  let stopped = false;
  return {
    listen: async () => {
      if (client || stopped) return;
      const fresh = await db.pool.connect();
      const lost = (error?: Error): void => {
        if (client !== fresh) return;
        client = undefined;
        fresh.release(true);
        if (!stopped) log.warn({ reason: error?.message }, 'lost the wake-up connection of gateways');
      };
      fresh.on('notification', ({ payload }) => payload !== undefined && wake(payload));
      fresh.on('error', lost);
      fresh.on('end', () => lost());
      client = fresh;
      await fresh.query(`LISTEN ${CHANNEL}`).catch((error: Error) => lost(error));
    },
    stop: async () => {
      stopped = true;
      const last = client;
      client = undefined;
      last?.release(true);
    },
  };
}
