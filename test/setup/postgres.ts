import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../server/src/kernel/embedded-postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Superuser's address of the PostgreSQL all test files of a run share. */
    postgresAdminUrl: string;
  }
}

const prefix = 'millrace-test-';

/** One PostgreSQL for the whole run; each test file clones its own database from a template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  sweepKilledRuns();
  const dataDir = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  // When root runs the tests, PostgreSQL runs as nobody and must be able to enter.
  chmodSync(dataDir, 0o755);
  const said: string[] = [];
  const postgres = await startEmbeddedPostgres({
    dataDir,
    log: (line) => said.push(line),
    settings: {
      // These databases live for minutes; durability has its own tests, with its own PostgreSQL.
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: '200',
      shared_buffers: '128MB',
    },
  });
  postgres.onExit(() => process.stderr.write(`${said.slice(-20).join('\n')}\n`));
  project.provide('postgresAdminUrl', postgres.adminUrl());
  return async () => {
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}

/** A killed run cannot tidy up after itself; its PostgreSQL is stopped by the watchdog, its folder by us. */
function sweepKilledRuns(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const pid = Number.parseInt(name.slice(prefix.length), 10);
    if (pid > 0 && !isAlive(pid)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    // EPERM: it runs, but belongs to someone else.
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
