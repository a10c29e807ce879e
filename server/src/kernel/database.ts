import pg from 'pg';
import { type Clock, wallClock } from './clock.ts';
import { Bug, isRefusal } from './refusal.ts';

// bigint and numeric arrive as strings by default; every bigint here is a count or an instant below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number);
// Instants are epoch milliseconds everywhere [D12]; calendar days stay text.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => new Date(text).getTime());
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

/**
 * In whose name a transaction runs; row-level security reads it [D4].
 * `platform`: machinery that serves every network (ingest writer, outbox, sign-in). `network`: the operator or a planning
 * task of one network. `organisation`: one member, sees only what it is a party to or was granted.
 */
export type Scope =
  | { readonly kind: 'platform' }
  | { readonly kind: 'network'; readonly networkId: string }
  | { readonly kind: 'organisation'; readonly networkId: string; readonly organisationId: string };

export const PLATFORM: Scope = { kind: 'platform' };

export type Row = Record<string, unknown>;
/** One transaction. `rows` for reading, `run` for the number of rows changed. */
export interface Tx {
  rows<T extends object = Row>(sql: string, params?: readonly unknown[]): Promise<T[]>;
  /** The only row, or undefined; more than one is a bug. */
  maybe<T extends object = Row>(sql: string, params?: readonly unknown[]): Promise<T | undefined>;
  one<T extends object = Row>(sql: string, params?: readonly unknown[]): Promise<T>;
  run(sql: string, params?: readonly unknown[]): Promise<number>;
  /** For COPY streams only. */
  readonly client: pg.PoolClient;
  readonly scope: Scope;
  /** The platform's clocks, for what records when it was written. */
  readonly clock: Clock;
  /** Runs as the last statements before COMMIT, in order, so that a lock everybody needs is held shortest. */
  beforeCommit(act: () => Promise<void>): void;
  /** Runs after COMMIT, in order; never on rollback. */
  afterCommit(act: () => void): void;
}

export interface Database {
  /** Commits unless `work` throws or returns a refusal. */
  transaction<T>(scope: Scope, work: (tx: Tx) => Promise<T>): Promise<T>;
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Most work is short; more connections than this only make two cores switch. */
const POOL_MAX = 16;
/** A request that cannot have a connection in this time is answered 503 instead of piling up. */
const CONNECT_TIMEOUT_MS = 5_000;
/** A statement longer than this is a bug or an attack; bulk work sets its own. */
const STATEMENT_TIMEOUT_MS = 30_000;

/** `url` may belong to the owner: every connection becomes the role `millrace_app`, which row-level security binds. */
export function openDatabase(
  url: string,
  onIdleError: (error: Error) => void,
  max = POOL_MAX,
  clock: () => Clock = () => wallClock,
): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    options: `-c role=millrace_app -c timezone=UTC -c statement_timeout=${STATEMENT_TIMEOUT_MS}`,
  });
  // The pool forgets its connections before they are closed; what they say on their way out is no news.
  let closing = false;
  pool.on('error', (error) => {
    if (!closing) onIdleError(error);
  });
  // A connection that dies between two statements of a transaction reports it here and nowhere else, and an error nobody
  // listens to ends the process. The next statement fails and says why.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    pool,
    transaction: (scope, work) => transact(pool, scope, clock(), work),
    close: () => {
      closing = true;
      return pool.end();
    },
  };
}

async function transact<T>(
  pool: pg.Pool,
  scope: Scope,
  clock: Clock,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  const before: (() => Promise<void>)[] = [];
  const after: (() => void)[] = [];
  let broken: Error | undefined;
  try {
    await client.query(begin(scope));
    const result = await work(createTx(client, { scope, clock }, before, after));
    if (isRefusal(result)) {
      await client.query('ROLLBACK');
      return result;
    }
    for (const act of before) await act();
    await client.query('COMMIT');
    for (const act of after) act();
    return result;
  } catch (error) {
    // A rollback that fails means the connection is gone; the pool must not hand it out again.
    await client.query('ROLLBACK').catch((cause: Error) => {
      broken = cause;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** One round trip. Values are checked, not quoted, because SET takes no parameters. */
function begin(scope: Scope): string {
  const networkId = scope.kind === 'platform' ? '' : uuid(scope.networkId);
  const organisationId = scope.kind === 'organisation' ? uuid(scope.organisationId) : '';
  return (
    `BEGIN; SET LOCAL millrace.scope = '${scope.kind}'; SET LOCAL millrace.network_id = '${networkId}'; ` +
    `SET LOCAL millrace.organisation_id = '${organisationId}'`
  );
}

function uuid(text: string): string {
  if (!UUID.test(text)) throw new Bug(`not a uuid: ${text}`);
  return text;
}

function createTx(
  client: pg.PoolClient,
  context: Pick<Tx, 'scope' | 'clock'>,
  before: (() => Promise<void>)[],
  after: (() => void)[],
): Tx {
  const rows = async <T extends object>(sql: string, params: readonly unknown[] = []): Promise<T[]> =>
    (await client.query<T>(sql, [...params])).rows;
  const maybe = async <T extends object>(
    sql: string,
    params?: readonly unknown[],
  ): Promise<T | undefined> => {
    const found = await rows<T>(sql, params);
    if (found.length > 1) throw new Bug(`expected one row, got ${found.length}: ${sql}`);
    return found[0];
  };
  return {
    rows,
    maybe,
    one: async <T extends object>(sql: string, params?: readonly unknown[]) => {
      const found = await maybe<T>(sql, params);
      if (found === undefined) throw new Bug(`expected one row, got none: ${sql}`);
      return found;
    },
    run: async (sql, params = []) => (await client.query(sql, [...params])).rowCount ?? 0,
    client,
    ...context,
    beforeCommit: (act) => void before.push(act),
    afterCommit: (act) => void after.push(act),
  };
}

/**
 * Classes of SQLSTATE that pass by themselves: connection, serialisation and deadlock, resources, intervention, system; and
 * 55000, a database closed to connections for maintenance.
 */
const PASSING_STATES = /^(08|40|53|57|58|55000)/;

/** True when the same may succeed a moment later: the database restarts, is full or was in a hurry. */
export function isPassingFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return PASSING_STATES.test(code) || /^E(CONN|PIPE|NOENT|TIMEDOUT)/.test(code);
  // The driver's own words for a connection that is lost or cannot be had; they carry no code.
  return /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/.test(
    error.message,
  );
}
