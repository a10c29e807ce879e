import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { CACHE, cached, orMissing, run, Unobtainable } from './cache.ts';

/** A package index of Debian is about 20 MB; a slow mirror still sends it in that time. */
const UPDATE_TIMEOUT_MS = 120_000;
const DOWNLOAD_TIMEOUT_MS = 90_000;

interface DebianProgram {
  /** Names of Debian packages, dependencies that the system may lack included: nothing is resolved. */
  readonly packages: readonly string[];
  /** Name of the program in one of them, or of one of the system that is to see their libraries and Python modules. */
  readonly program: string;
}

/**
 * Path of a program of Debian's that can be started as it is: a script that sets the paths of libraries and Python modules and
 * becomes the program. The packages are downloaded and unpacked into a cache, without root and without installing them.
 */
export function debianProgram(wanted: DebianProgram): Promise<string | { missing: string }> {
  return orMissing(async () => {
    const packages = [...wanted.packages].sort();
    const key = JSON.stringify([await releaseName(), process.arch, packages]);
    const name = `debian-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
    const tree = await cached(name, (work) => unpack(packages, work));
    return await launcher(tree, wanted.program);
  });
}

async function unpack(packages: readonly string[], tree: string): Promise<void> {
  if (packages.length === 0) return;
  const archives = join(tree, 'archives');
  await mkdir(archives, { recursive: true });
  await download(packages, archives);
  for (const archive of await readdir(archives))
    await run('dpkg-deb', ['-x', join(archives, archive), tree], DOWNLOAD_TIMEOUT_MS);
  await rm(archives, { recursive: true });
}

/** First with the system's package lists; when those are absent or out of date, with own ones, which needs no root. */
async function download(packages: readonly string[], folder: string): Promise<void> {
  const bounds = ['-q', '-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=15'];
  try {
    await run('apt-get', [...bounds, 'download', ...packages], DOWNLOAD_TIMEOUT_MS, folder);
  } catch (fault) {
    if (!(fault instanceof Unobtainable)) throw fault;
    const apt = join(CACHE, 'apt');
    await mkdir(join(apt, 'lists', 'partial'), { recursive: true });
    await mkdir(join(apt, 'cache', 'archives', 'partial'), { recursive: true });
    const own = [
      ...['-o', `Dir::State::Lists=${join(apt, 'lists')}`, '-o', `Dir::Cache=${join(apt, 'cache')}`],
      ...['-o', 'APT::Sandbox::User=', '-o', 'Debug::NoLocking=1'],
    ];
    await run('apt-get', [...bounds, ...own, 'update'], UPDATE_TIMEOUT_MS, folder);
    await run('apt-get', [...bounds, ...own, 'download', ...packages], DOWNLOAD_TIMEOUT_MS, folder);
  }
}

/** Writes the script that starts the program out of the unpacked tree. */
async function launcher(tree: string, program: string): Promise<string> {
  const own = ['usr/sbin', 'usr/bin', 'usr/games', 'sbin', 'bin'].map((folder) => join(tree, folder));
  const system = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const path = await firstExecutable([...own, ...system], program);
  if (path === undefined) throw new Unobtainable(`no program ${program} in the packages or on this system`);
  const libraries = await libraryFolders(tree);
  const script = `${tree}-${program}`;
  const part = `${script}.${randomUUID()}`;
  const lines = [
    '#!/bin/sh',
    `export LD_LIBRARY_PATH="${libraries.join(':')}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`,
    `export PYTHONPATH="${join(tree, 'usr/lib/python3/dist-packages')}\${PYTHONPATH:+:$PYTHONPATH}"`,
    `export PATH="${join(tree, 'usr/sbin')}:${join(tree, 'usr/bin')}:$PATH"`,
    `exec "${path}" "$@"`,
    '',
  ];
  await writeFile(part, lines.join('\n'));
  await chmod(part, 0o755);
  await rename(part, script);
  return script;
}

async function firstExecutable(folders: readonly string[], program: string): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, program);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

/** `lib`, `usr/lib` and one level of architecture folders below: where Debian puts shared objects. */
async function libraryFolders(tree: string): Promise<string[]> {
  const found: string[] = [];
  for (const base of [join(tree, 'lib'), join(tree, 'usr/lib')]) {
    const entries = await readdir(base, { withFileTypes: true }).catch(() => []);
    for (const entry of entries)
      if (entry.isDirectory() && entry.name.includes('-linux-')) found.push(join(base, entry.name));
    if (entries.some((entry) => entry.name.includes('.so'))) found.push(base);
  }
  return found;
}

async function releaseName(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^VERSION_CODENAME=(.*)$/m.exec(text)?.[1] ?? process.platform;
}
