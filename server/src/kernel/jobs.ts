import { PgBoss } from 'pg-boss';
import type { Log } from './log.ts';
import { Bug } from './refusal.ts';

/** Durable background work on PostgreSQL through pg-boss [D8]: survives a restart, retried with back-off. */
export interface Jobs {
  /** Declares a queue and its worker; call before `start`. `cron` runs it on the wall clock too. */
  work<T extends object>(
    name: string,
    handler: (data: T) => Promise<void>,
    options?: { cron?: string },
  ): void;
  /** `key`: at most one job of that key waits at a time. */
  enqueue<T extends object>(name: string, data: T, key?: string): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface Declared {
  readonly handler: (data: object) => Promise<void>;
  readonly cron: string | undefined;
}

const RETRY_LIMIT = 5;
/** Jobs here are rare; four connections leave the pool to requests. */
const CONNECTIONS_MAX = 4;

/** pg-boss owns its schema `pgboss` and creates it, hence the owner's address. */
export function createJobs(ownerUrl: string, log: Log): Jobs {
  const boss = new PgBoss({
    connectionString: ownerUrl,
    max: CONNECTIONS_MAX,
    application_name: 'millrace-jobs',
  });
  const declared = new Map<string, Declared>();
  let started = false;
  boss.on('error', (error) => log.error({ err: error }, 'job queue'));
  return {
    work: (name, handler, options) => {
      if (started) throw new Bug(`job ${name} declared after start`);
      declared.set(name, { handler: handler as Declared['handler'], cron: options?.cron });
    },
    enqueue: async (name, data, key) => {
      await boss.send(name, data, key === undefined ? {} : { singletonKey: key });
    },
    start: async () => {
      await boss.start();
      for (const [name, { handler, cron }] of declared) {
        await boss.createQueue(name, { policy: 'short', retryLimit: RETRY_LIMIT, retryBackoff: true });
        await boss.work(name, async (batch) => {
          for (const job of batch) await handler((job.data ?? {}) as object);
        });
        if (cron !== undefined) await boss.schedule(name, cron, {});
      }
      started = true;
    },
    stop: async () => {
      if (started) await boss.stop({ graceful: true, timeout: 10_000 });
      started = false;
    },
  };
}
