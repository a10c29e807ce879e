import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { openStore, type Store } from './store/index.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const START = Date.UTC(2026, 2, 2, 3, 0);
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

const ends: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A data folder in whose quarantine lie records of these machines. */
function newData(machines: readonly string[] = ['PRES-1', 'PRES-1', 'M2', 'PRES-1', 'M2']): string {
  const data = mkdtempSync(join(tmpdir(), 'millrace-main-'));
  ends.push(() => rmSync(data, { recursive: true, force: true }));
  mkdirSync(join(data, 'log'));
  const lines = machines.map((machine, count) => {
    const item = { machine, minute: START + count * 60_000, runningS: 60, count };
    return JSON.stringify({ at: START, code: 'unknown-machine', message: '', item });
  });
  writeFileSync(join(data, 'log', 'quarantine.jsonl'), `${lines.join('\n')}\n`);
  return data;
}
async function storeOf(data: string): Promise<Store> {
  const store = await openStore({ folder: join(data, 'log'), now: Date.now });
  ends.push(() => store.close());
  return store;
}
/** Beside what runs in this process. */
async function command(...args: string[]): Promise<{ status: number | null; said: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { timeout: START_MS_MAX, killSignal: 'SIGKILL' });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const status = await new Promise<number | null>((done) => child.once('close', done));
  return { status, said };
}
const machinesIn = async (store: Store): Promise<string[]> => {
  const { entries } = await store.read('records', 1, {
    items: 100,
    bytes: 1e6,
    before: Number.POSITIVE_INFINITY,
  });
  return entries.flatMap((one) => (one.kind === 'records' ? one.records.map(({ machine }) => machine) : []));
};

test(
  'the quarantine of a box is told, and sent again without an agent',
  async () => {
    const data = newData();
    expect(await command('quarantine', '--data', data)).toEqual({
      status: 0,
      said: [
        'reason           machine  items  first              last',
        'unknown-machine  PRES-1   3      2026-03-02T03:00Z  2026-03-02T03:03Z',
        'unknown-machine  M2       2      2026-03-02T03:02Z  2026-03-02T03:04Z',
        '',
      ].join('\n'),
    });
    const resend = ['quarantine', 'resend', '--data', data];
    expect(await command(...resend, '--machine', 'PRES-1', '--as', 'PRESS-1')).toEqual({
      status: 0,
      said: 'Sent again: 3\n',
    });
    const store = await storeOf(data);
    expect(await machinesIn(store)).toEqual(['PRESS-1', 'PRESS-1', 'PRESS-1']);
    expect(store.health()).toMatchObject({ waiting: 3, quarantined: 2 });
  },
  START_MS_MAX,
);

test.skipIf(process.getuid?.() !== 0)(
  'the quarantine of another user’s agent is left alone while that does not run (only root can try)',
  async () => {
    const data = newData();
    chownSync(join(data, 'log'), 65_534, 65_534);
    const { status, said } = await command('quarantine', 'resend', '--data', data);
    expect([status, said]).toEqual([64, expect.stringContaining('as its user (number 65534)')]);
    expect(readdirSync(join(data, 'log'))).toEqual(['quarantine.jsonl']);
  },
  START_MS_MAX,
);

test(
  'the quarantine is sent again through the agent that runs there, also when it is more than one time takes',
  async () => {
    const data = newData(Array.from({ length: 10_005 }, () => 'M1'));
    const store = await storeOf(data);
    expect(await command('quarantine', 'resend', '--data', data)).toEqual({
      status: 0,
      said: 'Sent again: 10005\n',
    });
    expect(store.health()).toMatchObject({ waiting: 10_005, quarantined: 0, dropped: 0 });
    expect(await command('quarantine', '--data', data)).toEqual({
      status: 0,
      said: 'Nothing lies in the quarantine.\n',
    });
  },
  START_MS_MAX,
);

test(
  'a folder without an agent’s records has no quarantine',
  async () => {
    const none = join(newData(), 'none');
    const { status, said } = await command('quarantine', '--data', none);
    expect([status, said]).toEqual([64, expect.stringContaining('is no data folder of an agent')]);
  },
  START_MS_MAX,
);
