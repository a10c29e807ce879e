import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode, root, runQuietly, tool } from './child.mjs';

/** Everything that ends up in the browser bundle or decides how it is made. */
const inputs = [
  'console/src',
  'console/public',
  'console/index.html',
  'console/package.json',
  'console/vite.config.ts',
  'contract/package.json',
  'contract/src',
  'contract/words',
  'edge/templates',
  'engine/src',
  'package-lock.json',
];
const stamp = join(root, 'console', 'dist', '.built-from');

/** Builds the console unless the present build was made from the same files. Resolves to an exit code. */
export async function buildConsole() {
  const wanted = hashOfInputs();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return 0;
  process.stderr.write('Building the console …\n');
  const { code, output } = await runQuietly(
    pinnedNode,
    tool('vite', 'bin/vite.js', 'build', '--logLevel', 'warn'),
    {
      cwd: join(root, 'console'),
      env: { NODE_ENV: 'production' },
    },
  );
  if (code === 0) writeFileSync(stamp, wanted);
  else process.stderr.write(`${output}\nThe console could not be built.\n`);
  return code;
}

/** By content, not by time: a checkout gives every file a new time. */
function hashOfInputs() {
  const hash = createHash('sha256');
  for (const path of inputs.flatMap(filesUnder)) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesUnder(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (statSync(full).isFile()) return [path];
  return readdirSync(full, { withFileTypes: true })
    .filter((entry) => !/\.(test|e2e)\.tsx?$/.test(entry.name))
    .flatMap((entry) => filesUnder(`${path}/${entry.name}`))
    .sort();
}
