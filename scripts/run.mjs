// The one door behind every `npm run …`. Plain JavaScript without dependencies, because on a fresh clone it
// runs before anything is installed, on whatever Node (20 or later) the machine has. What it starts runs on
// the Node 24 that npm installs with the project.
import { checkAll } from './check.mjs';
import { pinnedNode, run } from './child.mjs';
import { buildConsole } from './console-build.mjs';
import { ensureInstalled } from './install.mjs';
import { testAll, testCrash } from './test.mjs';

const verbs = {
  demo: async (args) => (await buildConsole()) || run(pinnedNode, ['sim/src/demo.ts', ...args]),
  start: async (args) => (await buildConsole()) || run(pinnedNode, ['server/src/main.ts', 'serve', ...args]),
  edge: (args) => run(pinnedNode, ['edge/src/main.ts', ...args]),
  // The bundler is one of the packages that may not be there yet.
  'edge:pack': async () => (await import('./edge-pack.mjs')).packEdge(),
  'audit:verify': (args) => run(pinnedNode, ['server/src/main.ts', 'audit:verify', ...args]),
  bench: (args) => run(pinnedNode, ['bench/main.ts', ...args]),
  check: () => checkAll(),
  test: () => testAll(),
  'test:crash': () => testCrash(),
  'build:console': () => buildConsole(),
};

const [verb = '', ...args] = process.argv.slice(2);
const act = verbs[verb];
if (act === undefined) {
  process.stderr.write(`Unknown command "${verb}"; there are: ${Object.keys(verbs).join(', ')}.\n`);
  process.exit(64);
}
const installed = await ensureInstalled();
process.exitCode = installed === 0 ? await act(args) : installed;
