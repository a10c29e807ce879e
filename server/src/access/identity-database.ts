import { AsyncLocalStorage } from 'node:async_hooks';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { Bug, type Tx } from '../kernel/index.ts';

/**
 * better-auth's database, bound to whatever transaction it is called in: a user, the membership and the audit entry are
 * stored together or not at all, in the scope of the caller, over the one pool.
 */
export interface IdentityDatabase {
  readonly kysely: Kysely<unknown>;
  within<T>(tx: Tx, work: () => Promise<T>): Promise<T>;
}

export function createIdentityDatabase(): IdentityDatabase {
  const acting = new AsyncLocalStorage<Tx>();
  const pool = {
    connect: async () => connection(acting.getStore()),
    end: async () => undefined,
  };
  return {
    // Kysely types the pool as the driver's own class, but asks only for these two methods.
    kysely: new Kysely({ dialect: new PostgresDialect({ pool: pool as unknown as pg.Pool }) }),
    within: (tx, work) => acting.run(tx, work),
  };
}

/** Kysely gives back what it took; the connection stays the transaction's. */
function connection(tx: Tx | undefined) {
  if (!tx) throw new Bug('identity was asked outside a transaction');
  return {
    query: (text: string, values: unknown[]) => tx.client.query({ text, values, types: DATES }),
    release: () => undefined,
  };
}

/** better-auth calculates with Date, the rest of the platform with epoch milliseconds. */
const DATES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === pg.types.builtins.TIMESTAMPTZ
      ? (text: string) => new Date(text)
      : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};
