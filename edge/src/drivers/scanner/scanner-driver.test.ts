import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { debianProgram } from '../../../../test/far-side/debian.ts';
import { eventually, recorded, scratchFolder } from '../../../../test/far-side/recorded-context.ts';
import { driver } from './index.ts';
import { keystrokes } from './keystrokes.fixture.ts';

const socat = await debianProgram({ packages: ['socat', 'libwrap0', 'libssl3'], program: 'socat' });
const absent = typeof socat === 'string' ? '' : socat.missing;
const LABEL = [{ address: 'label' }];

/** A pseudo-terminal whose other end is the returned function. */
async function terminal(): Promise<{ device: string; scan(text: string): void; unplug(): void }> {
  const device = join(scratchFolder(), 'ttyUSB0');
  const child = spawn(String(socat), [`PTY,link=${device}`, 'STDIO'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const unplug = (): void => void child.kill('SIGKILL');
  onTestFinished(unplug);
  await eventually(() => existsSync(device));
  return { device, scan: (text) => void child.stdin.write(text), unplug };
}

test.skipIf(absent)(
  `a scanner on a serial line gives one sample for each scan, also of the same label ${absent}`,
  async () => {
    const { device, scan } = await terminal();
    const edge = recorded(driver, { device, mode: 'serial', baud: 115_200 });
    await edge.driver.connect();
    await edge.driver.subscribe([{ address: 'label', type: 'string' }]);
    expect(await edge.driver.read(LABEL)).toMatchObject([
      { quality: 'bad', error: 'nothing was scanned so far' },
    ]);
    scan('4006381333931\r');
    scan('40063');
    scan('81333931\r\n批次-7\r');
    await eventually(() => edge.values(0).length === 3);
    expect(edge.values(0)).toEqual(['4006381333931', '4006381333931', '批次-7']);
    expect(await edge.driver.read(LABEL)).toMatchObject([{ value: '批次-7', quality: 'good' }]);
  },
);

test.skipIf(absent)(`who sets the scanner up scans something and sees it ${absent}`, async () => {
  const { device, scan } = await terminal();
  const edge = recorded(driver, { device, mode: 'serial' });
  await edge.driver.connect();
  const values = edge.driver.read(LABEL);
  scan('LOT-7\r');
  expect(await values).toMatchObject([{ value: 'LOT-7', quality: 'good' }]);
});

test.skipIf(absent)(
  `a label without an end is refused and does not become part of the next ${absent}`,
  async () => {
    const { device, scan } = await terminal();
    const edge = recorded(driver, { device, mode: 'serial', maxLength: 20 });
    await edge.driver.connect();
    await edge.driver.subscribe(LABEL);
    scan('4006');
    await eventually(() => edge.samples.length === 1);
    scan('LOT-7\r');
    await eventually(() => edge.values(0).length === 1);
    expect(edge.samples).toMatchObject([
      { quality: 'bad', value: null, error: expect.stringContaining('without an end') },
      { value: 'LOT-7' },
    ]);
  },
);

test.skipIf(absent)(
  `a scanner that is unplugged is lost, and found again where it is plugged in ${absent}`,
  async () => {
    const { device, unplug } = await terminal();
    const edge = recorded(driver, { device, mode: 'serial' });
    await edge.driver.connect();
    await edge.driver.subscribe(LABEL);
    unplug();
    await eventually(() => edge.lost.length > 0);
    expect(edge.lost).toEqual([`${device} is gone`]);
    await edge.driver.close();
  },
);

test('a scanner that types is read from its events, with the time of Enter', async () => {
  const device = join(scratchFolder(), 'event3');
  const at = Date.now() - 5_000;
  writeFileSync(device, keystrokes('4006381333931\nLot-7\n', at));
  const edge = recorded(driver, { device, mode: 'keyboard' });
  await edge.driver.subscribe(LABEL);
  await edge.driver.connect();
  await eventually(() => edge.values(0).length === 2);
  expect(edge.values(0)).toEqual(['4006381333931', 'Lot-7']);
  expect(edge.samples[0]?.at).toBe(at);
  appendFileSync(device, keystrokes('Lot-8\n', at + 1_000));
  await eventually(() => edge.values(0).length === 3);
  expect(await edge.driver.read(LABEL)).toMatchObject([{ value: 'Lot-8', at: at + 1_000 }]);
});

test('a device that is not there or cannot be a serial line is told in words', async () => {
  await expect(
    recorded(driver, { device: '/dev/ttyUSB77', mode: 'serial' }).driver.connect(),
  ).rejects.toThrow('/dev/ttyUSB77 does not exist');
  const edge = recorded(driver, { device: '/dev/null', mode: 'keyboard' });
  await edge.driver.connect();
  await eventually(() => edge.lost.length > 0);
  expect(edge.lost).toEqual(['/dev/null is gone']);
});

test('the only address is the label', () => {
  expect(driver.checkAddress({ address: 'label' })).toBeUndefined();
  expect(driver.checkAddress({ address: 'x' })).toContain('label');
  expect(driver.checkAddress({ address: 'label', type: 'int16' })).toContain('string');
});
