import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { debianProgram } from './debian.ts';

/** Eclipse Mosquitto of Debian, with the libraries that a bare system may lack. */
export function mosquittoProgram(program = 'mosquitto'): Promise<string | { missing: string }> {
  const packages = ['mosquitto', 'libmosquitto1', 'libcjson1', 'libdlt2', 'libwrap0', 'libsystemd0'];
  return debianProgram({ packages, program });
}

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

/** A real broker on loopback that a test may kill and start again on the same port. */
export class Mosquitto implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  readonly #program: string;
  readonly #lines: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(program: string, port: number, folder: string, lines: readonly string[]) {
    this.#program = program;
    this.port = port;
    this.folder = folder;
    this.#lines = lines;
  }

  /** `lines` of its configuration; `$FOLDER` in them is its own folder, which keeps its sessions over a restart. */
  static async start(
    program: string,
    lines: readonly string[] = ['allow_anonymous true'],
  ): Promise<Mosquitto> {
    const folder = await mkdtemp(join(tmpdir(), 'mosquitto-'));
    const broker = new Mosquitto(program, await freePort(), folder, lines);
    await broker.resume();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async resume(): Promise<void> {
    const own = [
      `listener ${this.port} 127.0.0.1`,
      'user root',
      'persistence true',
      `persistence_location ${this.folder}/`,
      ...this.#lines.map((line) => line.replaceAll('$FOLDER', this.folder)),
    ];
    await writeFile(join(this.folder, 'mosquitto.conf'), `${own.join('\n')}\n`);
    const started = spawn(this.#program, ['-c', join(this.folder, 'mosquitto.conf')], { stdio: 'ignore' });
    this.#process = started;
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await answers(this.port))) {
      if (started.exitCode !== null || Date.now() > deadline)
        throw new TypeError(`mosquitto did not start (exit ${started.exitCode})`);
      await pause(POLL_MS);
    }
  }

  /** SIGTERM lets it save its sessions, SIGKILL does not, SIGSTOP leaves it half open. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    running.kill('SIGCONT');
    running.kill(signal);
    await once(running, 'exit');
  }

  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Mosquitto takes no port 0, so the system is asked for one that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
