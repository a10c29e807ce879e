import { printAuditVerification } from './access/index.ts';
import { type Config, exitCodes, portRefusal, readConfig, SETTINGS, StartRefusal } from './kernel/index.ts';
import { openPlatform, type Platform } from './platform.ts';

/** A stop that takes longer than this is cut short; what is durable is durable. */
const STOP_TIMEOUT_MS = 20_000;

const COMMANDS: Readonly<Record<string, (config: Config) => Promise<void>>> = {
  serve,
  'audit:verify': printAuditVerification,
};

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    printHelp();
    return;
  }
  const { name, env } = readArguments(args);
  const command = COMMANDS[name];
  if (!command) {
    throw new StartRefusal(
      `There is no command "${name}"; the commands are ${Object.keys(COMMANDS).join(', ')}.`,
      exitCodes.configuration,
    );
  }
  await command(readConfig({ ...process.env, ...env }));
}

async function serve(config: Config): Promise<void> {
  const platform = await openPlatform(config);
  try {
    await platform.app.listen({ host: config.host, port: config.httpPort });
  } catch (cause) {
    await platform.stop();
    throw portRefusal(cause, config.httpPort, SETTINGS.httpPort.variable);
  }
  stopOnSignal(platform);
  await announce(platform, config);
}

async function announce(platform: Platform, config: Config): Promise<void> {
  const address = platform.app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.httpPort;
  const http = config.publicUrl ?? `http://localhost:${port}`;
  const mqtt = `mqtt://localhost:${platform.modules.ingest.mqttPort() ?? '-'}`;
  const setup = await platform.modules.access.setupLink(http);
  if (process.env.MILLRACE_READY_JSON === '1') {
    process.stdout.write(`${JSON.stringify({ ready: true, http, mqtt, setup })}\n`);
    return;
  }
  const firstStart = setup ? `\n  First start: create the operator (link works once)\n    ${setup}\n` : '';
  process.stdout.write(
    `Millrace is running.\n  Console  ${http}\n  API      ${http}/docs\n  MQTT     ${mqtt}\n${firstStart}`,
  );
}

function stopOnSignal(platform: Platform): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    platform.kernel.log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(exitCodes.unavailable), STOP_TIMEOUT_MS).unref();
    platform.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

/** `serve --http-port 8081` and `--http-port=8081` are the same as the environment variable of that setting. */
function readArguments(args: readonly string[]): { name: string; env: Record<string, string> } {
  const byFlag = new Map(Object.values(SETTINGS).map(({ variable }) => [flagOf(variable), variable]));
  const env: Record<string, string> = {};
  const names: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const [flag = '', inline] = (args[index] ?? '').split('=', 2);
    if (!flag.startsWith('--')) {
      names.push(flag);
      continue;
    }
    const variable = byFlag.get(flag);
    const value = inline ?? args[++index];
    if (!variable || value === undefined) {
      throw new StartRefusal(
        `The option ${flag} is not known or has no value; see --help.`,
        exitCodes.configuration,
      );
    }
    env[variable] = value;
  }
  return { name: names[0] ?? 'serve', env };
}

const flagOf = (variable: string): string =>
  `--${variable
    .replace(/^MILLRACE_/, '')
    .toLowerCase()
    .replaceAll('_', '-')}`;

function printHelp(): void {
  const rows = Object.values(SETTINGS).map(
    ({ variable, fallback, meaning }) =>
      `  ${flagOf(variable).padEnd(20)} ${variable.padEnd(26)} ${meaning}${fallback ? ` [${fallback}]` : ''}`,
  );
  process.stdout.write(`millrace [serve | audit:verify] [options]\n\n${rows.join('\n')}\n`);
}

function fail(error: unknown): never {
  if (error instanceof StartRefusal) {
    process.stderr.write(`${error.sentence}\n`);
    process.exit(error.exitCode);
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

main(process.argv.slice(2)).catch(fail);
