import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
/** `nobody`, as Linux numbers it. */
const OTHER = 65_534;
/** Node on a busy machine starts in seconds; an agent that tries for ever is ended here. */
const START_MS_MAX = 60_000;
const CONFIG = `v: 1
connections:
  - code: broker
    driver: mqtt
    settings: { url: mqtt://127.0.0.1:9, form: json, topics: [a], user: u, password: pw }
machines:
  - machine: M1
    timeZone: UTC
    tags: [{ name: count, connection: broker, address: a }]
    count: { from: counter, tag: count }
`;

/** Why no agent can be started as another user here. */
function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root may start it as another user';
  const { status } = spawnSync(process.execPath, [MAIN, '--version'], { uid: OTHER, gid: OTHER });
  return status === 0 ? undefined : 'another user cannot read the agent here';
}
const why = missing();

let data: string;
let agent: ChildProcess | undefined;
let said: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'millrace-foreign-'));
  said = '';
  writeFileSync(join(data, 'edge.yaml'), CONFIG);
  chmodSync(data, 0o755);
  chownSync(data, OTHER, OTHER);
});
afterEach(async () => {
  if (agent?.exitCode === null && agent.signalCode === null) agent.kill('SIGKILL');
  rmSync(data, { recursive: true, force: true });
});

/** As the service does, with its own user. */
function start(): ChildProcess {
  const args = [MAIN, '--data', data, '--status-port', '0', '--local', '--config', join(data, 'edge.yaml')];
  const child = spawn(process.execPath, args, { uid: OTHER, gid: OTHER, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  agent = child;
  return child;
}
const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((done) => child.once('close', (code) => done(code)));
const heard = (words: string): Promise<void> =>
  vi.waitFor(() => expect(said).toContain(words), { timeout: START_MS_MAX, interval: 50 });

describe.skipIf(why !== undefined)(
  `files in the data folder that belong to another user${why === undefined ? '' : ` (skipped: ${why})`}`,
  () => {
    test(
      'a file of secrets that everybody reads is not used, and the agent goes on and says what to do',
      async () => {
        writeFileSync(join(data, 'secrets.yaml'), 'pw: hunter2\n', { mode: 0o644 });
        const child = start();
        await heard('with mode 600; none is used');
        // The connection that waits for it looks again every few seconds.
        chownSync(join(data, 'secrets.yaml'), OTHER, OTHER);
        await heard('could be read by others on this box; now only by its owner');
        const code = ended(child);
        child.kill('SIGTERM');
        expect(await code).toBe(0);
        expect(said).not.toContain('hunter2');
      },
      START_MS_MAX,
    );

    test.each(['commands.journal', 'config-file.json'])(
      '%s of who started it once with sudo: the agent says so in a sentence and ends',
      async (name) => {
        writeFileSync(join(data, name), '', { mode: 0o600 });
        expect(await ended(start())).toBe(73);
        expect(said).toMatch(
          /the data folder \S+ cannot be used \(EACCES.+\); give it and all that is in it to the user that the agent runs as, or choose another with --data\n$/,
        );
      },
      START_MS_MAX,
    );
  },
);
