// The agent as one file that npm installs on a box without asking any registry.
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root, runQuietly } from './child.mjs';
import { bundleEdge } from './edge-bundle.mjs';

/** Makes the package in `out`; resolves to the path of its tarball there. */
export async function makeTarball(out) {
  const folder = join(out, 'package');
  await bundleEdge(folder);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const bundleDependencies = Object.keys(manifest.dependencies);
  bringPackages(bundleDependencies, folder);
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify({ ...manifest, bundleDependencies }, null, 2)}\n`,
  );
  const packed = await npm(['pack', '--pack-destination', out], folder);
  if (packed.code !== 0) throw new PackFault(`npm pack ended with ${packed.code}: ${packed.output}`);
  return join(out, `${manifest.name}-${manifest.version}.tgz`);
}

/** npm as it runs this script, else the one on the search path; resolves to exit code and output. */
export function npm(args, cwd) {
  const script = process.env.npm_execpath ?? '';
  const own = /npm-cli\.c?js$/.test(script) && existsSync(script);
  return runQuietly(own ? process.execPath : 'npm', own ? [script, ...args] : args, { cwd });
}

class PackFault extends Error {
  name = 'PackFault';
}

/** Copies the packages and all that they need, in the very versions that were tested, to the same places below `folder`. */
function bringPackages(names, folder) {
  const brought = new Set();
  const wanted = names.map((name) => ({ name, from: join(root, 'edge') }));
  for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
    const path = installedAt(next.name, next.from);
    if (brought.has(path)) continue;
    brought.add(path);
    cpSync(path, join(folder, relative(root, path)), {
      recursive: true,
      // Those within are brought when somebody needs them.
      filter: (source) => source !== join(path, 'node_modules'),
    });
    const { dependencies = {} } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
    for (const name of Object.keys(dependencies)) wanted.push({ name, from: path });
  }
}

/** Where Node finds a package that is imported from a folder of this repository. */
function installedAt(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name);
    if (existsSync(join(path, 'package.json'))) {
      // A version of the agent's own could hide the one that another package needs.
      if (!path.startsWith(join(root, 'node_modules')))
        throw new PackFault(`${name} is in ${folder}, not in the repository's own node_modules.`);
      return path;
    }
    if (folder === root) throw new PackFault(`${name}, which ${from} needs, is not installed.`);
  }
}
