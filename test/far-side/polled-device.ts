import { expect } from 'vitest';
import type { DriverKind, TagAddress } from '../../edge/src/driver/index.ts';
import { eventually, recorded } from './recorded-context.ts';

/** A device of somebody else's making that a driver asks at intervals, at this port of this host. */
export interface PolledDevice {
  readonly port: number;
  kill(): Promise<void>;
}

/** Reads all of them at once; each must be what the device is known to hold. */
export async function expectTruth(
  kind: DriverKind,
  settings: Readonly<Record<string, unknown>>,
  truth: readonly (readonly [tag: TagAddress, value: unknown])[],
): Promise<void> {
  const { driver } = recorded(kind, settings);
  await driver.connect();
  const values = await driver.read(truth.map(([tag]) => tag));
  expect(values.map(({ address, value, error }) => [address, value, error])).toEqual(
    truth.map(([{ address }, value]) => [address, value, null]),
  );
}

/** Kills a device under its driver and starts it again at its port: lost, not to be reached, and read again; nothing but `value` is ever told. */
export async function expectReturn(
  kind: DriverKind,
  settings: Readonly<Record<string, unknown>>,
  start: (port?: number) => Promise<PolledDevice>,
  { tag, value }: { readonly tag: TagAddress; readonly value: unknown },
): Promise<void> {
  const device = await start();
  const { port } = device;
  const first = recorded(kind, { ...settings, port, timeoutMs: 500 });
  await first.driver.connect();
  await first.driver.subscribe([tag]);
  await eventually(() => first.values(0).length >= 2);
  await device.kill();
  await eventually(() => first.lost.length > 0);
  await first.driver.close();
  await expect(recorded(kind, { ...settings, port }).driver.connect()).rejects.toThrow(
    'refuses the connection',
  );
  const back = await start(port);
  const again = recorded(kind, { ...settings, port });
  await again.driver.connect();
  await again.driver.subscribe([tag]);
  await eventually(() => again.values(0).length >= 2);
  expect(new Set([...first.values(0), ...again.values(0)])).toEqual(new Set([value]));
  await again.driver.close();
  await back.kill();
}
