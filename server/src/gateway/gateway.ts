import type { Access } from '../access/index.ts';
import type { App, Kernel } from '../kernel/index.ts';
import type { Registry } from '../registry/index.ts';
import { type Alarms, createAlarms } from './alarms.ts';
import { type Commands, createCommands } from './commands.ts';
import { type Configs, createConfigs } from './config.ts';
import { createConfigCheck } from './config-check.ts';
import { createEnrolment, type Enrolment } from './enrol.ts';
import { createExchange, type Exchange } from './exchange.ts';
import { createHealthBook, type HealthBook } from './health.ts';
import { createRequests, type Requests } from './requests.ts';
import { gatewayRoutes } from './routes.ts';
import { createWaitRoom } from './wait-room.ts';
import { createWakeUp } from './wake-up.ts';

/** The platform's side of gateways, for whoever composes it. */
export interface Gateways {
  routes(app: App): void;
  start(): Promise<void>;
  /** Agents that wait are answered and sent home; the last word of each is written. */
  stop(): Promise<void>;
  /** One turn of everything that timers and jobs do; for tests and orderly hand-over. */
  tick(): Promise<void>;
}

/** What the routes serve. */
export interface GatewayDesk {
  readonly enrolment: Enrolment;
  readonly configs: Configs;
  readonly exchange: Exchange;
  readonly book: HealthBook;
  readonly requests: Requests;
  readonly alarms: Alarms;
  readonly commands: Commands;
  readonly watch: Access['watch'];
  /** Sends home who waits; nobody waits any more. */
  readonly goHome: () => void;
}

/** Behind every wait, for wake-ups that got lost. */
const LOOK_MS = 2_000;
/** Health that is due, and commands whose time is over. */
const TURN_MS = 2_000;
/** Answers and codes nobody asks for any more. */
const SWEEP_MS = 60_000;

/** Opens the module. */
export function openGateway(kernel: Kernel, access: Access, registry: Registry): Gateways {
  const { db, log, ticker, config } = kernel;
  const room = createWaitRoom();
  const wakeUp = createWakeUp(db, log, room.wake);
  const check = createConfigCheck();
  const book = createHealthBook(kernel, registry);
  const commands = createCommands(kernel, registry);
  const desk: GatewayDesk = {
    enrolment: createEnrolment(kernel, access),
    configs: createConfigs(kernel, registry, check, book),
    exchange: createExchange({ kernel, access, book, commands, room }),
    book,
    requests: createRequests(kernel, book, check),
    alarms: createAlarms(kernel, registry),
    commands,
    watch: access.watch,
    goHome: room.close,
  };
  const waiting = kernel.metrics.gauge('gateways_waiting', 'Agents whose line is open in this process');
  const online = kernel.metrics.gauge('gateways_online', 'Agents heard by this process that are there');
  const look = async (): Promise<void> => {
    await wakeUp.listen();
    await desk.exchange.lookAfter();
    waiting.set(room.size);
    online.set(book.onlineHere());
  };
  const sweep = async (): Promise<void> => {
    await desk.requests.sweep();
    await desk.enrolment.sweep();
  };
  const forget = async (): Promise<void> => {
    await desk.alarms.sweep();
    await commands.sweep();
  };
  ticker.every('gateway-look', LOOK_MS, look);
  ticker.every('gateway-health', TURN_MS, () => book.flush());
  // Refusals are counted where they were answered.
  ticker.every('gateway-refusals', SWEEP_MS, () => commands.auditUnwritten('ended'));
  if (config.roles.includes('worker')) {
    ticker.every('gateway-commands', TURN_MS, commands.expire);
    ticker.every('gateway-sweep', SWEEP_MS, sweep);
    kernel.jobs.work('gateway-retention', forget, { cron: '17 * * * *' });
  }
  return {
    routes: (app) => gatewayRoutes(app, desk),
    start: wakeUp.listen,
    stop: async () => {
      room.close();
      await wakeUp.stop();
      await book.flush(true);
      await commands.auditUnwritten('all');
    },
    tick: async () => {
      await look();
      await book.flush(true);
      await commands.expire();
      await commands.auditUnwritten('ended');
      await sweep();
      await forget();
    },
  };
}
