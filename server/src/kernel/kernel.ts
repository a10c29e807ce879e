import pg from 'pg';
import { type Clock, domainClock, wallClock } from './clock.ts';
import type { Config } from './config.ts';
import { type Database, openDatabase, PLATFORM } from './database.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { createIdSource, type IdSource } from './ids.ts';
import { createJobs, type Jobs } from './jobs.ts';
import { createLog, type Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { migrate } from './migrate.ts';
import { type Bus, createBus } from './outbox.ts';
import { exitCodes, StartRefusal } from './start-refusal.ts';
import { createTicker, type Ticker } from './ticker.ts';

/** What every module stands on; knows nothing of factories. */
export interface Kernel {
  readonly config: Config;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly db: Database;
  readonly bus: Bus;
  readonly jobs: Jobs;
  readonly ticker: Ticker;
  /** Address with the owner's rights, for machinery that needs DDL. */
  readonly ownerUrl: string;
  /** Empty when ready; otherwise what is missing, in words. */
  readiness(): Promise<string[]>;
  /** Subscribers, jobs and periodic work begin; modules are composed by now. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A sped-up clock's position is kept this often, so a crash repeats at most this much wall time. */
const CLOCK_KEEP_MS = 1_000;
/** Old news goes little by little. */
const PRUNE_EVERY_MS = 600_000;
/** A database that has just been started elsewhere may need a moment. */
const CONNECT_TIMEOUT_MS = 5_000;

export interface KernelOptions {
  /** The simulator and the tests bring their own clock and ids. */
  readonly clock?: Clock;
  readonly ids?: IdSource;
  readonly log?: Log;
}

export async function openKernel(config: Config, options: KernelOptions = {}): Promise<Kernel> {
  const log = options.log ?? createLog(config.logLevel);
  const postgres = config.databaseUrl === undefined ? await startPostgres(config, log) : undefined;
  const ownerUrl = config.databaseUrl ?? postgres?.adminUrl('millrace') ?? '';
  try {
    if (postgres) await createDatabase(postgres.adminUrl('postgres'), 'millrace');
    else await probe(ownerUrl);
    await migrate(ownerUrl);
  } catch (error) {
    await postgres?.stop();
    throw error;
  }
  // The domain clock's position is read from the database, so the database is opened first.
  let clock = options.clock ?? wallClock;
  // The driver hangs its whole client on the error; the message says it all.
  const onIdleError = (error: Error): void =>
    log.warn({ reason: error.message }, 'idle database connection lost');
  const db = openDatabase(ownerUrl, onIdleError, undefined, () => clock);
  clock = options.clock ?? (await readClock(db, config));
  return assemble({ config, log, postgres, ownerUrl, db, clock, ids: options.ids });
}

interface Parts {
  readonly config: Config;
  readonly log: Log;
  readonly postgres: EmbeddedPostgres | undefined;
  readonly ownerUrl: string;
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: IdSource | undefined;
}

function assemble({ config, log, postgres, ownerUrl, db, clock, ids }: Parts): Kernel {
  const metrics = createMetrics();
  const bus = createBus(db, clock, log, metrics);
  const jobs = createJobs(ownerUrl, log);
  const ticker = createTicker(log, metrics);
  if (clock.speed !== 1) ticker.every('keep-clock', CLOCK_KEEP_MS, () => keepClock(db, clock));
  ticker.every('prune-outbox', PRUNE_EVERY_MS, async () => {
    await bus.prune();
  });
  let started = false;
  return {
    config,
    clock,
    ids: ids ?? createIdSource(() => clock.wallNow()),
    log,
    metrics,
    db,
    bus,
    jobs,
    ticker,
    ownerUrl,
    readiness: async () => {
      const answered = await db.pool.query('SELECT 1').then(
        () => true,
        () => false,
      );
      return [...(started ? [] : ['starting']), ...(answered ? [] : ['database does not answer'])];
    },
    start: async () => {
      await bus.start();
      if (config.roles.includes('worker')) await jobs.start();
      ticker.start();
      started = true;
    },
    stop: async () => {
      started = false;
      await ticker.stop();
      await jobs.stop();
      await bus.stop();
      await db.close();
      await postgres?.stop();
    },
  };
}

async function startPostgres(config: Config, log: Log): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    log: (line) => log.debug({ postgres: true }, line),
  });
  postgres.onExit((exit) => {
    log.fatal({ exit }, 'PostgreSQL is gone and could not be restarted');
    process.exit(exitCodes.unavailable);
  });
  return postgres;
}

async function createDatabase(adminUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
}

/** One clear sentence instead of a driver's stack when the address is wrong. */
async function probe(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A connection that is refused late also reports on the socket; the sentence below says it once.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    const why =
      cause instanceof Error && cause.message !== ''
        ? cause.message
        : String((cause as { code?: unknown }).code);
    throw new StartRefusal(
      `The database of DATABASE_URL cannot be used (${why}). Check address, name, user and password, and that it is running.`,
      exitCodes.unavailable,
      { cause },
    );
  }
  const { rows } = await client.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  await client.end();
  if ((rows[0]?.version ?? 0) < 150_000) {
    throw new StartRefusal(
      'The database of DATABASE_URL is older than PostgreSQL 15; use 15 or newer.',
      exitCodes.configuration,
    );
  }
}

async function readClock(db: Database, { clockSpeed: speed, clockStart }: Config): Promise<Clock> {
  if (speed === 1) return wallClock;
  const wallMs = Date.now();
  const kept = await db.transaction(PLATFORM, (tx) =>
    tx.maybe<{ at: number }>('SELECT domain_at AS at FROM kernel_clock'),
  );
  return domainClock({ domainMs: kept?.at ?? clockStart ?? wallMs, wallMs }, speed);
}

async function keepClock(db: Database, clock: Clock): Promise<void> {
  await db.transaction(PLATFORM, (tx) =>
    tx.run(
      `INSERT INTO kernel_clock (domain_at, wall_at, speed) VALUES ($1, $2, $3)
       ON CONFLICT (only_row) DO UPDATE SET domain_at = $1, wall_at = $2, speed = $3`,
      [new Date(clock.now()), new Date(clock.wallNow()), clock.speed],
    ),
  );
}
