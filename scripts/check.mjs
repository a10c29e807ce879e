import { pinnedNode, run, runQuietly, tool } from './child.mjs';

/** The quick checks, also the first steps of the test run: [name, arguments for Node]. */
export const checks = [
  ['format and lint', tool('@biomejs/biome', 'bin/biome', 'check', '--error-on-warnings')],
  ['types', tool('typescript', 'bin/tsc', '--noEmit')],
  // The console is resolved by a bundler, the rest by Node: iX's type files need the former.
  ['types of the console', tool('typescript', 'bin/tsc', '--noEmit', '-p', 'console')],
];

/** Seconds, for the inner loop: both checks at once. Resolves to an exit code. */
export async function checkAll() {
  const results = await Promise.all(checks.map(([, args]) => runQuietly(pinnedNode, args)));
  for (const [index, { code, output }] of results.entries()) {
    if (code !== 0) process.stdout.write(output);
    process.stdout.write(`${checks[index][0]}: ${code === 0 ? 'ok' : 'FAILED'}\n`);
  }
  return results.find(({ code }) => code !== 0)?.code ?? 0;
}

/** Unused files, exports and dependencies. */
export function checkUnused() {
  return run(pinnedNode, tool('knip', 'bin/knip.js', '--no-progress'));
}
