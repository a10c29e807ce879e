import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const pinnedNode = join(root, 'node_modules', '.bin', 'node');

/** A tool of the project, as arguments for the pinned Node (their own first line would take any Node). */
export function tool(packageName, file, ...args) {
  return [join(root, 'node_modules', packageName, file), ...args];
}

/**
 * Runs a command in the project's root on our terminal and resolves to its exit code.
 * `stdout: 'stderr'` keeps standard output clean for commands whose result is read by a machine.
 */
export function run(command, args, { stdout = 'inherit', env = {}, cwd = root } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, PATH: searchPath(), ...env },
      stdio: ['inherit', stdout === 'stderr' ? process.stderr : stdout, 'inherit'],
    });
    child.once('error', (cause) => {
      process.stderr.write(`${command} could not be started: ${cause.message}\n`);
      resolve(127);
    });
    child.once('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
    forward(child);
  });
}

/** Runs quietly and resolves to the exit code and everything it printed; the output is for failures. */
export function runQuietly(command, args, { cwd = root, env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, PATH: searchPath(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const printed = [];
    child.stdout.on('data', (chunk) => printed.push(chunk));
    child.stderr.on('data', (chunk) => printed.push(chunk));
    child.once('error', (cause) =>
      resolve({ code: 127, output: `${command} could not be started: ${cause.message}\n` }),
    );
    child.once('close', (code, signal) =>
      resolve({
        code: code ?? 128 + (constants.signals[signal] ?? 0),
        output: Buffer.concat(printed).toString('utf8'),
      }),
    );
    forward(child);
  });
}

function searchPath() {
  return [join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter);
}

/**
 * Ctrl-C reaches the child by itself (same process group): we only must not die first. SIGTERM and SIGHUP
 * are sent to us alone and are passed on.
 */
function forward(child) {
  const stay = () => undefined;
  const pass = (signal) => child.kill(signal);
  process.on('SIGINT', stay);
  process.on('SIGTERM', pass);
  process.on('SIGHUP', pass);
  child.once('exit', () => {
    process.off('SIGINT', stay);
    process.off('SIGTERM', pass);
    process.off('SIGHUP', pass);
  });
}
