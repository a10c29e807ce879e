import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
/** Node on a busy machine starts in seconds; an agent that tries for ever is ended here. */
const START_MS_MAX = 60_000;

// Nothing can be made in any of them, each says it in its own way, and it is the kernel of Linux that has them.
test.skipIf(process.platform !== 'linux').each(['/proc/none', '/proc', '/dev/null', '/dev/null/none'])(
  'an agent whose data folder is %s says so in a sentence and ends',
  (folder) => {
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      [MAIN, '--data', folder, '--status-port', '0', '--local', '--config', '/none.yaml'],
      { encoding: 'utf8', timeout: START_MS_MAX, killSignal: 'SIGKILL' },
    );
    expect([status, stdout]).toEqual([73, '']);
    expect(stderr).toMatch(
      new RegExp(`^the data folder ${folder} cannot be used \\(.+\\); choose another with --data\\n$`),
    );
  },
  START_MS_MAX + 10_000,
);
