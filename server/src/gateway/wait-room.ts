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
  /** Woken means only: look again. Otherwise the time is over, or the seat is needed. */
  readonly over: Promise<'woken' | 'over'>;
  end(): void;
}

/** Where agents wait for what the platform wants of them. Every wait ends by itself. */
export interface WaitRoom {
  hasRoom(): boolean;
  wait(who: Waiter, ms: number): Wait;
  wake(gatewayId: string): void;
  waiting(): readonly Waiter[];
  readonly size: number;
  /** Ends every wait, and every later one at once. */
  close(): void;
}

type End = (how: 'woken' | 'over') => void;

export function createWaitRoom(): WaitRoom {
  const waits = new Map<string, Map<End, Waiter>>();
  let size = 0;
  let closed = false;
  const wake = (gatewayId: string): void => {
    for (const end of [...(waits.get(gatewayId)?.keys() ?? [])]) end('woken');
  };
  return {
    hasRoom: () => size < WAITERS_MAX,
    wait: (who, ms) => {
      if (closed) return { over: Promise.resolve('over'), end: () => undefined };
      const mine = waits.get(who.gatewayId) ?? new Map<End, Waiter>();
      // The oldest is most likely the one that nobody listens to any more.
      if (mine.size >= WAITERS_EACH_MAX) mine.keys().next().value?.('over');
      const { promise: over, resolve } = Promise.withResolvers<'woken' | 'over'>();
      const end: End = (how) => {
        if (!mine.delete(end)) return;
        size--;
        if (mine.size === 0) waits.delete(who.gatewayId);
        clearTimeout(timer);
        resolve(how);
      };
      const timer = setTimeout(end, ms, 'over');
      mine.set(end, who);
      waits.set(who.gatewayId, mine);
      size++;
      return { over, end: () => end('over') };
    },
    wake,
    waiting: () => [...waits.values()].flatMap((mine) => [...mine.values()]),
    get size() {
      return size;
    },
    close: () => {
      closed = true;
      for (const mine of [...waits.values()]) for (const end of [...mine.keys()]) end('over');
    },
  };
}
