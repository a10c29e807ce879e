import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { debianProgram } from './debian.ts';

const run = promisify(execFile);
const mbpoll = await debianProgram({ packages: ['mbpoll', 'libmodbus5'], program: 'mbpoll' });
const absent = typeof mbpoll === 'string' ? '' : mbpoll.missing;

test.skipIf(absent)(`a program of Debian's starts with the libraries of its packages ${absent}`, async () => {
  const { stdout } = await run(String(mbpoll), ['-V']);
  expect(stdout).toMatch(/^\d+\.\d+/);
});

test.skipIf(absent)(`asked for again it comes from the cache, also at the same time ${absent}`, async () => {
  const wanted = { packages: ['libmodbus5', 'mbpoll'], program: 'mbpoll' };
  expect(await Promise.all([debianProgram(wanted), debianProgram(wanted)])).toEqual([mbpoll, mbpoll]);
});

test('what is not to be had is missing with a reason, not a fault', async () => {
  const answer = await debianProgram({ packages: [], program: 'no-such-program-anywhere' });
  expect(answer).toEqual({ missing: expect.stringContaining('no-such-program-anywhere') });
});
