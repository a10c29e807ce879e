import pg from 'pg';
import { type Seeded, type SeedPlan, seed } from '../../bench/seed.ts';
import { openAccess } from '../../server/src/access/index.ts';
import { type Ingest, openIngest } from '../../server/src/ingest/index.ts';
import { type App, createApp, type Kernel, openKernel, readConfig } from '../../server/src/kernel/index.ts';
import { openRegistry, type Registry } from '../../server/src/registry/index.ts';
import { freshDatabase } from './database.ts';

/** A factory with gateways in a database of its own, and the modules up to ingest over it. */
export interface IngestPlant {
  readonly plant: Seeded;
  readonly kernel: Kernel;
  readonly app: App;
  readonly registry: Registry;
  readonly ingest: Ingest;
  /** The schema's owner, not bound by row-level security. */
  readonly owner: pg.Client;
  /** Domain clock; wall time goes on by itself. */
  setNow(ms: number): void;
  close(): Promise<void>;
}

export async function openIngestPlant(plan: SeedPlan, startMs: number): Promise<IngestPlant> {
  const database = await freshDatabase();
  const plant = await seed(database.adminUrl, plan);
  const owner = new pg.Client({ connectionString: database.adminUrl });
  await owner.connect();
  let now = startMs;
  const config = {
    ...readConfig({}),
    databaseUrl: database.adminUrl,
    logLevel: process.env.TEST_LOG_LEVEL ?? 'silent',
    host: '127.0.0.1',
    httpPort: 0,
    mqttPort: 0,
  };
  const kernel = await openKernel(config, {
    clock: { now: () => now, wallNow: () => Date.now(), speed: 1 },
  });
  const app = await createApp(kernel);
  const access = openAccess(kernel);
  const registry = openRegistry(kernel, access);
  const ingest = openIngest(kernel, access, registry);
  access.routes(app);
  ingest.routes(app);
  await app.ready();
  await ingest.start();
  return {
    plant,
    kernel,
    app,
    registry,
    ingest,
    owner,
    setNow: (ms) => {
      now = ms;
    },
    close: async () => {
      await app.close();
      await ingest.stop();
      await kernel.stop();
      await owner.end();
      await database.drop();
    },
  };
}
