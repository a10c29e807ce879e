import {
  type Clock,
  type Database,
  isPassingFailure,
  type Log,
  type Refusal,
  refuse,
} from '../kernel/index.ts';
import type { Batch, BatchOutcome } from './batch.ts';
import type { Rejection } from './decode-v3.ts';
import type { GatewayEntry } from './layout.ts';
import type { TelemetryMessage } from './telemetry.ts';
import { type CommittedBatch, createGroupWriter, type LayoutVersion } from './write-group.ts';

/** What one upload wants written; answered after COMMIT. */
export interface Submission {
  readonly batches: readonly Batch[];
  /** The entry of each batch, in the same order. */
  readonly entries: readonly GatewayEntry[];
  readonly rejections: readonly Rejection[];
  /** Whose ledger the rejections without a machine stand in. */
  readonly owner: GatewayEntry | undefined;
  readonly telemetry: readonly TelemetryMessage[];
  /** What was derived anew takes the place of what was derived before, instead of being in conflict with it. */
  readonly replace?: true;
  /** Weight in the queue. */
  readonly records: number;
}

export interface GroupCommit {
  /** One outcome per batch, after COMMIT; or a refusal when the queue is full or the database away. */
  submit(submission: Submission): Promise<readonly BatchOutcome[] | Refusal>;
  /** Told after COMMIT which batches brought new records; a batch with some duplicates is told whole. */
  onCommitted(listener: (batches: readonly CommittedBatch[]) => void): void;
  /** Until what was submitted before is written or refused. */
  settle(): Promise<void>;
  /** Records waiting or being written. */
  readonly depth: number;
  /** Asked before an upload is even read, because refusing must be cheaper than serving. */
  full(): Refusal | undefined;
}

export interface GroupCommitOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly waitMs: number;
  readonly layoutVersion: LayoutVersion;
  readonly newId: () => string;
}

/** Some 60 MB of decoded records; at 250,000 a second it is written in under a second, so a longer queue only adds delay. */
const QUEUE_RECORDS_MAX = 200_000;
/** Uploads of one record each weigh more than their records: promises, sockets, rows. */
const QUEUE_SUBMISSIONS_MAX = 20_000;
/** A transaction longer than this makes the first upload in it wait for the last. */
const GROUP_RECORDS_MAX = 30_000;
/** Beyond this, sharing saves nothing any more and waiting only costs. */
const GROUP_RECORDS_ENOUGH = 5_000;
/** One writes its WAL while the other prepares its rows; more would only wait for the same disk. */
export const WRITERS = 2;
/** A database that restarts is back within seconds; after this the sender keeps its records and tries again. */
const RETRY_MS = 8_000;
const RETRY_PAUSE_MS = 200;

const OVERLOADED = refuse(
  'overloaded',
  503,
  'More records arrive than can be written; send this upload again later.',
  {
    values: { retryAfterS: 2 },
  },
);
/** Nothing was acknowledged; the sender still has it. */
export const DATABASE_AWAY = refuse(
  'database-away',
  503,
  'The records could not be stored; nothing of this upload was acknowledged. Send it again.',
  {
    values: { retryAfterS: 5 },
  },
);

export interface Waiting {
  readonly submission: Submission;
  readonly resolve: (outcomes: readonly BatchOutcome[] | Refusal) => void;
  readonly reject: (error: unknown) => void;
  readonly since: number;
  /** Tried before, and nobody knows whether that COMMIT arrived: what is there and equal is then ours, not a duplicate. */
  retried: boolean;
}

/** Uploads wait at most `waitMs` to share a transaction; under load they share because the writers are busy. */
export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const queue: Waiting[] = [];
  const listeners: ((batches: readonly CommittedBatch[]) => void)[] = [];
  const write = createGroupWriter(options);
  const running = new Set<Promise<void>>();
  let depth = 0;
  /** Records that no writer has taken yet. */
  let queued = 0;
  let submissions = 0;
  let timer: NodeJS.Timeout | undefined;

  const leave = (waiting: Waiting): Waiting => {
    depth -= waiting.submission.records;
    submissions--;
    return waiting;
  };
  const runGroup = async (group: readonly Waiting[]): Promise<void> => {
    try {
      const written = await write(group);
      for (const listener of listeners) listener(written.committed);
      group.forEach((waiting, index) => {
        leave(waiting).resolve(written.outcomes[index] ?? []);
      });
    } catch (error) {
      options.log.warn({ err: error, uploads: group.length }, 'records not written');
      if (isPassingFailure(error)) await retryLater(group);
      else if (group.length > 1) for (const waiting of group) await runGroup([waiting]);
      else for (const waiting of group) leave(waiting).reject(error);
    }
  };
  const retryLater = async (group: readonly Waiting[]): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
    const now = options.clock.wallNow();
    for (const waiting of group.toReversed()) {
      waiting.retried = true;
      if (now - waiting.since < RETRY_MS) {
        queue.unshift(waiting);
        queued += waiting.submission.records;
      } else leave(waiting).resolve(DATABASE_AWAY);
    }
  };
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (queue.length === 0 || running.size >= WRITERS) return;
    const group = takeGroup(queue);
    for (const { submission } of group) queued -= submission.records;
    const task: Promise<void> = runGroup(group).finally(() => {
      running.delete(task);
      schedule();
    });
    running.add(task);
    schedule();
  };
  /** A writer that comes free does not run off with the first upload it sees: a round trip serves many as well as one. */
  const schedule = (): void => {
    const first = queue[0];
    if (first === undefined || running.size >= WRITERS) return;
    const age = options.clock.wallNow() - first.since;
    if (queued >= GROUP_RECORDS_ENOUGH || age >= options.waitMs) flush();
    else timer ??= setTimeout(flush, options.waitMs - age);
  };

  const full = (): Refusal | undefined =>
    depth > QUEUE_RECORDS_MAX || submissions >= QUEUE_SUBMISSIONS_MAX ? OVERLOADED : undefined;

  return {
    full,
    submit: (submission) => {
      const refusal = full();
      if (refusal) return Promise.resolve(refusal);
      depth += submission.records;
      submissions++;
      return new Promise((resolve, reject) => {
        queue.push({ submission, resolve, reject, since: options.clock.wallNow(), retried: false });
        queued += submission.records;
        schedule();
      });
    },
    onCommitted: (listener) => void listeners.push(listener),
    settle: async () => {
      while (queue.length > 0 || running.size > 0) {
        flush();
        await Promise.all(running);
      }
    },
    get depth() {
      return depth;
    },
  };
}

function takeGroup(queue: Waiting[]): Waiting[] {
  let records = 0;
  let taken = 0;
  while (taken < queue.length && (taken === 0 || records < GROUP_RECORDS_MAX)) {
    records += queue[taken]?.submission.records ?? 0;
    taken++;
  }
  return queue.splice(0, taken);
}
