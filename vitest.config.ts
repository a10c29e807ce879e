import { defineConfig } from 'vitest/config';

/** Unit, property and integration tests; crash and browser tests have their own projects because they take minutes. */
export default defineConfig({
  test: {
    include: ['{contract,engine,edge,server,sim,test,console,bench}/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    // One PostgreSQL for all files; each file clones its own database from a migrated template.
    globalSetup: ['./test/setup/postgres.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
