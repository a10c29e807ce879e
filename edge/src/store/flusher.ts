/** Runs the writing of a group: one at a time, after a while or at once. */
export interface Flusher {
  soon(): void;
  now(): Promise<void>;
  /** No more after this; resolves when the one under way has ended. */
  close(): Promise<void>;
}

export interface FlusherOptions {
  delayMs(): number;
  hasWork(): boolean;
  write(): Promise<void>;
}

export function createFlusher({ delayMs, hasWork, write }: FlusherOptions): Flusher {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let closed = false;

  async function now(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    while (running !== undefined) await running;
    if (!hasWork()) return;
    running = write().finally(() => {
      running = undefined;
    });
    await running;
  }
  return {
    soon: () => {
      if (!closed) timer ??= setTimeout(() => void now(), delayMs());
    },
    now,
    close: async () => {
      closed = true;
      clearTimeout(timer);
      while (running !== undefined) await running;
    },
  };
}
