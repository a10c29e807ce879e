import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How a session of the shell ended, and what it printed. */
export interface Ended {
  /** Null when it was cut short. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a page prints is read by people; more than that is a loop. */
const PRINTED_MAX = 1_000_000;

/**
 * Runs a script in a folder of its own, by the rules of the guides: the first command that fails ends it, and says its line.
 * What the script leaves running in the background ends with it.
 */
export async function runShell(
  folder: string,
  script: string,
  env: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<Ended> {
  const file = join(folder, 'session.sh');
  // In front of the first line, so that no line has another number than on its page.
  const fault = `trap 'echo "line $LINENO ended with $?" >&2' ERR; `;
  writeFileSync(file, `${fault}${script}\n`);
  // A group of its own: whatever it started can be ended without knowing it.
  const child = spawn('bash', ['-Eeuo', 'pipefail', file], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      printed[stream] = (printed[stream] + text).slice(0, PRINTED_MAX);
    });
  const closed = once(child, 'close');
  const cut = setTimeout(() => endGroup(child.pid), timeoutMs);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(cut);
  endGroup(child.pid);
  await closed;
  return { code, ...printed };
}

function endGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (fault) {
    // Nobody of it is left.
    if ((fault as NodeJS.ErrnoException).code !== 'ESRCH') throw fault;
  }
}
