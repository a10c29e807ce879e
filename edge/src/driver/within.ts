import { DriverFault } from './driver.ts';

/** Settles as `work` does, or rejects with a `DriverFault` after `ms`; what `work` does later is looked at by nobody. */
export async function within<T>(what: string, ms: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new DriverFault(`${what}: no answer in ${Math.ceil(ms / 1_000)} s`, { unanswered: true })),
    ms,
  );
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
