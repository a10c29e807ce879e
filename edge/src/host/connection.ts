import { type Driver, DriverFault, within } from '../driver/index.ts';
import { rest } from '../net/index.ts';
import { type AttemptOptions, attempt, type Subscription } from './attempt.ts';
import { reasonOf } from './fault.ts';
import type { DriverRequest, DriverResult, LifeState, Pace } from './message.ts';
import { askDriver } from './requests.ts';
import { createSampleQueue, type SampleQueue } from './sample-queue.ts';

/** What was told under one list of tags; when the list changes, what waits is still of the list before. */
export interface Told {
  readonly generation: number;
  readonly queue: SampleQueue;
}

export interface ConnectionOptions extends Pick<AttemptOptions, 'kind' | 'context' | 'pace' | 'filled'> {
  /** In [0, 1). */
  random(): number;
  state(state: LifeState, error: string | null): void;
  /** A bug of the driver, or one that does not end. */
  broken(reason: string): void;
}

/** One connection's life: connect, subscribe, lost, close, wait, again, until `close`. */
export interface Connection {
  /** Oldest first. */
  readonly told: Told[];
  subscribe(subscription: Subscription): void;
  ask(request: DriverRequest): Promise<DriverResult>;
  close(): Promise<void>;
}

/** Standing for so long, a connection starts from the first pause again when it is lost. */
const STABLE_MS = 30_000;
/** Lists of tags whose samples still wait: more changes in the time of one batch are not made by people. */
const TOLD_MAX = 16;

export function openConnection(options: ConnectionOptions, first: Subscription): Connection {
  const { context, pace } = options;
  const told: Told[] = [];
  const closing = new AbortController();
  let wanted = first;
  let driver: Driver | undefined;
  let wake: (() => void) | undefined;
  const into = (subscription: Subscription): SampleQueue => {
    const last = told.at(-1);
    if (last?.generation === subscription.generation) return last.queue;
    const queue = createSampleQueue(subscription.tags, context.now);
    told.push({ generation: subscription.generation, queue });
    if (told.length > TOLD_MAX) told.shift();
    return queue;
  };
  const live = async (): Promise<void> => {
    for (let failures = 0; ; ) {
      options.state('connecting', null);
      const from = context.now();
      const end = await attempt({
        ...options,
        closed: closing.signal,
        wanted: () => wanted,
        onChange: (next) => {
          wake = next;
        },
        into,
        connected: (opened) => {
          driver = opened;
          options.state('connected', null);
        },
      }).finally(() => {
        driver = undefined;
      });
      if (end === undefined) return;
      into(wanted).addBad(end.reason);
      options.filled();
      failures = context.now() - from >= STABLE_MS ? 1 : failures + 1;
      options.state(end.lasting ? 'failed' : 'waiting', end.reason);
      const ms = end.lasting ? pace.lastingWaitMs : waitMs(pace, failures, options.random());
      await rest(ms, closing.signal);
      if (closing.signal.aborted) return;
    }
  };
  const life = live().catch((cause: unknown) => options.broken(reasonOf(cause)));
  return {
    told,
    subscribe: (subscription) => {
      wanted = subscription;
      wake?.();
    },
    ask: async (request) => {
      if (driver === undefined) throw new DriverFault('not connected');
      return await within(request.kind, pace.callMaxMs, askDriver(driver, request));
    },
    close: async () => {
      closing.abort();
      await life;
    },
  };
}

/** Doubles from the first to the longest pause, ± 20 % so that a hall's gateways do not all come at once after a power cut. */
function waitMs(pace: Pace, failures: number, random: number): number {
  const ms = Math.min(pace.waitMaxMs, pace.waitFirstMs * 2 ** Math.min(20, failures - 1));
  return Math.round(ms * (0.8 + 0.4 * random));
}
