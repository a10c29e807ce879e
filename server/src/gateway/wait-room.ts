/** Each is a socket and a promise; a process with more gateways than this needs a second one beside it. */
const WAITERS_MAX = 5_000;
/** A line that breaks leaves its waiter behind for up to one wait; more than this many at once are nobody's any more. */
const WAITERS_EACH_MAX = 4;

/** Whose agent waits, and the newest configuration it knows. */
export interface Waiter {
  readonly networkId: string;
  readonly gatewayId: string;
  readonly seenVersion: number;
}

export interface Wait {
  /** Woken, or over; being woken means only: look again. */
  readonly over: Promise<void>;
  end(): void;
}

/** Where agents wait for what the platform wants of them. Every wait ends by itself. */
export interface WaitRoom {
  hasRoom(): boolean;
  wait(who: Waiter, ms: number): Wait;
  wake(gatewayId: string): void;
  waiting(): readonly Waiter[];
  readonly size: number;
  readonly closed: boolean;
  /** Ends every wait, and every later one at once. */
  close(): void;
}

export function createWaitRoom(): WaitRoom {
  const waits = new Map<string, Map<() => void, Waiter>>();
  let size = 0;
  let closed = false;
  const wake = (gatewayId: string): void => {
    for (const end of [...(waits.get(gatewayId)?.keys() ?? [])]) end();
  };
  return {
    hasRoom: () => size < WAITERS_MAX,
    wait: (who, ms) => {
      if (closed) return { over: Promise.resolve(), end: () => undefined };
      const mine = waits.get(who.gatewayId) ?? new Map<() => void, Waiter>();
      // The oldest is most likely the one that nobody listens to any more.
      if (mine.size >= WAITERS_EACH_MAX) mine.keys().next().value?.();
      const { promise: over, resolve } = Promise.withResolvers<void>();
      const end = (): void => {
        if (!mine.delete(end)) return;
        size--;
        if (mine.size === 0) waits.delete(who.gatewayId);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(end, ms);
      mine.set(end, who);
      waits.set(who.gatewayId, mine);
      size++;
      return { over, end };
    },
    wake,
    waiting: () => [...waits.values()].flatMap((mine) => [...mine.values()]),
    get size() {
      return size;
    },
    get closed() {
      return closed;
    },
    close: () => {
      closed = true;
      for (const gatewayId of [...waits.keys()]) wake(gatewayId);
    },
  };
}
