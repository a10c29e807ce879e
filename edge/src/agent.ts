import { hostname } from 'node:os';
import { join } from 'node:path';
import type { AgentHealth, EdgeConfig } from '@millrace/contract';
import type { RunArguments } from './arguments.ts';
import { type Collector, openCollector, tagsByConnection } from './collector.ts';
import { type CommandJournal, type Commands, openCommandJournal, openCommands } from './command/index.ts';
import { commandTarget, expressionHolds, tagsOfExpression } from './command-target.ts';
import { type ConfigKeeper, keptBuffer, openConfigKeeper } from './config/index.ts';
import { CONFIG_WORDS } from './config-words.ts';
import { type Delivery, openDelivery } from './delivery.ts';
import { identityOf } from './enrolled.ts';
import { type Exchange, openExchange } from './exchange/index.ts';
import { type DriverBatch, type DriverHost, openDriverHost } from './host/index.ts';
import { type Identity, makeDataFolder, NoDataFolder, tidyDataFolder } from './identity/index.ts';
import type { Log } from './log/index.ts';
import { answerResend } from './resend.ts';
import { openSecrets, type Secrets } from './secret/index.ts';
import { openStatusServer, type StatusServer } from './status/index.ts';
import { tellableTags } from './tellable.ts';
import { AGENT_VERSION } from './version.ts';
import { createWorkstation, type Workstation } from './workstation.ts';

export interface AgentOptions extends Omit<RunArguments, 'verb'> {
  readonly log: Log;
  /** Wall clock, epoch ms; a simulated world brings its own. */
  readonly now?: () => number;
  /** Between two looks at the clock, real ms; smaller for a faster clock. */
  readonly tickMs?: number;
  /** Puts the times of samples into a simulated world. */
  readonly inDomain?: (batch: DriverBatch) => DriverBatch;
}

/** Everything that runs on one gateway. */
export interface Agent {
  /** Null = no status page. */
  readonly statusPort: number | null;
  /** Ends in the order in which nothing is lost: drivers, counts, log. */
  close(): Promise<void>;
}

/** What a person at the console waits for is told so soon; everything else goes with the next exchange. */
const NEWS_MS = 2_000;

/** Rejects with `NoDataFolder`, `FolderInUse`, `NotEnrolled` or `PlatformUnreachable` when a person must act first. */
export async function openAgent(options: AgentOptions): Promise<Agent> {
  makeDataFolder(options.data);
  try {
    return await openInFolder(options);
  } catch (cause) {
    const ofSystem = cause instanceof Error && 'syscall' in cause;
    throw ofSystem ? new NoDataFolder(options.data, cause) : cause;
  }
}

async function openInFolder(options: AgentOptions): Promise<Agent> {
  const { data, local, log, now = Date.now } = options;
  const buffer = await keptBuffer(data, local);
  // The log first: its lock keeps a second agent from everything else in the folder.
  const delivery = await openDelivery({ folder: join(data, 'log'), buffer, now, log });
  try {
    tidyDataFolder(data);
    const identity = await identityOf(options, AGENT_VERSION, log);
    if (identity !== undefined) delivery.connect(identity);
    return await RunningAgent.open(options, delivery, identity);
  } catch (cause) {
    await delivery.close();
    throw cause;
  }
}

/** What lies in the data folder, read. */
interface Opened {
  readonly delivery: Delivery;
  readonly identity: Identity | undefined;
  readonly secrets: Secrets;
  readonly journal: CommandJournal;
}

class RunningAgent implements Agent {
  readonly #options: AgentOptions;
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #delivery: Delivery;
  readonly #identity: Identity | undefined;
  readonly #collector: Collector;
  readonly #host: DriverHost;
  readonly #workstation: Workstation;
  readonly #journal: CommandJournal;
  readonly #commands: Commands;
  readonly #keeper: ConfigKeeper;
  #exchange: Exchange | undefined;
  #status: StatusServer | undefined;
  #news: NodeJS.Timeout | undefined;
  /** What a person waits for in the platform's last word. */
  #told = '';

  static async open(
    options: AgentOptions,
    delivery: Delivery,
    identity: Identity | undefined,
  ): Promise<Agent> {
    const { data, log, now = Date.now } = options;
    // Before anything runs that would have to be ended when these files cannot be read.
    const secrets = openSecrets(data, log);
    const journal = openCommandJournal(data, now);
    const agent = new RunningAgent(options, { delivery, identity, secrets, journal });
    await agent.#start();
    return agent;
  }

  private constructor(options: AgentOptions, { delivery, identity, secrets, journal }: Opened) {
    const { data, log, tickMs, now = Date.now, inDomain = (batch) => batch } = options;
    this.#options = options;
    this.#now = now;
    this.#startedAt = now();
    this.#delivery = delivery;
    this.#identity = identity;
    this.#journal = journal;
    this.#collector = openCollector({
      store: () => delivery.store(),
      now,
      ...(tickMs === undefined ? {} : { tickMs }),
      log,
    });
    this.#workstation = createWorkstation({ secrets, store: () => delivery.store(), log });
    this.#host = openDriverHost({
      folder: join(data, 'connections'),
      secrets: (driver, settings) => secrets.grant(driver, settings),
      onSamples: (batch) => this.#collector.take(inDomain(batch)),
      onRestart: (connections, reason) => log.warn('a driver was started again', { connections, reason }),
      onSaid: (driver, words) => log.warn('a driver says', { driver, words }),
      now,
    });
    this.#keeper = openConfigKeeper({
      folder: data,
      ...(options.config === undefined ? {} : { file: options.config }),
      local: options.local,
      words: CONFIG_WORDS,
      apply: ({ config }, ranBefore) => this.#apply(config, ranBefore),
      log,
    });
    this.#commands = openCommands({
      folder: data,
      journal: this.#journal,
      target: commandTarget(this.#host, () => this.#keeper.running()?.config.machines ?? []),
      holds: expressionHolds,
      tagsOf: tagsOfExpression,
      now,
      platformNow: () => this.#exchange?.platformNow() ?? now(),
      ended: () => this.#exchange?.tell(),
      log,
    });
  }

  get statusPort(): number | null {
    return this.#status?.port ?? null;
  }

  async close(): Promise<void> {
    clearInterval(this.#news);
    await this.#status?.close();
    await this.#keeper.close();
    await this.#commands.close();
    await this.#exchange?.close();
    await this.#host.close();
    await this.#workstation.close();
    this.#collector.close();
    await this.#delivery.close();
    this.#journal.close();
  }

  async #start(): Promise<void> {
    const { statusPort, statusHost, log } = this.#options;
    await this.#keeper.start();
    if (this.#identity !== undefined) {
      this.#exchange = this.#openExchange(this.#identity);
      this.#news = setInterval(this.#createNews(this.#exchange), NEWS_MS);
    }
    if (statusPort === 0) return;
    this.#status = await openStatusServer({
      source: {
        health: () => this.#health(),
        tags: () => this.#collector.tags(),
        link: () => this.#exchange?.link(),
        gateway:
          this.#identity === undefined
            ? undefined
            : { code: this.#identity.gatewayCode, server: this.#identity.server },
        config: () => ({ seenVersion: this.#keeper.seenVersion(), faults: this.#keeper.faults() }),
        untoldCommands: () => this.#commands.untold().length,
        illness: () => this.#delivery.illness(),
      },
      host: statusHost,
      port: statusPort,
      now: this.#now,
      log,
    });
  }

  #openExchange(identity: Identity): Exchange {
    return openExchange({
      identity,
      orders: {
        rotate: (token) => {
          identity.rotate(token);
          this.#delivery.tryNow();
        },
        offerConfig: (version, config) => this.#keeper.offer(version, config),
        answer: (request) =>
          request.kind === 'resend'
            ? answerResend((selection) => this.#delivery.resend(selection), request.selection)
            : this.#host.look(request),
        takeCommands: (commands) => this.#commands.take(commands),
        settle: (ids) => this.#commands.settle(ids),
      },
      health: () => this.#tellHealth(),
      seenVersion: () => this.#keeper.seenVersion(),
      faults: () => this.#keeper.faults(),
      outcomes: () => this.#commands.untold(),
      now: this.#now,
      random: Math.random,
      // The uplink's own pauses may be longer than the outage was.
      online: () => this.#delivery.tryNow(),
      log: this.#options.log,
    });
  }

  /** Tells the platform what is new since its last word, rather than with the next exchange. */
  #createNews(exchange: Exchange): () => void {
    return () => {
      const now = { connections: this.#host.health(), buffer: this.#delivery.health() };
      if (newsIn(now) !== this.#told) exchange.tell();
    };
  }

  #tellHealth(): AgentHealth {
    const health = this.#health();
    this.#told = newsIn(health);
    return health;
  }

  async #apply({ connections, machines, buffer, intake }: EdgeConfig, ranBefore: boolean): Promise<void> {
    await this.#delivery.apply(buffer ?? {});
    await this.#workstation.apply(intake, ranBefore);
    this.#collector.configure(machines);
    this.#host.apply(connections, tagsByConnection(machines));
  }

  #health(): AgentHealth {
    const running = this.#keeper.running();
    return {
      agentVersion: AGENT_VERSION,
      hostName: hostname().slice(0, 253),
      startedAt: this.#startedAt,
      at: this.#now(),
      configVersion: running?.version ?? null,
      configSource: running?.source ?? 'none',
      rssBytes: process.memoryUsage.rss(),
      connections: this.#host.health(),
      tags: tellableTags(this.#collector.tags()),
      buffer: this.#delivery.health(),
    };
  }
}

/** A connection that changed its state, or records that the platform refused. */
const newsIn = ({ connections, buffer }: Pick<AgentHealth, 'connections' | 'buffer'>): string =>
  JSON.stringify([
    buffer.quarantined,
    connections.map(({ code, state, error, tagsBad }) => [code, state, error, tagsBad]),
  ]);
