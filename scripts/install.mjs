import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode, root, runQuietly } from './child.mjs';

/** Installs what the lockfile names and node_modules lacks. Resolves to an exit code. */
export async function ensureInstalled() {
  if (isInstalled()) return 0;
  process.stderr.write('Installing dependencies (half a minute on a good line) …\n');
  // Not `npm ci`: it insists that the lockfile names the packages of every platform, also of those that the
  // registry at hand does not carry. `--no-save` takes the locked versions all the same and leaves the file alone.
  const npm = npmCommand();
  const { code, output } = await runQuietly(npm.command, [
    ...npm.args,
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--include=dev',
  ]);
  if (code === 0 && existsSync(pinnedNode)) return 0;
  process.stderr.write(output);
  process.stderr.write(
    code === 0
      ? 'npm installed the packages without running their install scripts, so Node 24 is missing; set ignore-scripts=false for this project and start again.\n'
      : 'Installing the dependencies failed; the lines above say why.\n',
  );
  return code === 0 ? 1 : code;
}

/** npm keeps its own record of what it put into node_modules; it must say the same as the lockfile. */
function isInstalled() {
  if (!existsSync(pinnedNode)) return false;
  const locked = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (locked === null || installed === null) return false;
  return Object.entries(locked).every(([path, { version, link, optional, peer }]) => {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true;
    const found = installed[path];
    if (found === undefined) return Boolean(optional) || Boolean(peer);
    return link ? Boolean(found.link) : found.version === version;
  });
}

function packagesOf(path) {
  if (!existsSync(path)) return null;
  return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
}

/** Under `npm run` the very npm that called us; otherwise the one on the search path. */
function npmCommand() {
  const script = process.env.npm_execpath ?? '';
  if (/npm-cli\.c?js$/.test(script)) return { command: process.execPath, args: [script] };
  return { command: 'npm', args: [] };
}
