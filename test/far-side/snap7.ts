import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, orMissing, run, Unobtainable } from './cache.ts';
import { type FarSide, startFarSide } from './program.ts';

/**
 * Snap7 is the usual independent implementation of S7 communication (LGPL 3.0). Its sources lie inside this npm package, which
 * is downloaded for the test only: its install script is not run, nothing of it becomes part of the product.
 */
const PACKAGE = 'node-snap7@1.0.9';
const SHA512 = 'U+9W8+XOs/4xKqYcn22yHESQzcSuKEhuN6pHLhyl1U5HuLm/kWxkXPzR2QwqFAs87aPfxdBrTI4xKDvwcMoyOw==';
const MAIN = fileURLToPath(new URL('../../edge/src/drivers/s7/fixtures/snap7_server.cpp', import.meta.url));
const FETCH_TIMEOUT_MS = 60_000;
/** Some 15,000 lines of C++ without optimisation: 5 s on a quiet machine. */
const COMPILE_TIMEOUT_MS = 120_000;
/** A port found free may be taken by another test before the server has it. */
const PORT_ATTEMPTS = 5;

/** Path of a server built on Snap7, or why there is none. */
export function snap7Server(): Promise<string | { missing: string }> {
  return orMissing(async () => {
    const main = createHash('sha256')
      .update(await readFile(MAIN))
      .digest('hex');
    return join(await cached(`snap7-${main.slice(0, 16)}`, build), 'server');
  });
}

/** Starts it on the given port, or on one that is free. */
export async function startSnap7(server: string, port?: number): Promise<FarSide & { port: number }> {
  for (let attempt = 1; ; attempt++) {
    const chosen = port ?? (await freePort());
    try {
      return { ...(await startFarSide(server, [String(chosen)], /^ready$/)), port: chosen };
    } catch (fault) {
      if (attempt === PORT_ATTEMPTS) throw fault;
    }
  }
}

async function build(work: string): Promise<void> {
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', work, PACKAGE], FETCH_TIMEOUT_MS);
  const archive = (await readdir(work)).find((name) => name.endsWith('.tgz')) ?? '';
  const bytes = await readFile(join(work, archive));
  if (createHash('sha512').update(bytes).digest('base64') !== SHA512)
    throw new Unobtainable(`${PACKAGE} is not the archive that is known`);
  await run('tar', ['-xzf', join(work, archive), '-C', work], FETCH_TIMEOUT_MS);
  const source = join(work, 'package/deps/snap7/src');
  const parts = ['sys', 'core', 'lib'].map((folder) => join(source, folder));
  const files = await Promise.all(
    parts.map(async (folder) =>
      (await readdir(folder)).filter((name) => name.endsWith('.cpp')).map((name) => join(folder, name)),
    ),
  );
  await mkdir(join(work, 'main'));
  await copyFile(MAIN, join(work, 'main/server.cpp'));
  const sources = [...files.flat(), join(work, 'main/server.cpp')];
  const include = parts.map((folder) => `-I${folder}`);
  await run(
    'g++',
    ['-O0', '-w', '-std=gnu++11', ...include, ...sources, '-o', join(work, 'server'), '-lpthread'],
    COMPILE_TIMEOUT_MS,
  );
  await rm(join(work, 'package'), { recursive: true });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
