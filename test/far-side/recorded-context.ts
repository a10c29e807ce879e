import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import {
  type Driver,
  type DriverContext,
  DriverFault,
  type DriverKind,
  type Sample,
} from '../../edge/src/driver/index.ts';

/** A loaded machine with two cores still gets there. */
const WAIT_MS = 10_000;
const LOOK_MS = 5;

interface Recorded {
  readonly driver: Driver;
  /** What the driver was opened with. */
  readonly context: DriverContext;
  readonly samples: Sample[];
  readonly lost: string[];
  readonly latencies: number[];
  /** Good values of a tag, in their order. */
  values(tag: number): unknown[];
}

/** A driver at work with everything it says kept; closed when the test ends. */
export function recorded(
  kind: DriverKind,
  settings: Readonly<Record<string, unknown>>,
  secrets: Readonly<Record<string, string>> = {},
  folder = scratchFolder(),
): Recorded {
  const samples: Sample[] = [];
  const lost: string[] = [];
  const latencies: number[] = [];
  const context: DriverContext = {
    settings,
    sink: (more) => void samples.push(...more),
    lost: (reason) => void lost.push(reason),
    latency: (ms) => void latencies.push(ms),
    now: () => Date.now(),
    secret: (name) => {
      const secret = secrets[name];
      if (secret === undefined) throw new DriverFault(`secrets.yaml has no ${name}`, { lasting: true });
      return secret;
    },
    folder: () => folder,
  };
  const driver = kind.open(context);
  onTestFinished(() => driver.close());
  const values = (tag: number): unknown[] =>
    samples.filter((sample) => sample.tag === tag && sample.quality === 'good').map(({ value }) => value);
  return { driver, context, samples, lost, latencies, values };
}

/** A folder of the test's own, gone when it ends. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-edge-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Waits for a condition, with a bound and no fixed sleep. */
export async function eventually(holds: () => boolean): Promise<void> {
  await vi.waitUntil(holds, { timeout: WAIT_MS, interval: LOOK_MS });
}

/** A port that was free a moment ago, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
