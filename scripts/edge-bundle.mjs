// Makes of the agent's sources the JavaScript that is shipped: Node strips no types below node_modules.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './child.mjs';

const edge = join(root, 'edge');

/** Writes the package as it is published into `folder`, which is emptied before. */
export async function bundleEdge(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const source = JSON.parse(readFileSync(join(edge, 'package.json'), 'utf8'));
  const packages = Object.keys({ ...source.dependencies, ...source.optionalDependencies });
  const bundle = await rolldown({
    // The worker is a file of its own: a thread starts from it.
    input: { main: join(edge, 'src/main.ts'), worker: join(edge, 'src/host/worker.ts') },
    platform: 'node',
    // Our own code and the contract go in; packages are npm's to install, and a driver's only when it is used.
    external: (id) =>
      id.startsWith('node:') || packages.some((name) => id === name || id.startsWith(`${name}/`)),
    onLog: (level, log) => {
      // What could not be found would be missing on the box.
      if (level === 'warn') throw new TypeError(log.message);
    },
  });
  await bundle.write({
    dir: join(folder, 'dist'),
    format: 'esm',
    // One flat folder: the main thread looks for the worker beside itself.
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  });
  await bundle.close();
  cpSync(join(edge, 'bin'), join(folder, 'bin'), { recursive: true });
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  bringPages(folder);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifestOf(source), null, 2)}\n`);
}

/** What an electrician looks up at the box, also where nothing comes in from outside; the agent's own page is npm's README. */
function bringPages(folder) {
  for (const pages of ['docs/edge', 'docs/guide', 'docs/decisions'])
    cpSync(join(root, pages), join(folder, pages), { recursive: true });
  const page = readFileSync(join(root, 'docs/edge/agent.md'), 'utf8');
  const fromRoot = page.replaceAll(/\]\((?![a-z]+:|#)/g, '](docs/edge/');
  writeFileSync(join(folder, 'README.md'), fromRoot);
}

function manifestOf(source) {
  const { name, version, license, description, dependencies, optionalDependencies } = source;
  return {
    name,
    version,
    license,
    description,
    type: 'module',
    engines: { node: '>=22' },
    bin: { [name]: 'bin/millrace-edge.js' },
    files: ['bin', 'dist', 'docs', 'LICENSE', 'README.md'],
    dependencies,
    optionalDependencies,
  };
}
