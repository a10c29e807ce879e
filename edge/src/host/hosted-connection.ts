import { isDeepStrictEqual } from 'node:util';
import type { ConnectionHealth, EdgeConnection } from '@millrace/contract';
import { DriverFault, type Sample } from '../driver/index.ts';
import type { DriverBatch, DriverHostOptions, GrantedSecrets, HostTag } from './host-options.ts';
import type { DriverRequest, DriverResult, FromWorker, WatchedTag } from './message.ts';
import { createQuestions, type Questions } from './questions.ts';
import { samplesOf } from './samples-of.ts';
import { createTagTally, type TagTally } from './tag-tally.ts';
import type { PoolMember, Seat, WorkerPool } from './worker-pool.ts';

export interface HostedOptions extends Omit<DriverHostOptions, 'folder'> {
  readonly pool: WorkerPool;
  /** Of this connection. */
  readonly folder: string;
}

/** A connection of the configuration, as the agent's own thread sees it. */
export class HostedConnection {
  readonly code: string;
  readonly #options: HostedOptions;
  readonly #questions: Questions = createQuestions();
  readonly #tally: TagTally;
  #config: EdgeConnection;
  #state: ConnectionHealth['state'] = 'connecting';
  #since: number;
  #error: string | null = null;
  #reconnects = 0;
  #restarts = 0;
  #connectedBefore = false;
  #latencyMs: number | null = null;
  #skippedPolls = 0;
  #connection = 0;
  #seat: Seat | undefined;
  /** What the driver was told when it was opened. */
  #granted: GrantedSecrets | undefined;
  #closing: Promise<void> = Promise.resolve();
  #removed = false;

  constructor(options: HostedOptions, config: EdgeConnection, tags: readonly HostTag[]) {
    this.code = config.code;
    this.#options = options;
    this.#config = config;
    this.#since = options.now();
    this.#tally = createTagTally(options.now, tags);
    this.#open();
  }

  is(driver: string, settings: Readonly<Record<string, unknown>>): boolean {
    return this.#config.driver === driver && isDeepStrictEqual(this.#config.settings, settings);
  }

  change(config: EdgeConnection, tags: readonly HostTag[]): void {
    const reopen = !isDeepStrictEqual(this.#config, config);
    const relist = !isDeepStrictEqual(this.#tally.current().tags, tags);
    this.#config = config;
    if (reopen) {
      this.#shut('the connection is opened with other settings');
      if (relist) this.#tally.relist(tags);
      this.#openWhenShut();
    } else if (relist) {
      const { generation } = this.#tally.relist(tags);
      const connection = this.#connection;
      this.#seat?.post({ kind: 'subscribe', connection, generation, tags: tags.map(watched) });
    }
  }

  /** What waits for `secrets.yaml` to be written is opened anew when it was; what is connected stays so. */
  lookAtSecrets(): void {
    const told = this.#granted;
    if (told === undefined || this.#seat === undefined || this.#state === 'connected') return;
    const { values, withheld } = this.#options.secrets(this.#config.driver, this.#config.settings);
    if (isDeepStrictEqual([values, withheld], [told.values, told.withheld])) return;
    this.#shut('the connection is opened with other secrets');
    this.#openWhenShut();
  }

  async ask(request: DriverRequest): Promise<DriverResult> {
    const seat = this.#seat;
    if (seat === undefined || this.#state !== 'connected') {
      const words = `the connection "${this.code}" is not connected`;
      throw new DriverFault(this.#error === null ? words : `${words}: ${this.#error}`);
    }
    const ask = this.#options.pool.mint();
    const connection = this.#connection;
    return await this.#questions.ask(ask, () => seat.post({ kind: 'ask', ask, connection, request }));
  }

  health(): ConnectionHealth {
    return {
      code: this.code,
      driver: this.#config.driver,
      state: this.#state,
      since: this.#since,
      error: this.#error,
      reconnects: this.#reconnects,
      restarts: this.#restarts,
      latencyMs: this.#latencyMs,
      skippedPolls: this.#skippedPolls,
      ...this.#tally.health(),
    };
  }

  remove(): void {
    this.#removed = true;
    this.#shut('the connection is not configured any more');
  }

  #open(): void {
    if (this.#config.disabled === true) {
      this.#become('disabled', null);
      return;
    }
    this.#become('connecting', null);
    const connection = this.#options.pool.mint();
    this.#connection = connection;
    const { code, driver, settings } = this.#config;
    const member: PoolMember = {
      ...{ connection, code, driver },
      placed: (post) => {
        const granted = this.#options.secrets(driver, settings);
        this.#granted = granted;
        const { values: secrets, withheld } = granted;
        const { generation, tags } = this.#tally.current();
        const { folder } = this.#options;
        const its = tags.map(watched);
        post({
          ...{ kind: 'open', connection, driver, settings, folder, generation, tags: its },
          secrets,
          withheld,
        });
      },
      message: (message) => this.#hear(message),
      gone: (reason) => {
        this.#restarts++;
        this.#questions.giveUp(`what was asked is not known to be done, the driver was restarted: ${reason}`);
        this.#become('waiting', reason);
        this.#allBad(reason);
      },
    };
    this.#seat = this.#options.pool.join(member);
  }

  /** A port that the old one listens on is free only when it has closed. */
  #openWhenShut(): void {
    void this.#closing.then(() => {
      if (!this.#removed && this.#seat === undefined) this.#open();
    });
  }

  #shut(why: string): void {
    this.#granted = undefined;
    this.#questions.giveUp(why);
    const left = this.#seat?.leave();
    this.#seat = undefined;
    this.#allBad(why);
    // Pulses may have come until it closed; their tag is no longer known then, unless another connection has it now.
    this.#closing = (left ?? this.#closing).then(() => {
      if (!this.#removed && this.#seat === undefined) this.#allBad(why);
    });
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case 'state':
        // Another list of tags on the connection that stands is no reconnect.
        if (message.state === 'connected' && this.#state === 'connected') return;
        if (message.state === 'connected') this.#granted?.worked();
        this.#become(message.state, message.error);
        return;
      case 'samples': {
        const tags = this.#tally.list(message.generation);
        if (tags === undefined) return;
        const { lost } = message.batch;
        const samples = samplesOf(message.batch);
        const closing = this.#seat === undefined;
        const still = closing
          ? samples.filter(({ tag, quality }) => tags[tag]?.every && quality === 'good')
          : samples;
        this.#deliver({ tags, samples: still, lost });
        return;
      }
      case 'pong':
        this.#latencyMs = message.latencies.get(this.#connection) ?? this.#latencyMs;
        this.#skippedPolls += message.skipped.get(this.#connection) ?? 0;
        return;
      case 'answer':
      case 'refused':
        this.#questions.hear(message);
        return;
    }
  }

  #become(state: ConnectionHealth['state'], error: string | null): void {
    if (state !== this.#state) this.#since = this.#options.now();
    this.#state = state;
    this.#error = error;
    if (state !== 'connected') return;
    if (this.#connectedBefore) this.#reconnects++;
    this.#connectedBefore = true;
  }

  #deliver(batch: Omit<DriverBatch, 'connection'>): void {
    this.#tally.count(batch);
    this.#options.onSamples({ connection: this.code, ...batch });
  }

  /** Nothing comes from the far side now: what was seen last is no longer known. */
  #allBad(error: string): void {
    const { tags } = this.#tally.current();
    const at = this.#options.now();
    const samples: Sample[] = tags.map((_, tag) => ({ tag, value: null, quality: 'bad', at, error }));
    if (samples.length > 0) this.#deliver({ tags, samples, lost: new Map() });
  }
}

function watched({ address, type, wordOrder, every }: HostTag): WatchedTag {
  return {
    address,
    ...(type === undefined ? {} : { type }),
    ...(wordOrder === undefined ? {} : { wordOrder }),
    every,
  };
}
