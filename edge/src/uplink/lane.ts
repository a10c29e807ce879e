import type { Store, StoredEntry, StreamName } from '../store/index.ts';
import { type Delivered, deliver, type Item, Later, type Send, type UploadLimit } from './deliver.ts';
import { type Line, NoAnswer } from './line.ts';
import { createPace } from './pace.ts';
import type { Pause } from './pause.ts';

/** How a lane stands, for the status page. */
export interface LaneHealth {
  readonly name: string;
  /** `idle` = nothing to deliver, `waiting` = it failed and tries again, `refused` = the token is not taken. */
  readonly state: 'idle' | 'sending' | 'waiting' | 'refused';
  readonly error: string | null;
  /** Epoch ms. */
  readonly lastAnswerAt: number | null;
  /** Answers since the start, and what became of the items in them. */
  readonly answers: number;
  readonly accepted: number;
  readonly duplicate: number;
  /** The platform has another record for the minute and keeps it. */
  readonly conflict: number;
  readonly quarantined: number;
}

export interface LaneOptions {
  readonly name: string;
  readonly stream: StreamName;
  readonly store: Store;
  /** In one upload; fewer when the platform says that it is too large. */
  readonly itemsMax: number;
  readonly pause: Pause;
  /** The lane's own; closed with it. */
  readonly line: Line;
  /** Items a second; infinite = as they come. */
  perS(): number;
  /** Where to read next, and up to where. */
  range(): { readonly from: number; readonly before: number };
  /** Read and delivered up to there. */
  passed(next: number): void;
  /** After the pause of a failure. */
  resumed(): void;
  /** The link works: others that wait for it need not any longer. */
  answered(): void;
  send(line: Line, signal: AbortSignal): Send;
  now(): number;
  onFault(words: string | undefined): void;
}

/** Delivers one stretch of the log, one request at a time, for as long as the agent runs. */
export interface Lane {
  health(): LaneHealth;
  /** Something reached the disk or became its own. */
  wake(): void;
  /** Another lane had an answer: a pause for want of one need not be waited for. */
  linkWorks(): void;
  tryNow(): void;
  close(): Promise<void>;
}

/** Of payload in one upload: below 1 MiB, which is where widely used proxies draw their line by default. */
const READ_BYTES_MAX = 524_288;
/** A revoked token is not taken again by itself; and the platform locks out an address that guesses too often. */
const REFUSED_PAUSE_MS = 60_000;

export function startLane(options: LaneOptions): Lane {
  const { name, stream, store, pause, line } = options;
  const limit: UploadLimit = { items: options.itemsMax, most: options.itemsMax };
  const stop = new AbortController();
  const counted: Counted = { answers: 0, accepted: 0, duplicate: 0, conflict: 0, quarantined: 0 };
  let state: LaneHealth['state'] = 'idle';
  let error: string | null = null;
  let waitsForLink = false;
  let lastAnswerAt: number | null = null;
  let news = Promise.withResolvers<void>();
  const pace = createPace(options.perS);

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      const heard = news.promise;
      try {
        if (!(await step())) await heard;
      } catch (cause) {
        if (!isPassing(cause)) throw cause;
        if (!stop.signal.aborted) await failed(cause);
      }
    }
  }

  /** False when there is nothing to deliver. */
  async function step(): Promise<boolean> {
    const { from, before } = options.range();
    // A second's worth at most, so that a low rate is not one large upload now and then.
    const items = Math.max(1, Math.min(limit.items, options.perS()));
    const { entries, next } = await store.read(stream, from, { items, bytes: READ_BYTES_MAX, before });
    if (entries.length > 0) {
      await pace.wait(stop.signal);
      if (stop.signal.aborted) return true;
      state = 'sending';
      await put(entries);
    }
    options.passed(next);
    if (entries.length === 0) return false;
    pause.reset();
    if (error !== null) options.onFault(undefined);
    error = null;
    state = 'idle';
    return true;
  }

  async function put(entries: readonly StoredEntry[]): Promise<void> {
    const send = options.send(line, stop.signal);
    const { refused, ...sum } = await deliver(entries.flatMap(itemsOf), limit, send);
    const at = options.now();
    if (refused.length > 0) await store.quarantine(refused.map((one) => ({ ...one, at })));
    store.acknowledge(entries);
    lastAnswerAt = at;
    count(counted, sum, refused.length);
    pace.spend(sum.accepted + sum.duplicate + sum.conflict + refused.length);
    options.answered();
  }

  async function failed(cause: Error): Promise<void> {
    state = cause instanceof Later && cause.why === 'refused' ? 'refused' : 'waiting';
    if (error === null) options.onFault(cause.message);
    error = cause.message;
    waitsForLink = cause instanceof NoAnswer;
    await pause.wait(leastPauseMs(cause));
    waitsForLink = false;
    options.resumed();
  }

  const ended = run();
  return {
    health: () => ({ name, state, error, lastAnswerAt, ...counted }),
    wake: () => {
      news.resolve();
      news = Promise.withResolvers<void>();
    },
    linkWorks: () => {
      if (waitsForLink) pause.cut();
    },
    tryNow: () => pause.cut(),
    close: async () => {
      stop.abort();
      pause.cut();
      news.resolve();
      await ended;
      line.close();
    },
  };
}

/** The far side's trouble, or the disk's when it is read: both pass. Anything else is a bug. */
const isPassing = (cause: unknown): cause is Error =>
  cause instanceof NoAnswer || cause instanceof Later || (cause instanceof Error && 'syscall' in cause);

function leastPauseMs(cause: Error): number {
  if (!(cause instanceof Later)) return 0;
  return cause.retryAfterMs ?? (cause.why === 'refused' ? REFUSED_PAUSE_MS : 0);
}

const itemsOf = (entry: StoredEntry): readonly Item[] =>
  entry.kind === 'records' ? entry.records : entry.alarms;

type Counted = Record<'answers' | 'accepted' | 'duplicate' | 'conflict' | 'quarantined', number>;

function count(counted: Counted, sum: Omit<Delivered, 'refused'>, quarantined: number): void {
  counted.answers++;
  counted.accepted += sum.accepted;
  counted.duplicate += sum.duplicate;
  counted.conflict += sum.conflict;
  counted.quarantined += quarantined;
}
