/** Those who wait for what far sides say by themselves. */
export class Watchers<News> {
  readonly #watching = new Set<(news: News) => void>();
  readonly #closed: AbortSignal;

  /** @param closed ends every wait. */
  constructor(closed: AbortSignal) {
    this.#closed = closed;
  }

  tell(news: News): void {
    for (const watcher of this.#watching) watcher(news);
  }

  /** Resolves when it is enough, or after `ms`; `take` gets what comes meanwhile. */
  async wait(ms: number, enough: () => boolean, take?: (news: News) => void): Promise<void> {
    if (enough() || this.#closed.aborted) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#watching.delete(watcher);
        this.#closed.removeEventListener('abort', end);
        resolve();
      };
      const watcher = (news: News): void => {
        take?.(news);
        if (enough()) end();
      };
      const timer = setTimeout(end, ms);
      this.#watching.add(watcher);
      this.#closed.addEventListener('abort', end);
    });
  }
}
