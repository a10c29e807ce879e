import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { debianProgram } from '../../../../test/far-side/debian.ts';
import { eventually, recorded, scratchFolder } from '../../../../test/far-side/recorded-context.ts';
import { driver } from './index.ts';

describe('a stand-in', () => {
  test('file gives every edge as a sample, none together, none of the past', async () => {
    const device = join(scratchFolder(), 'pulses');
    writeFileSync(device, '5 1 1000\n');
    const edge = recorded(driver, { device });
    await edge.driver.connect();
    await edge.driver.subscribe([{ address: '5' }, { address: '7', type: 'uint16' }]);
    const lines = Array.from({ length: 1_000 }, (_, index) => `5 ${(index + 1) % 2} ${2_000 + index}\n`);
    for (let from = 0; from < lines.length; from += 90)
      appendFileSync(device, lines.slice(from, from + 90).join(''));
    appendFileSync(device, '# a remark\n7 1\nnonsense\n7 0\n');
    await eventually(() => edge.values(1).length === 2);
    expect(edge.values(0)).toEqual(lines.map((_, index) => index % 2 === 0));
    expect(edge.samples.filter(({ tag }) => tag === 0).map(({ at }) => at)).toEqual(
      lines.map((_, index) => 2_000 + index),
    );
    expect(edge.values(1)).toEqual([1, 0]);
    expect(await edge.driver.read([{ address: '7' }, { address: '8' }])).toMatchObject([
      { value: false, quality: 'good' },
      { value: null, quality: 'bad', error: 'the line has not changed so far' },
    ]);
    expect(await edge.driver.browse?.(undefined, 1)).toMatchObject([{ address: '5', type: 'bool' }]);
  });

  test('pipe gives edges in pieces cut anywhere', async () => {
    const device = join(scratchFolder(), 'pipe');
    execFileSync('mkfifo', [device]);
    const edge = recorded(driver, { device });
    await edge.driver.connect();
    await edge.driver.subscribe([{ address: '3' }]);
    const fd = openSync(device, constants.O_WRONLY);
    for (const piece of ['3 ', '1\n3 0', '\n3', ' 1\n']) writeSync(fd, piece);
    closeSync(fd);
    await eventually(() => edge.values(0).length === 3);
    expect(edge.values(0)).toEqual([true, false, true]);
    expect(edge.lost).toEqual([]);
  });

  test('that holds something else is lost with the reason', async () => {
    const device = join(scratchFolder(), 'log');
    writeFileSync(device, '');
    const edge = recorded(driver, { device });
    await edge.driver.connect();
    appendFileSync(device, `${'x'.repeat(1_000)}\nsomething\n`.repeat(60));
    await eventually(() => edge.lost.length > 0);
    expect(edge.lost).toEqual([expect.stringContaining('holds no lines')]);
    await expect(recorded(driver, { device: '/nowhere/pulses' }).driver.connect()).rejects.toThrow(
      /does not exist/,
    );
  });
});

const gpiomon = await debianProgram({ packages: ['gpiod', 'libgpiod2'], program: 'gpiomon' });
const gpioget = await debianProgram({ packages: ['gpiod', 'libgpiod2'], program: 'gpioget' });
const absent = [gpiomon, gpioget]
  .map((program) => (typeof program === 'string' ? '' : program.missing))
  .join('');

/** Shell scripts that print what the tools of libgpiod print; the chip is a pipe into which the test writes events. */
function fakeTools(version: string): string {
  const folder = scratchFolder();
  const script = (name: string, text: string) =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  script(
    'gpiomon',
    `[ "$1" = --version ] && { echo "gpiomon (libgpiod) v${version}"; exit 0; }
echo $$ > ${folder}/pid
exec cat ${folder}/gpiochip7`,
  );
  script(
    'gpioget',
    `case " $* " in *" 99 "*) echo "gpioget: invalid offset" >&2; exit 1;; *" 5 6 "*) echo "0 1";; *" 6 "*) echo "1";; *) echo "0";; esac`,
  );
  script(
    'gpioinfo',
    `printf 'gpiochip7 - 54 lines:\\n\\tline   5:\\t"photo-eye"\\tinput\\n\\tline   6:      unnamed       unused   input  active-high \\n'`,
  );
  execFileSync('mkfifo', [join(folder, 'gpiochip7')]);
  return folder;
}

describe('a GPIO chip', () => {
  const path = process.env.PATH;
  beforeEach(() => {
    process.env.PATH = path;
  });
  afterEach(() => {
    process.env.PATH = path;
  });

  test.each([
    {
      version: '1.6.3',
      event: (line: number, on: boolean, at: string) => `${line} ${Number(on)} ${at.replace('.', ' ')}`,
    },
    {
      version: '2.2.1',
      event: (line: number, on: boolean, at: string) => `${line} ${on ? 'rising' : 'falling'} ${at}`,
    },
  ])(
    'gives present levels and then every edge with its kernel time, with tools $version',
    async ({ version, event }) => {
      const folder = fakeTools(version);
      process.env.PATH = `${folder}:${path}`;
      const edge = recorded(driver, { device: join(folder, 'gpiochip7') });
      await edge.driver.connect();
      await edge.driver.subscribe([{ address: '5' }, { address: '6' }, { address: '99' }]);
      expect(edge.samples.map(({ value, error }) => value ?? error)).toEqual([
        false,
        true,
        'gpioget: invalid offset',
      ]);
      const pipe = openSync(join(folder, 'gpiochip7'), constants.O_RDWR);
      onTestFinished(() => closeSync(pipe));
      const monotonicMs = Number(process.hrtime.bigint() / 1_000_000n);
      const at = `${Math.floor(monotonicMs / 1_000) - 3}.250000000`;
      writeSync(pipe, `${event(5, true, at)}\n${event(5, false, at)}\n${event(5, true, at)}\n`);
      await eventually(() => edge.values(0).length === 4);
      expect(edge.values(0)).toEqual([false, true, false, true]);
      // The kernel dropped the falling edge in between.
      writeSync(pipe, `${event(5, true, at)}\n`);
      await eventually(() => edge.values(0).length === 6);
      expect(edge.values(0).slice(-2)).toEqual([false, true]);
      const age = Date.now() - (edge.samples.at(-1)?.at ?? 0);
      expect(age).toBeGreaterThan(1_500);
      expect(age).toBeLessThan(60_000);
      expect(await edge.driver.browse?.(undefined, 9)).toMatchObject([
        { address: '5', name: 'photo-eye' },
        { address: '6', name: 'line 6' },
      ]);
      expect(await edge.driver.read([{ address: '5' }, { address: '8' }])).toMatchObject([
        { value: true },
        { value: false },
      ]);
    },
  );

  test('is free again when the driver closes, and when its process is killed', async () => {
    const folder = fakeTools('1.6.3');
    process.env.PATH = `${folder}:${path}`;
    const device = join(folder, 'gpiochip7');
    const monitor = () => Number(readFileSync(join(folder, 'pid'), 'utf8'));
    const runs = (pid: number) => {
      try {
        return pid > 0 && process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    const edge = recorded(driver, { device });
    await edge.driver.connect();
    await edge.driver.subscribe([{ address: '5' }]);
    await eventually(() => existsSync(join(folder, 'pid')) && runs(monitor()));
    await edge.driver.close();
    expect(runs(monitor())).toBe(false);

    rmSync(join(folder, 'pid'));
    const script = `const { driver } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
const side = driver.open({ settings: { device: ${JSON.stringify(device)} }, sink() {}, lost() {}, latency() {}, now: Date.now });
await side.connect(); await side.subscribe([{ address: '5' }]);`;
    const agent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    onTestFinished(() => void agent.kill('SIGKILL'));
    await eventually(() => existsSync(join(folder, 'pid')) && runs(monitor()));
    agent.kill('SIGKILL');
    await eventually(() => !runs(monitor()));
  });

  test('whose monitor ends is lost with its words', async () => {
    const folder = fakeTools('1.6.3');
    writeFileSync(
      join(folder, 'gpiomon'),
      `#!/bin/sh\n[ "$1" = --version ] && { echo "v1.6.3"; exit 0; }\necho "chip unplugged" >&2; exit 1\n`,
      { mode: 0o755 },
    );
    process.env.PATH = `${folder}:${path}`;
    const edge = recorded(driver, { device: join(folder, 'gpiochip7') });
    await edge.driver.connect();
    await edge.driver.subscribe([{ address: '5' }]);
    await eventually(() => edge.lost.length > 0);
    expect(edge.lost).toEqual(['gpiomon ended (1): chip unplugged']);
  });

  test('without the tools says what to install; without the chip that it does not exist', async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'gpiochip0'), '');
    process.env.PATH = folder;
    await expect(recorded(driver, { device: join(folder, 'gpiochip0') }).driver.connect()).rejects.toThrow(
      /install the package gpiod/,
    );
    await expect(recorded(driver, { device: join(folder, 'gpiochip9') }).driver.connect()).rejects.toThrow(
      /does not exist/,
    );
  });

  test.skipIf(absent)(
    `the tools of Debian understand what they are asked and refuse what is no chip ${absent}`,
    async () => {
      const folder = scratchFolder();
      for (const [name, program] of Object.entries({ gpiomon, gpioget })) {
        writeFileSync(join(folder, name), `#!/bin/sh\nexec ${String(program)} "$@"\n`, { mode: 0o755 });
      }
      process.env.PATH = `${folder}:${dirname(String(gpiomon))}:${path}`;
      const device = join(folder, 'gpiochip0');
      writeFileSync(device, '');
      const edge = recorded(driver, { device });
      await edge.driver.connect();
      await edge.driver.subscribe([{ address: '5' }]);
      expect(edge.samples).toMatchObject([
        { value: null, quality: 'bad', error: expect.stringMatching(/gpioget.*error/) },
      ]);
    },
  );
});

test('an address is a line number', () => {
  expect(driver.checkAddress({ address: '17' })).toBeUndefined();
  for (const address of ['', 'a', '-1', '010', '10000'])
    expect(driver.checkAddress({ address })).toContain('number');
  expect(driver.checkAddress({ address: '1', type: 'string' })).toContain('on or off');
});
