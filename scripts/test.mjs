import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBrowser } from './browser.mjs';
import { checks, checkUnused } from './check.mjs';
import { pinnedNode, run, tool } from './child.mjs';
import { buildConsole } from './console-build.mjs';
import { REPORT_FILE } from './test-report.mjs';

const REPORTER = fileURLToPath(new URL('./test-report.mjs', import.meta.url));

/** Every step runs, whatever the earlier ones said, so that one run shows everything that is wrong. */
export async function testAll() {
  return summarise([
    ...checks.map(([name, args]) => [name, async () => outside(await run(pinnedNode, args))]),
    ['unused code', async () => outside(await checkUnused())],
    ['console build', async () => outside(await buildConsole())],
    ['unit, property, integration, architecture', () => vitest('vitest.config.ts')],
    ['crash', () => vitest('test/crash/vitest.config.ts')],
    ['browser', testBrowser],
  ]);
}

export function testCrash() {
  return summarise([['crash', () => vitest('test/crash/vitest.config.ts')]]);
}

async function testBrowser() {
  const browser = await ensureBrowser();
  if (browser === null) return outside(1);
  return vitest('test/browser/vitest.config.ts', { CHROMIUM_PATH: browser });
}

/** A step that is not made of tests counts only when it fails. */
function outside(code) {
  return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

async function vitest(config, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-results-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', `--reporter=${REPORTER}`];
    const code = await run(
      pinnedNode,
      tool('vitest', 'vitest.mjs', 'run', '--config', config, ...reporters),
      { env: { ...env, [REPORT_FILE]: file } },
    );
    return tally(code, file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the report says; a run that failed and does not say why (no files, a crash) counts as one. */
function tally(code, file) {
  if (!existsSync(file)) return outside(1);
  const report = JSON.parse(readFileSync(file, 'utf8'));
  return code !== 0 && report.failed === 0 ? { ...report, failed: 1 } : report;
}

async function summarise(steps) {
  const lines = [];
  const complaints = [];
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, step] of steps) {
    process.stdout.write(`\n── ${name}\n`);
    const began = performance.now();
    const result = await step();
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    for (const key of Object.keys(sum)) sum[key] += result[key];
    complaints.push(...(result.complaints ?? []));
    const counts =
      result.passed + result.skipped > 0 ? `, ${result.passed} passed, ${result.failed} failed` : '';
    lines.push(`${result.failed === 0 ? 'ok    ' : 'FAILED'}  ${name} (${seconds} s${counts})`);
  }
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
  for (const complaint of complaints) process.stdout.write(`FAILED  ${complaint}\n\n`);
  process.stdout.write(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
  return sum.failed === 0 ? 0 : 1;
}
