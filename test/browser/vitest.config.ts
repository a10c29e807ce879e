import { defineConfig } from 'vitest/config';

/** The console in a real Chromium against a real server; CHROMIUM_PATH is set by scripts/browser.mjs. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/browser/**/*.e2e.ts'],
    globalSetup: ['./test/setup/postgres.ts'],
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
