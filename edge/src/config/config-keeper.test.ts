import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EdgeConfig } from '@millrace/contract';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DriverFault } from '../driver/index.ts';
import { openLog } from '../log/index.ts';
import { type ConfigKeeper, type ConfigKeeperOptions, openConfigKeeper } from './config-keeper.ts';

const config = (machine: string): EdgeConfig => ({
  v: 1,
  connections: [{ code: 'PLC', driver: 'modbus', settings: { host: '10.0.0.5' } }],
  machines: [{ machine, timeZone: 'UTC', tags: [{ name: 'a', connection: 'PLC', address: '1/holding/1' }] }],
});
const yaml = (machine: string): string => `v: 1
connections:
  - code: PLC
    driver: modbus
    settings: { host: 10.0.0.5 }
machines:
  - machine: ${machine}
    timeZone: UTC
    tags:
      - { name: a, connection: PLC, address: 1/holding/1 }
`;
let folder: string;
let applied: string[];
let keepers: ConfigKeeper[];
let refuseToRun: string | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-keeper-'));
  applied = [];
  keepers = [];
  refuseToRun = undefined;
});
afterEach(async () => {
  for (const keeper of keepers) await keeper.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(more: Partial<ConfigKeeperOptions> = {}): Promise<ConfigKeeper> {
  const keeper = openConfigKeeper({
    folder,
    local: false,
    words: {
      kind: () => Promise.reject(new DriverFault('not here')),
      checkExpression: () => undefined,
    },
    apply: async (running) => {
      const machine = running.config.machines[0]?.machine ?? '';
      if (machine === refuseToRun) throw new DriverFault('the port is taken');
      applied.push(machine);
    },
    log: openLog({ level: 'error', write: () => undefined, now: Date.now }),
    ...more,
  });
  keepers.push(keeper);
  await keeper.start();
  return keeper;
}

describe('the keeper of configurations', () => {
  test('runs what the platform gives, and again after a start without the platform', async () => {
    const first = await start();
    expect(first.running()).toBeUndefined();
    await first.offer(4, config('A'));
    expect(first.running()).toMatchObject({ source: 'platform', version: 4 });
    await first.close();
    const second = await start();
    expect(second.running()).toEqual({ source: 'platform', version: 4, config: config('A') });
    expect(second.seenVersion()).toBe(4);
    expect(applied).toEqual(['A', 'A']);
  });

  test('refuses a wrong version with its faults, and the one before goes on, also after a start', async () => {
    const keeper = await start();
    await keeper.offer(1, config('A'));
    await keeper.offer(2, { ...config('B'), v: 9 });
    expect(keeper.running()).toMatchObject({ version: 1 });
    expect(keeper.seenVersion()).toBe(2);
    expect(keeper.faults()).toMatchObject([{ path: '/v', code: 'wrong-value' }]);
    await keeper.offer(3, config('C'));
    expect(keeper.faults()).toEqual([]);
    expect(applied).toEqual(['A', 'C']);
  });

  test('says of what it brings back that it ran before, and of nothing else', async () => {
    const told: boolean[] = [];
    const apply = async (_running: unknown, ranBefore: boolean): Promise<void> => void told.push(ranBefore);
    const first = await start({ apply });
    await first.offer(1, config('A'));
    await first.close();
    await start({ apply });
    expect(told).toEqual([false, true]);
  });

  test('runs what it cannot store, and still sees that the file changes', async () => {
    // A full disk, say; here a folder is in the way.
    mkdirSync(join(folder, 'config-file.json'));
    const file = join(folder, 'edge.yaml');
    writeFileSync(file, yaml('A'));
    await start({ file });
    expect(applied).toEqual(['A']);
    writeFileSync(file, yaml('B'));
    await vi.waitFor(() => expect(applied).toEqual(['A', 'B']), { timeout: 10_000 });
    expect(readdirSync(folder).sort()).toEqual(['config-file.json', 'edge.yaml']);
  });

  test('goes back to the one before when the new one cannot run', async () => {
    const keeper = await start();
    await keeper.offer(1, config('A'));
    refuseToRun = 'B';
    await keeper.offer(2, config('B'));
    expect(keeper.running()).toMatchObject({ version: 1 });
    expect(keeper.faults()).toMatchObject([{ code: 'cannot-run', message: 'the port is taken' }]);
    expect(applied).toEqual(['A', 'A']);
  });

  test('runs the file while the platform has nothing, then what the platform gives', async () => {
    const file = join(folder, 'edge.yaml');
    writeFileSync(file, yaml('FILE'));
    const keeper = await start({ file });
    expect(keeper.running()).toMatchObject({ source: 'file', version: null });
    await keeper.offer(1, config('A'));
    expect(keeper.running()).toMatchObject({ source: 'platform' });
  });

  test('with --local runs the file whatever the platform gives, and tells that it has seen it', async () => {
    const file = join(folder, 'edge.yaml');
    writeFileSync(file, yaml('FILE'));
    const keeper = await start({ file, local: true });
    await keeper.offer(7, config('A'));
    expect(keeper.running()).toMatchObject({ source: 'file' });
    expect(keeper.seenVersion()).toBe(7);
    expect(applied).toEqual(['FILE']);
  });

  test('notices a changed file; a wrong one is refused with line and column', async () => {
    const file = join(folder, 'edge.yaml');
    writeFileSync(file, yaml('ONE'));
    const keeper = await start({ file, local: true });
    writeFileSync(file, yaml('TWO'));
    await vi.waitFor(() => expect(applied).toEqual(['ONE', 'TWO']), 10_000);
    writeFileSync(file, yaml('THREE').replace('driver: modbus', 'driver: modbos'));
    await vi.waitFor(() => expect(keeper.faults()).toHaveLength(1), 10_000);
    expect(keeper.faults()).toMatchObject([{ path: '/connections/0/driver', line: 4, column: 5 }]);
    expect(keeper.running()?.config.machines[0]?.machine).toBe('TWO');
    writeFileSync(file, 'v: [1');
    await vi.waitFor(() => expect(keeper.faults()).toMatchObject([{ code: 'not-yaml' }]), 10_000);
  });

  test('starts with the last good file when the file is wrong or gone', async () => {
    const file = join(folder, 'edge.yaml');
    writeFileSync(file, yaml('GOOD'));
    await (await start({ file, local: true })).close();
    writeFileSync(file, 'v: 2');
    const wrong = await start({ file, local: true });
    expect(wrong.running()?.config.machines[0]?.machine).toBe('GOOD');
    expect(wrong.faults().length).toBeGreaterThan(0);
    await wrong.close();
    rmSync(file);
    const gone = await start({ file, local: true });
    expect(gone.running()?.config.machines[0]?.machine).toBe('GOOD');
    expect(gone.faults()).toMatchObject([{ code: 'no-file' }]);
  });
});
