// Packs the agent as it is published, installs it into an empty folder as a factory would, and prints what that takes.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pinnedNode, root } from './child.mjs';
import { makeTarball, npm } from './edge-tarball.mjs';

const SIZE_MIB_MAX = 80;
const START_MS_MAX = 1_000;
const READY_WITHIN_MS = 30_000;
const NOTHING = 'v: 1\nconnections: []\nmachines: []\n';

/** Resolves to an exit code; the tarball stays in `edge/dist`. */
export async function packEdge() {
  const tarball = await makeTarball(join(root, 'edge', 'dist'));
  const box = mkdtempSync(join(tmpdir(), 'millrace-box-'));
  try {
    return await tryOut(tarball, box);
  } finally {
    rmSync(box, { recursive: true, force: true });
  }
}

async function tryOut(tarball, box) {
  writeFileSync(join(box, 'package.json'), '{ "private": true }\n');
  const install = ['install', '--offline', '--omit=optional', '--no-audit', '--no-fund', tarball];
  const installed = await npm(install, box);
  if (installed.code !== 0) return failed('npm install', installed);
  const bytes = sizeOf(join(box, 'node_modules'));
  const version = await npm(['exec', '--offline', '--', 'millrace-edge', '--version'], box);
  if (version.code !== 0) return failed('npx millrace-edge --version', version);
  const startMs = await startTime(box);
  const size = bytes / 1_048_576;
  const lines = [
    `tarball         ${(statSync(tarball).size / 1_024).toFixed(0)} KiB  ${tarball}`,
    `installed size  ${size.toFixed(1)} MiB without optional drivers (at most ${SIZE_MIB_MAX})`,
    `npx             millrace-edge ${version.output.trim().split('\n').at(-1)}`,
    `start time      ${startMs ?? 'never'} ms until ready (at most ${START_MS_MAX})`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return size < SIZE_MIB_MAX && startMs !== null && startMs < START_MS_MAX ? 0 : 1;
}

/** From the start of the process until the agent says that it is ready; the best of three, as the rest is the machine's. */
async function startTime(box) {
  mkdirSync(join(box, 'data'), { recursive: true });
  writeFileSync(join(box, 'edge.yaml'), NOTHING);
  const times = [];
  for (let round = 0; round < 3; round++) times.push(await startOnce(box));
  const known = times.filter((ms) => ms !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function startOnce(box) {
  const command = join(box, 'node_modules', 'millrace-edge', 'bin', 'millrace-edge.js');
  const args = [command, '--local', '--config', 'edge.yaml', '--data', 'data', '--status-port', '0'];
  return new Promise((resolve) => {
    const began = performance.now();
    const child = spawn(pinnedNode, args, { cwd: box, stdio: ['ignore', 'pipe', 'inherit'] });
    let ready = null;
    const late = setTimeout(() => child.kill('SIGKILL'), READY_WITHIN_MS);
    let printed = '';
    child.stdout.on('data', (chunk) => {
      printed += chunk;
      if (ready !== null || !printed.includes('"ready"')) return;
      ready = Math.round(performance.now() - began);
      child.kill('SIGTERM');
    });
    child.once('close', () => {
      clearTimeout(late);
      resolve(ready);
    });
  });
}

function sizeOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((bytes, entry) => bytes + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function failed(what, { code, output }) {
  process.stdout.write(`${output}\n${what} failed with ${code}\n`);
  return code;
}
