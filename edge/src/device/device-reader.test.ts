import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  constants,
  openSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { eventually, scratchFolder } from '../../../test/far-side/recorded-context.ts';
import { DeviceReader } from './index.ts';

function reading(path: string, from: 'start' | 'end') {
  const found = { text: '', ended: [] as string[] };
  const reader = new DeviceReader(path, from, {
    bytes: (bytes) => {
      found.text += bytes.toString();
    },
    ended: (reason) => found.ended.push(reason),
  });
  onTestFinished(() => reader.close());
  reader.start();
  return { found, kind: reader.kind };
}

test('a file is read on as it grows, is cut and is replaced', async () => {
  const path = join(scratchFolder(), 'pulses');
  writeFileSync(path, 'old\n');
  const { found, kind } = reading(path, 'end');
  expect(kind).toBe('file');
  appendFileSync(path, 'a\n');
  await eventually(() => found.text === 'a\n');
  writeFileSync(path, 'b\n');
  await eventually(() => found.text === 'a\nb\n');
  appendFileSync(path, 'c\n');
  renameSync(path, `${path}.1`);
  writeFileSync(path, 'd\n');
  await eventually(() => found.text === 'a\nb\nc\nd\n');
  expect(found.ended).toEqual([]);
});

test('a file may be read from its start', async () => {
  const path = join(scratchFolder(), 'record');
  writeFileSync(path, 'x'.repeat(200_000));
  const { found } = reading(path, 'start');
  await eventually(() => found.text.length === 200_000);
});

test('a pipe outlives its writers', async () => {
  const path = join(scratchFolder(), 'pipe');
  execFileSync('mkfifo', [path]);
  const { found, kind } = reading(path, 'end');
  expect(kind).toBe('pipe');
  for (const text of ['1', '2', '3']) {
    const fd = openSync(path, constants.O_WRONLY);
    writeSync(fd, text);
    closeSync(fd);
    await eventually(() => found.text.endsWith(text));
  }
  expect(found).toEqual({ text: '123', ended: [] });
});

test('a device that gives nothing more has ended, once', async () => {
  const { found, kind } = reading('/dev/null', 'end');
  expect(kind).toBe('device');
  await eventually(() => found.ended.length > 0);
  expect(found.ended).toEqual(['/dev/null is gone']);
});

test('what is not there cannot be opened', () => {
  expect(() => reading('/nowhere/at/all', 'end')).toThrow(/ENOENT/);
});
