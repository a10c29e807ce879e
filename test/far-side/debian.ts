import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Inside node_modules, so that it is ignored by git and goes when the dependencies go. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/debian/', import.meta.url));
/** A package index of Debian is about 20 MB; a slow mirror still sends it in that time. */
const UPDATE_TIMEOUT_MS = 120_000;
const DOWNLOAD_TIMEOUT_MS = 90_000;
/** Longer than an update and a download together: whoever waits for another test file waits for the whole of it. */
const LOCK_TIMEOUT_MS = 240_000;
const LOCK_POLL_MS = 50;
/** Without network every test file would wait for the same time-outs; one failure speaks for so long. */
const FAILURE_STANDS_MS = 300_000;
/** What apt-get prints goes into the reason of a skip; more than that nobody reads. */
const REASON_CHARACTERS = 300;

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
export async function debianProgram(wanted: DebianProgram): Promise<string | { missing: string }> {
  const packages = [...wanted.packages].sort();
  const release = await releaseName();
  const key = createHash('sha256')
    .update(JSON.stringify([release, process.arch, packages]))
    .digest('hex');
  const tree = join(CACHE, key.slice(0, 16));
  await mkdir(CACHE, { recursive: true });
  try {
    if (!(await exists(tree))) await underLock(`${tree}.lock`, () => unpack(packages, tree));
    return await launcher(tree, wanted.program);
  } catch (fault) {
    if (fault instanceof Unobtainable) return { missing: fault.message };
    throw fault;
  }
}

class Unobtainable extends Error {
  override readonly name = 'Unobtainable';
}

async function unpack(packages: readonly string[], tree: string): Promise<void> {
  if (await exists(tree)) return;
  const note = `${tree}.missing`;
  const failed = await stat(note).catch(() => undefined);
  if (failed && Date.now() - failed.mtimeMs < FAILURE_STANDS_MS)
    throw new Unobtainable(await readFile(note, 'utf8'));
  const work = `${tree}.${randomUUID()}`;
  await mkdir(join(work, 'deb'), { recursive: true });
  try {
    if (packages.length > 0) await download(packages, join(work, 'deb'));
    for (const archive of await readdir(join(work, 'deb')))
      await run('dpkg-deb', ['-x', join(work, 'deb', archive), join(work, 'root')], DOWNLOAD_TIMEOUT_MS);
    await mkdir(join(work, 'root'), { recursive: true });
    await rename(join(work, 'root'), tree);
  } catch (fault) {
    if (fault instanceof Unobtainable) await writeFile(note, fault.message);
    throw fault;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
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

/** A folder is made atomically; one left by a process that has died is taken over. */
async function underLock(lock: string, work: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + LOCK_TIMEOUT_MS;
  while (!(await mkdir(lock).then(() => true, alreadyThere))) {
    const [owner] = await readdir(lock).catch(() => []);
    const age = Date.now() - ((await stat(lock).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (owner === undefined ? age > LOCK_POLL_MS * 100 : !isAlive(Number(owner)))
      await rm(lock, { recursive: true, force: true });
    else if (Date.now() > deadline) throw new Unobtainable(`${lock} is held by process ${owner}`);
    else await pause(LOCK_POLL_MS);
  }
  try {
    await writeFile(join(lock, String(process.pid)), '');
    await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

function alreadyThere(fault: NodeJS.ErrnoException): boolean {
  if (fault.code === 'EEXIST') return false;
  throw fault;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function releaseName(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^VERSION_CODENAME=(.*)$/m.exec(text)?.[1] ?? process.platform;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function run(program: string, args: readonly string[], timeoutMs: number, cwd = CACHE): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { cwd, timeout: timeoutMs, env: { ...process.env, LC_ALL: 'C' } },
      (fault, _out, err) => {
        if (!fault) return resolve();
        const said = (err.trim() || fault.message).slice(-REASON_CHARACTERS).replaceAll(/\s+/g, ' ');
        reject(new Unobtainable(`${program} ${args.at(-1) ?? ''}: ${said}`, { cause: fault }));
      },
    );
  });
}
