import { readFile } from 'node:fs/promises';
import { type Agent, openAgent } from './agent.ts';
import { HELP, type RunArguments, readArguments, UsageFault } from './arguments.ts';
import { checkConfigText } from './config/index.ts';
import { CONFIG_WORDS } from './config-words.ts';
import { NoDataFolder, NotEnrolled, PlatformUnreachable } from './identity/index.ts';
import { type Log, openLog, writeToStdout } from './log/index.ts';
import { NotResent, quarantineTable, resendAll } from './quarantine-desk.ts';
import { readSimulatedClock } from './simulated-clock.ts';
import { FolderInUse, NoOwnerAnswer } from './store/index.ts';
import { AGENT_VERSION } from './version.ts';

/** sysexits.h, so that a service manager can tell what trying again may cure. */
const EXIT = {
  usage: 64,
  data: 65,
  unavailable: 69,
  bug: 70,
  noFolder: 73,
  inUse: 75,
  notEnrolled: 77,
} as const;
/** The data folder cannot be made or written: a person must give the agent another one, or rights. */
const NO_FOLDER: readonly unknown[] = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOSPC'];
/** Then what is not closed will not be: what is durable is durable. */
const CLOSE_MS_MAX = 10_000;

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  try {
    const wanted = readArguments(argv);
    switch (wanted.verb) {
      case 'help':
        process.stdout.write(HELP);
        return 0;
      case 'version':
        process.stdout.write(`${AGENT_VERSION}\n`);
        return 0;
      case 'check':
        return await check(wanted.file);
      case 'quarantine':
        process.stdout.write(await quarantineTable(wanted.data));
        return 0;
      case 'resend':
        process.stdout.write(`Sent again: ${await resendAll(wanted.data, wanted.selection)}\n`);
        return 0;
      case 'run':
        return await run(wanted);
    }
  } catch (cause) {
    const code = exitCodeOf(cause);
    if (code === undefined) throw cause;
    const hint = code === EXIT.usage ? ' See --help.' : '';
    process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}${hint}\n`);
    return code;
  }
}

function exitCodeOf(cause: unknown): number | undefined {
  if (cause instanceof UsageFault) return EXIT.usage;
  if (cause instanceof NotEnrolled) return EXIT.notEnrolled;
  if (cause instanceof PlatformUnreachable) return EXIT.unavailable;
  if (cause instanceof NotResent || cause instanceof NoOwnerAnswer) return EXIT.unavailable;
  if (cause instanceof FolderInUse) return EXIT.inUse;
  if (cause instanceof NoDataFolder) return EXIT.noFolder;
  if (cause instanceof Error && 'code' in cause && NO_FOLDER.includes(cause.code)) return EXIT.noFolder;
  return undefined;
}

async function check(file: string): Promise<number> {
  const { faults } = await checkConfigText(await textOf(file), CONFIG_WORDS);
  for (const { line, column, path, code, message } of faults) {
    process.stdout.write(`${file}:${line}:${column} ${path || '/'} ${code}: ${message}\n`);
  }
  if (faults.length === 0) process.stdout.write(`${file}: no faults\n`);
  return faults.length === 0 ? 0 : EXIT.data;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new UsageFault(`${file} cannot be read: ${cause instanceof Error ? cause.message : cause}.`, {
      cause,
    });
  }
}

/** Resolves when the agent was asked to end and has. */
async function run(wanted: RunArguments): Promise<number> {
  const log = openLog({ level: wanted.logLevel, write: writeToStdout, now: Date.now });
  process.on('uncaughtException', (cause) => crash(log, cause));
  process.on('unhandledRejection', (cause) => crash(log, cause));
  const asked = endAsked();
  const agent = await openAgent({ ...wanted, ...readSimulatedClock(process.env.MILLRACE_EDGE_CLOCK), log });
  log.info('ready', {
    version: AGENT_VERSION,
    afterMs: Math.round(performance.now()),
    statusPort: agent.statusPort,
  });
  log.info('ending', { signal: await asked });
  return close(agent, log);
}

function endAsked(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => {
      resolve(signal);
      // Asked a second time: at once.
      process.once(signal, () => process.exit(1));
    });
  }
  return promise;
}

async function close(agent: Agent, log: Log): Promise<number> {
  const late = setTimeout(() => {
    log.error('not everything closed in time', { afterMs: CLOSE_MS_MAX });
    process.exit(1);
  }, CLOSE_MS_MAX);
  await agent.close();
  clearTimeout(late);
  log.info('ended');
  return 0;
}

/** What is on the disk is whole at any moment, so that starting again is the safe way out of the unknown. */
function crash(log: Log, cause: unknown): void {
  const why = cause instanceof Error ? { why: cause.message, stack: cause.stack } : { why: String(cause) };
  log.error('a fault of the agent itself; it ends and should be started again', why);
  process.exit(EXIT.bug);
}
