import type { LossLedger, RawRecord } from '@millrace/contract';
import type { Access } from '../access/index.ts';
import { type App, type Kernel, openDatabase, PLATFORM, type Tx } from '../kernel/index.ts';
import type { Registry } from '../registry/index.ts';
import { createSlabs } from './batch.ts';
import { AGE_MS_MAX } from './decode-v3.ts';
import { createDeviceBook, MAPPING_POLL_MS } from './device-book.ts';
import { createGatewayBook } from './gateway-book.ts';
import { createGroupCommit, WRITERS } from './group-commit.ts';
import { ingestMetrics } from './ingest-metrics.ts';
import { createMappings } from './mapping.ts';
import { createMqttDoor, type MqttDoor } from './mqtt-door.ts';
import { createOrganisationBook } from './organisation-book.ts';
import { readRawRecords } from './raw-record.ts';
import { addIngestRoutes } from './routes.ts';
import { ensureDays } from './store-batch.ts';
import { readLayoutsOfMachine } from './store-layout.ts';
import { readLossLedger } from './store-ledger.ts';
import { foldTelemetry } from './telemetry-fold.ts';
import { createUploadService } from './upload.ts';
import { type CommittedBatch, utcDay } from './write-group.ts';

export interface Ingest {
  routes(app: App): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The port MQTT listens on; undefined while it does not. */
  mqttPort(): number | undefined;
  /** In this process, after COMMIT, in the order of commits. */
  onRecords(listener: (batches: readonly CommittedBatch[]) => void): void;
  /** Minute records of one machine in [from, to), whatever gateway brought them, in minute order. */
  rawRecords(tx: Tx, orgId: string, machineId: string, from: number, to: number): Promise<RawRecord[]>;
  lossLedger(tx: Tx, orgId: string, machineId: string): Promise<LossLedger>;
  /** Turns the telemetry of minutes that are over into minute records; a timer does it too. */
  foldTelemetry(): Promise<void>;
  /** Until everything received is stored or refused; for tests and orderly hand-over. */
  settle(): Promise<void>;
}

/** Partitions are made ahead, so that midnight is an hour like any other. */
const DAYS_AHEAD = 3;
const DAYS_TICK_MS = 3_600_000;
const DAY_MS = 86_400_000;
const FOLD_TICK_MS = 1_000;

/**
 * The writers have connections of their own: behind a thousand requests that wait for the common ones, what is received would
 * not be stored, and those requests would not be answered either.
 */
export function openIngest(kernel: Kernel, access: Access, registry: Registry): Ingest {
  const { db, clock, log, config } = kernel;
  const now = (): number => clock.now();
  const book = createGatewayBook(db, registry, now);
  const organisations = createOrganisationBook(db, registry, book);
  const writers = openDatabase(
    kernel.ownerUrl,
    (error) => log.warn({ err: error }, 'idle connection of a record writer lost'),
    WRITERS,
    () => clock,
  );
  const commit = createGroupCommit({
    db: writers,
    clock,
    log,
    waitMs: config.groupCommitMs,
    layoutVersion: book.layoutVersion,
    newId: kernel.ids,
  });
  const metrics = ingestMetrics(kernel.metrics, commit);
  const uploads = createUploadService({
    now,
    book,
    organisations,
    commit,
    room: createSlabs(),
    registry,
  });
  const daysAhead = (): Promise<void> =>
    db.transaction(PLATFORM, (tx) =>
      ensureDays(tx, utcDay(now() - DAY_MS), utcDay(now() + DAYS_AHEAD * DAY_MS)),
    );
  const devices = createDeviceBook({
    db,
    wallNow: () => clock.wallNow(),
    changed: () => {
      book.forgetAll();
      organisations.forgetAll();
    },
  });
  const mappings = createMappings({ kernel, registry, devices });
  const fold = (): Promise<void> => foldTelemetry({ db, clock, book, commit });
  let mqtt: MqttDoor | undefined;
  kernel.ticker.every('device-mappings', MAPPING_POLL_MS, devices.refresh);
  const takesRecords = config.roles.includes('ingest');
  if (takesRecords) kernel.ticker.every('telemetry-fold', FOLD_TICK_MS, fold);
  kernel.ticker.every('telemetry-days', DAYS_TICK_MS, daysAhead);

  const ingest: Ingest = {
    routes: (app) => addIngestRoutes(app, { kernel, registry, uploads, mappings, ingest, metrics }),
    start: async () => {
      await devices.refresh();
      await daysAhead();
      if (!takesRecords) return;
      mqtt = await createMqttDoor({ access, devices, book, uploads, commit, metrics, log, clock });
      await mqtt.start(config.host, config.mqttPort);
    },
    stop: async () => {
      await mqtt?.stop();
      await commit.settle();
      await writers.close();
    },
    mqttPort: () => mqtt?.port(),
    foldTelemetry: fold,
    onRecords: (listener) => commit.onCommitted(listener),
    rawRecords: (tx, orgId, machineId, from, to) => readRawRecords(tx, orgId, machineId, from, to),
    lossLedger: async (tx, orgId, machineId) => {
      const layouts = await readLayoutsOfMachine(tx, orgId, machineId);
      return readLossLedger(tx, machineId, layouts, now() - AGE_MS_MAX);
    },
    settle: () => commit.settle(),
  };
  return ingest;
}
