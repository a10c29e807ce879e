import { defineConfig } from 'vitest/config';

/** Servers and databases of their own, killed for real: one file at a time, minutes each. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/crash/**/*.crash.ts'],
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 240_000,
    hookTimeout: 60_000,
  },
});
