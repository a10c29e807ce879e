import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program in another language imports its libraries first, on a machine that may be busy with other tests. */
const READY_MS = 20_000;
/** Lines kept for the message when it does not become ready. */
const KEPT_LINES = 20;

/** A running far side. */
export interface FarSide {
  /** The line of its standard output that said it was ready. */
  readonly said: string;
  readonly pid: number;
  /** Writes a line to its standard input and waits for the line that answers it. */
  ask(line: string, answer: RegExp): Promise<string>;
  /** Ends it at once, as a power cut would; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts a program and waits for the line that says it is ready. */
export async function startFarSide(
  program: string,
  args: readonly string[],
  ready: RegExp,
): Promise<FarSide> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const kept: string[] = [];
  const keep = (line: string) => {
    kept.push(line);
    if (kept.length > KEPT_LINES) kept.shift();
  };
  createInterface({ input: child.stderr }).on('line', keep);
  const output = createInterface({ input: child.stdout }).on('line', keep);
  const said = await new Promise<string>((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new FarSideFault(`${program} ${args.join(' ')} ${why}: ${kept.join(' | ')}`));
    };
    const timer = setTimeout(() => fail(`not ready within ${READY_MS} ms`), READY_MS);
    child.once('error', (fault) => fail(fault.message));
    child.once('exit', (code) => fail(`ended with ${code}`));
    const hear = (line: string) => {
      if (!ready.test(line)) return;
      clearTimeout(timer);
      output.off('line', hear);
      child.removeAllListeners('exit');
      resolve(line);
    };
    output.on('line', hear);
  });
  // A far side that was killed takes no more lines.
  child.stdin.on('error', (fault) => keep(fault.message));
  return {
    said,
    pid: child.pid ?? 0,
    ask: async (line, answer) => {
      child.stdin.write(`${line}\n`);
      const signal = AbortSignal.timeout(READY_MS);
      for await (const [heard] of on(output, 'line', { signal }))
        if (answer.test(heard)) return String(heard);
      throw new FarSideFault(`${program} does not answer ${line}`);
    },
    kill: () => kill(child),
  };
}

class FarSideFault extends Error {
  override readonly name = 'FarSideFault';
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
