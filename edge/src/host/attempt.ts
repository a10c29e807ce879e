import { type Driver, type DriverContext, type DriverKind, within } from '../driver/index.ts';
import { isFault, reasonOf } from './fault.ts';
import type { Pace, WatchedTag } from './message.ts';
import type { SampleQueue } from './sample-queue.ts';

/** The tags wanted at a time; samples are told by position in one such list. */
export interface Subscription {
  readonly generation: number;
  readonly tags: readonly WatchedTag[];
}
/** Why an attempt ended. */
export interface AttemptEnd {
  readonly reason: string;
  readonly lasting: boolean;
}

/** What one opening of a driver needs of the connection it is of. */
export interface AttemptOptions {
  readonly kind: DriverKind;
  readonly context: Omit<DriverContext, 'sink' | 'lost'>;
  readonly pace: Pace;
  /** Ends the attempt. */
  readonly closed: AbortSignal;
  wanted(): Subscription;
  /** Who is told when another list is wanted; undefined = nobody any more. */
  onChange(wake: (() => void) | undefined): void;
  /** Where samples of this list go. */
  into(subscription: Subscription): SampleQueue;
  /** Something was put there. */
  filled(): void;
  connected(driver: Driver): void;
}

/**
 * One opening of a driver, from connecting until it is lost; undefined when it was closed. Throws what is no fault: a bug of
 * the driver, or one that cannot be closed.
 */
export async function attempt(options: AttemptOptions): Promise<AttemptEnd | undefined> {
  const { kind, context, pace, closed } = options;
  const over = Promise.withResolvers<AttemptEnd | undefined>();
  const end = (): void => over.resolve(undefined);
  closed.addEventListener('abort', end, { once: true });
  let alive = !closed.aborted;
  let queue: SampleQueue | undefined;
  const driver = kind.open({
    ...context,
    sink: (samples) => {
      if (!alive || queue === undefined) return;
      queue.add(samples);
      options.filled();
    },
    lost: (reason) => over.resolve({ reason: String(reason).slice(0, 500), lasting: false }),
  });
  const serve = async (): Promise<undefined> => {
    await within('opening the connection', pace.callMaxMs, driver.connect());
    for (let served: number | undefined; alive; ) {
      const next = options.wanted();
      if (next.generation !== served) {
        queue = options.into(next);
        if (next.tags.length > 0 || served !== undefined) {
          await within('subscribing to the tags', pace.callMaxMs, driver.subscribe(next.tags));
        }
        served = next.generation;
        if (alive) options.connected(driver);
      } else {
        // Its own promise: what outlives the attempt would hold the driver, and every one after it.
        const change = Promise.withResolvers<void>();
        options.onChange(change.resolve);
        await change.promise;
      }
    }
  };
  try {
    return alive ? await Promise.race([over.promise, serve()]) : undefined;
  } catch (cause) {
    if (!isFault(cause)) throw cause;
    return { reason: reasonOf(cause), lasting: cause.lasting === true };
  } finally {
    alive = false;
    options.onChange(undefined);
    closed.removeEventListener('abort', end);
    await within('closing the connection', pace.closeMaxMs, driver.close());
  }
}
