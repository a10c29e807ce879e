import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { debianProgram } from '../../../../test/far-side/debian.ts';
import { eventually, freePort, recorded, scratchFolder } from '../../../../test/far-side/recorded-context.ts';
import { driver } from './index.ts';

const busybox = await debianProgram({ packages: ['busybox'], program: 'busybox' });
const absent = typeof busybox === 'string' ? '' : busybox.missing;

/** The web server of many a router and controller. */
async function httpd(folder: string, port: number): Promise<ChildProcess> {
  const child = spawn(String(busybox), ['httpd', '-f', '-p', `127.0.0.1:${port}`, '-h', folder], {
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let listening = false;
  await eventually(() => {
    if (listening) return true;
    const probe = connect(port, '127.0.0.1');
    probe.once('connect', () => {
      listening = true;
      probe.destroy();
    });
    probe.on('error', () => probe.destroy());
    return false;
  });
  return child;
}

test.skipIf(absent)(
  `the web server of busybox is polled, also when nothing changed, and found gone when it is killed ${absent}`,
  async () => {
    const folder = scratchFolder();
    const port = await freePort();
    writeFileSync(join(folder, 'values.json'), '{"press":{"count":7}}');
    const server = await httpd(folder, port);
    const edge = recorded(driver, {
      url: `http://127.0.0.1:${port}/values.json`,
      format: 'json',
      pollMs: 100,
      timeoutMs: 5_000,
    });
    await edge.driver.connect();
    await edge.driver.subscribe([{ address: '/press/count' }]);
    await eventually(() => edge.values(0).length >= 3);
    writeFileSync(join(folder, 'values.json'), '{"press":{"count":1000}}');
    await eventually(() => edge.values(0).at(-1) === 1_000);
    server.kill('SIGKILL');
    await eventually(() => edge.lost.length > 0);
    expect(new Set(edge.values(0))).toEqual(new Set([7, 1_000]));
    expect(edge.samples.at(-1)).toMatchObject({ value: null, quality: 'bad' });
    await httpd(folder, port);
    const again = recorded(driver, { url: `http://127.0.0.1:${port}/`, format: 'json' });
    await expect(again.driver.connect()).rejects.toThrow(/answers 404/);
  },
);
