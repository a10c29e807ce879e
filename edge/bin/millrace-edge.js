#!/usr/bin/env node
// Plain JavaScript of any age, so that an old Node says what it lacks instead of a syntax error.
const LEAST = 22;
/** Node grows its heap as if it had the box for itself: 340 MB with 6,000 tags. So told it takes 180, for two hundredths of a core. */
const FRUGAL = ['--max-semi-space-size=2', '--optimize-for-size'];
const major = Number(process.versions.node.split('.')[0]);
if (major < LEAST) {
  process.stderr.write(`millrace-edge needs Node ${LEAST} or later; this is ${process.versions.node}.\n`);
  process.exitCode = 64;
} else if (typeof process.execve === 'function' && !process.execArgv.includes(FRUGAL[0])) {
  // The same process goes on with other options of its engine. Where there is no such call (Windows, Node before 22.15) it takes more memory.
  const [program, script, ...args] = process.argv;
  process.execve(program, [program, ...process.execArgv, ...FRUGAL, script, ...args]);
} else {
  import('../dist/main.js');
}
