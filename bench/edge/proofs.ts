import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchFigure } from '../figure.ts';
import { FAULT_TABLE, FAULTS, type Fault } from './fault-table.ts';

interface Proved {
  readonly file: string;
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly ms: number;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CONFIG = fileURLToPath(new URL('./vitest.config.ts', import.meta.url));
const VITEST = join(createRequire(import.meta.url).resolve('vitest/package.json'), '../vitest.mjs');
const NAME_CHARACTERS = 18;
const CELL_CHARACTERS = 10;
/** Names of tests that give a decoder bytes, documents or lines made by fast-check. */
const FUZZ =
  'whatever|any bytes|any document|any body|any answer|any bytes and any JSON|one byte|rubbish never throws|however it is cut|however they are cut|in whatever pieces|no order of messages|never throws|hostile names';
/** A round takes some ten seconds; every round has other seeds. */
const FUZZ_MS = 60_000;

/** E5: what each driver does with a far side that is right, killed, restarted, slow and talks rubbish. */
export async function benchFaults(say: (line: string) => void): Promise<BenchFigure[]> {
  const tests = await runTests([]);
  const failed = tests.filter(({ status }) => status === 'failed');
  const cells = Object.entries(FAULT_TABLE).map(([driver, proofs]) => ({
    driver,
    marks: FAULTS.map((fault) => mark(tests, driver, proofs[fault])),
  }));
  say(row('driver', FAULTS));
  for (const { driver, marks } of cells) say(row(driver, marks));
  for (const { name, file } of failed) say(`FAILED ${file}: ${name}`);
  const open = cells.flatMap(({ marks }) => marks).filter((one) => one === 'FAILED' || one === 'no test');
  const skipped = tests.filter(({ status }) => status === 'skipped').length;
  return [
    {
      id: 'E5',
      what: 'drivers × faults without proof, and tests that failed',
      figure: open.length + failed.length,
      unit: `of ${cells.length * FAULTS.length} and ${tests.length}`,
      goal: 0,
      atMost: true,
      ok: open.length + failed.length === 0 && tests.length > 0,
      note: skipped === 0 ? 'none skipped' : `${skipped} tests skipped: their far side could not be had here`,
    },
  ];
}

const row = (driver: string, marks: readonly string[]): string =>
  `${driver.padEnd(NAME_CHARACTERS)} ${marks.map((one) => one.padEnd(CELL_CHARACTERS)).join('')}`;

function mark(tests: readonly Proved[], driver: string, proof: (typeof FAULT_TABLE)[string][Fault]): string {
  if (proof.startsWith('not:')) return '–';
  const its = tests.filter(
    ({ file, name }) =>
      name.includes(proof) &&
      (file.includes(`/drivers/${driver}/`) ||
        file.includes('/drivers/mtconnect-') ||
        file.includes('chaos')),
  );
  if (its.length === 0) return 'no test';
  if (its.some(({ status }) => status === 'failed')) return 'FAILED';
  return its.every(({ status }) => status === 'skipped') ? 'skipped' : 'proved';
}

/** E6: every decoder under bytes that fast-check makes, again and again with other seeds, for as long as there is time. */
export async function benchFuzz(say: (line: string) => void, seconds?: number): Promise<BenchFigure[]> {
  const until = performance.now() + (seconds === undefined ? FUZZ_MS : seconds * 1_000);
  const failed: Proved[] = [];
  const names = new Set<string>();
  const drivers = new Set<string>();
  const files = fuzzed(join(ROOT, 'edge/src'));
  let [rounds, slowestMs] = [0, 0];
  do {
    const tests = await runTests(['-t', FUZZ, ...files]);
    for (const test of tests.filter(({ status }) => status !== 'skipped')) {
      names.add(`${test.file} ${test.name}`);
      drivers.add(partOf(test.file));
      slowestMs = Math.max(slowestMs, test.ms);
      if (test.status === 'failed') failed.push(test);
    }
    rounds++;
    say(`E6: round ${rounds}, ${failed.length} failed`);
  } while (performance.now() < until);
  for (const { name, file } of failed) say(`FAILED ${file}: ${name}`);
  return [
    {
      id: 'E6',
      what: `crashes, hangs and wrong values in ${rounds} rounds of ${names.size} fuzzed properties`,
      figure: failed.length,
      unit: 'failures',
      goal: 0,
      atMost: true,
      ok: failed.length === 0 && names.size > 0,
      note: `decoders of ${[...drivers].sort().join(', ')}; the slowest property took ${(slowestMs / 1_000).toFixed(1)} s`,
    },
  ];
}

/** Test files that make their input at random. */
const fuzzed = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join(folder, path))
    .filter((path) => readFileSync(path, 'utf8').includes("from 'fast-check'"));

const partOf = (file: string): string => /edge\/src\/(?:drivers\/)?([a-z0-9-]+)/.exec(file)?.[1] ?? file;

async function runTests(args: readonly string[]): Promise<readonly Proved[]> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-proofs-'));
  const report = join(folder, 'report.json');
  try {
    const child = spawn(
      process.execPath,
      [VITEST, 'run', '--config', CONFIG, '--reporter=json', `--outputFile=${report}`, ...args],
      { cwd: ROOT, stdio: 'ignore' },
    );
    await once(child, 'exit');
    return readReport(report);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Vitest's report in the form of Jest's. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly duration?: number | null;
    }[];
  }[];
}

function readReport(path: string): Proved[] {
  const { testResults } = JSON.parse(readFileSync(path, 'utf8')) as Report;
  return testResults.flatMap(({ name: file, assertionResults }) =>
    assertionResults.map(({ fullName: name, status, duration }) => ({
      ...{ file, name, ms: duration ?? 0 },
      status: status === 'passed' || status === 'failed' ? status : 'skipped',
    })),
  );
}
