/** Resolves after so long, or at once when the signal comes. */
export async function rest(ms: number, cut: AbortSignal): Promise<void> {
  if (ms <= 0 || cut.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const wake = (): void => resolve();
  cut.addEventListener('abort', wake, { once: true });
  await promise;
  clearTimeout(timer);
  cut.removeEventListener('abort', wake);
}
