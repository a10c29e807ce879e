import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The tests of drivers and decoders alone: they need no database. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../../', import.meta.url)),
    include: ['edge/src/{drivers,document,net,poll,mtconnect}/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
