/** Who waits for the disk waits for a number: of what was appended when they asked. */
export interface DurableMark {
  /** Something was appended. */
  step(): void;
  appended(): number;
  /** Everything up to the mark is on the disk. */
  reached(mark: number): void;
  wait(): Promise<void>;
  fail(cause: unknown): void;
}

export function createDurableMark(): DurableMark {
  let appended = 0;
  let durable = 0;
  let waiters: { readonly mark: number; resolve(): void; reject(cause: unknown): void }[] = [];
  return {
    step: () => {
      appended++;
    },
    appended: () => appended,
    reached: (mark) => {
      durable = mark;
      for (const waiter of waiters) if (waiter.mark <= mark) waiter.resolve();
      waiters = waiters.filter((waiter) => waiter.mark > mark);
    },
    wait: () => {
      if (durable >= appended) return Promise.resolve();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waiters.push({ mark: appended, resolve, reject });
      return promise;
    },
    fail: (cause) => {
      for (const waiter of waiters.splice(0)) waiter.reject(cause);
    },
  };
}
