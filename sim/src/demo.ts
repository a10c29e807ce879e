import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { DomainClock, OneTimeLink } from '@millrace/contract';
import { createClient } from './client.ts';
import { type Credentials, keepCredentials, readCredentials } from './credentials.ts';
import { readFixture } from './fixture.ts';
import { generateNetwork } from './network.ts';
import { createRandom } from './random.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { setUp } from './set-up.ts';
import { openWorld, type World } from './world.ts';

const HELP = `npm run demo -- [options]
  --speed N      domain minutes per wall minute [60]
  --days-back N  days of machine history delivered at the first start [1]
  --seed TEXT    another seed, another world [millrace]
  --data DIR     folder of the demonstration [./data/demo]
  --port N       HTTP port [8080]
  --mqtt-port N  MQTT port [1883]
  --agents WORD  yes = four factories run real agents (some 0.8 GB of memory), no = none [yes]
`;
/** The server's clock may be asked for this many domain minutes per wall minute. */
const SPEED_MAX = 3_600;

const { values } = parseArgs({
  options: {
    speed: { type: 'string', default: '60' },
    'days-back': { type: 'string', default: '1' },
    seed: { type: 'string', default: 'millrace' },
    data: { type: 'string', default: './data/demo' },
    port: { type: 'string', default: '8080' },
    'mqtt-port': { type: 'string', default: '1883' },
    agents: { type: 'string', default: 'yes' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const speed = wholeNumber('speed', 1, SPEED_MAX);
  const daysBack = wholeNumber('days-back', 0, 7);
  const dataDir = resolve(values.data);
  const agents = yesOrNo('agents');
  const setupToken = randomBytes(24).toString('base64url');
  const server = await startServer({
    MILLRACE_DATA_DIR: join(dataDir, 'postgres'),
    MILLRACE_CLOCK_SPEED: String(speed),
    MILLRACE_CLOCK_START: String(tuesdayMorning(Date.now())),
    MILLRACE_HTTP_PORT: values.port,
    MILLRACE_MQTT_PORT: values['mqtt-port'],
    MILLRACE_SETUP_TOKEN: setupToken,
    MILLRACE_LOG_LEVEL: process.env.MILLRACE_LOG_LEVEL ?? 'warn',
  });
  let world: World | undefined;
  const stop = stopper(server, () => world);
  try {
    const credentials = await credentialsOf(server, dataDir, setupToken);
    const clock = await createClient(server.http, { bearer: credentials.operatorKey }).get<DomainClock>(
      '/clock',
    );
    world = await openWorld({ ...scene(), server, credentials, clock, dataDir, daysBack, agents, say });
    await printLinks(server, credentials, speed);
    await world.run();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    await stop(1);
  }
}

/** The same seed draws the same network, at the first start and at every later one. */
function scene() {
  const fixture = readFixture();
  const random = createRandom(values.seed);
  return { fixture, random, network: generateNetwork(fixture, random.fork('network')) };
}

async function credentialsOf(
  server: ServerProcess,
  dataDir: string,
  setupToken: string,
): Promise<Credentials> {
  const known = readCredentials(dataDir);
  if (known) return known;
  const tell = (line: string): void => say(`setting up: ${line}`);
  const made = await setUp({ ...scene(), http: server.http, setupToken, dataDir, say: tell });
  keepCredentials(dataDir, made);
  return made;
}

async function printLinks(server: ServerProcess, credentials: Credentials, speed: number): Promise<void> {
  const operator = createClient(server.http, { bearer: credentials.operatorKey });
  const lines = [];
  for (const { role, userId } of credentials.users) {
    const link = await operator.post<OneTimeLink>(`/users/${userId}/link`, {});
    lines.push(`  ${role.padEnd(14)} ${link.url}`);
  }
  process.stdout.write(
    `\nMillrace demonstration: 1 wall second = ${speed} domain seconds\n` +
      `  Console        ${server.http}\n  API            ${server.http}/docs\n  MQTT           ${server.mqtt}\n\n` +
      `Sign in (each link works once; Ctrl-C and start again for new ones)\n${lines.join('\n')}\n\n`,
  );
}

/** Stops the world first, then the server, once; a signal and a failure end the same way. */
function stopper(server: ServerProcess, world: () => World | undefined): (code: number) => Promise<void> {
  let stopping = false;
  const stop = async (code: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    say('stopping');
    await world()?.stop();
    await server.stop();
    process.exit(code);
  };
  process.on('SIGINT', () => void stop(0));
  process.on('SIGTERM', () => void stop(0));
  void server.ended.then((code) => {
    if (!stopping) process.exit(code ?? 1);
  });
  return stop;
}

/** 04:00 UTC of the last Tuesday: a working day for most of the sites, morning in Asia and soon in Europe. */
function tuesdayMorning(now: number): number {
  const day = new Date(now);
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 5) % 7));
  return day.setUTCHours(4, 0, 0, 0);
}

function wholeNumber(name: 'speed' | 'days-back', from: number, to: number): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  process.stderr.write(`--${name} must be a whole number from ${from} to ${to}.\n`);
  process.exit(64);
}

function yesOrNo(name: 'agents'): boolean {
  const word = values[name];
  if (word === 'yes' || word === 'no') return word === 'yes';
  process.stderr.write(`--${name} must be yes or no.\n`);
  process.exit(64);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
