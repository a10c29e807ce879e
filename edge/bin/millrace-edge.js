#!/usr/bin/env node
// Plain JavaScript of any age, so that an old Node says what it lacks instead of a syntax error.
const LEAST = 22;
const major = Number(process.versions.node.split('.')[0]);
if (major < LEAST) {
  process.stderr.write(`millrace-edge needs Node ${LEAST} or later; this is ${process.versions.node}.\n`);
  process.exitCode = 64;
} else {
  import('../dist/main.js');
}
