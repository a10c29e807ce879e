import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { debianProgram } from '../../../../test/far-side/debian.ts';
import { freePort, recorded } from '../../../../test/far-side/recorded-context.ts';
import { driver } from './index.ts';

const run = promisify(execFile);
const busybox = await debianProgram({ packages: ['busybox'], program: 'busybox' });
const absent = typeof busybox === 'string' ? '' : busybox.missing;

test.skipIf(absent)(`wget of busybox hands its values over and hears of a refusal ${absent}`, async () => {
  const port = await freePort();
  const settings = { host: '127.0.0.1', port, path: '/press', format: 'json', bearer: 'hook' };
  const edge = recorded(driver, settings, { hook: 's3cret' });
  await edge.driver.connect();
  await edge.driver.subscribe([{ address: '/count' }]);
  const send = async (body: string, token: string): Promise<string> => {
    const header = `Authorization: Bearer ${token}`;
    const parameters = ['wget', '-q', '-O', '-', '--header', header, '--post-data', body];
    return (await run(String(busybox), [...parameters, `http://127.0.0.1:${port}/press`])).stdout;
  };
  expect(await send('{"count":7}', 's3cret')).toBe('{"taken":1,"bad":{}}');
  await expect(send('{"count":8}', 'wrong')).rejects.toThrow(/401/);
  await expect(send('count=8', 's3cret')).rejects.toThrow(/400/);
  expect(edge.values(0)).toEqual([7]);
});
