import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EdgeBuffer, MachineRecord } from '@millrace/contract';
import { expect } from 'vitest';
import {
  LINK_FAULTS,
  type LinkFault,
  type LossyProxy,
  openLossyProxy,
} from '../../../test/far-side/lossy-proxy.ts';
import { type IngestPlant, openIngestPlant } from '../../../test/setup/ingest-plant.ts';
import { openStore, type Store } from '../store/index.ts';
import { startUplink, type Uplink, type UplinkOptions } from './index.ts';

export const MINUTE = 60_000;
export const START = Date.UTC(2026, 2, 2, 3, 0);
export const MACHINES = 20;
export const SEED = Number(process.env.TEST_SEED ?? 20_260_302);
/** A machine that is busy with other tests is slow, but not for ever. */
export const PATIENT = { timeout: 20_000, interval: 20 };

/** The log of a gateway with twenty machines. */
export interface Site {
  readonly folder: string;
  readonly gateway: number;
  readonly store: Store;
  /** Appends the records of all machines for a minute after START. */
  minute(minute: number): void;
  waiting(): number;
}

/** A real platform with its database, and gateways that deliver to it. */
export interface DeliveryPlant {
  readonly plant: IngestPlant;
  readonly port: number;
  openSite(buffer?: EdgeBuffer): Promise<Site>;
  /** Closed by `tidy`, like everything opened here. */
  start(site: Site, serverPort: number, more?: Partial<UplinkOptions>): Uplink;
  openProxy(faulty: number, faults?: readonly LinkFault[]): Promise<LossyProxy>;
  recordsOf(gateway: number, minute: number): MachineRecord[];
  ledgerOf(gateway: number, machine: number): ReturnType<IngestPlant['ingest']['lossLedger']>;
  /** Every record exactly once, nothing else. */
  expectWhole(site: Site, minutes: number): Promise<void>;
  tidy(): Promise<void>;
  close(): Promise<void>;
}

export async function openDeliveryPlant(): Promise<DeliveryPlant> {
  const plant = await openIngestPlant({ gateways: 16, machinesPerGateway: MACHINES }, START);
  await plant.app.listen({ host: '127.0.0.1', port: 0 });
  const ends: (() => Promise<unknown>)[] = [];
  let nextGateway = 0;
  const recordsOf: DeliveryPlant['recordsOf'] = (gateway, minute) =>
    Array.from({ length: MACHINES }, (_, machine) => ({
      machine: plant.plant.machineCode(gateway, machine),
      minute: START + minute * MINUTE,
      runningS: 60,
      count: minute + 2_000,
    }));
  const ledgerOf: DeliveryPlant['ledgerOf'] = (gateway, machine) =>
    plant.kernel.db.transaction({ kind: 'platform' }, (tx) =>
      plant.ingest.lossLedger(tx, plant.plant.orgId, plant.plant.machineId(gateway, machine)),
    );
  return {
    plant,
    port: (plant.app.server.address() as AddressInfo).port,
    recordsOf,
    ledgerOf,
    openSite: async (buffer = {}) => {
      const gateway = nextGateway++;
      const folder = mkdtempSync(join(tmpdir(), 'millrace-uplink-'));
      const store = await openStore({ folder, buffer: { fsyncMs: 10, ...buffer }, now: () => START });
      ends.push(async () => {
        await store.close();
        rmSync(folder, { recursive: true, force: true });
      });
      const minute = (number: number): void =>
        void store.append({ kind: 'records', records: recordsOf(gateway, number) });
      return { folder, gateway, store, minute, waiting: () => store.health().waiting };
    },
    start: (site, serverPort, more = {}) => {
      const uplink = startUplink({
        store: site.store,
        server: `http://127.0.0.1:${serverPort}`,
        token: () => plant.plant.gatewayToken(site.gateway),
        now: () => Date.now(),
        pauses: { firstMs: 5, longestMs: 60 },
        ...more,
      });
      ends.push(() => uplink.close());
      return uplink;
    },
    openProxy: async (faulty, faults = LINK_FAULTS) => {
      const { port } = plant.app.server.address() as AddressInfo;
      const proxy = await openLossyProxy({ targetPort: port, seed: SEED, faulty, faults, delayMs: 200 });
      ends.push(() => proxy.close());
      return proxy;
    },
    expectWhole: async (site, minutes) => {
      for (let machine = 0; machine < MACHINES; machine++) {
        const book = await ledgerOf(site.gateway, machine);
        expect(book).toMatchObject({ accepted: minutes, conflict: 0, rejected: 0, gapMinutes: 0 });
        expect(book.received).toBe(book.accepted + book.duplicate);
      }
    },
    tidy: async () => {
      for (const end of ends.splice(0).reverse()) await end();
    },
    close: () => plant.close(),
  };
}
