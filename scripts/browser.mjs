import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, runQuietly } from './child.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const elsewhere = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Path of a Chromium, installing Debian's when we may; null with a printed reason when there is none. */
export async function ensureBrowser() {
  return findBrowser() ?? (await installBrowser());
}

function findBrowser() {
  const asked = process.env.CHROMIUM_PATH;
  if (asked !== undefined && asked !== '') return isExecutable(asked) ? asked : null;
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...elsewhere];
  return candidates.find(isExecutable) ?? null;
}

async function installBrowser() {
  const asked = process.env.CHROMIUM_PATH;
  if (asked) {
    process.stderr.write(`CHROMIUM_PATH names ${asked}, which cannot be executed.\n`);
    return null;
  }
  if (process.getuid?.() !== 0 || !isExecutable('/usr/bin/apt-get')) {
    process.stderr.write(
      'The browser tests need Chromium: install it, or set CHROMIUM_PATH to its program.\n',
    );
    return null;
  }
  process.stderr.write('Installing Chromium for the browser tests …\n');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // A stale package list is no reason to stop: the package may still be in it.
  await run('apt-get', ['update', '-qq'], { stdout: 'stderr', env });
  const packages = ['chromium', 'fonts-noto-cjk'];
  const { code, output } = await runQuietly(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
    { env },
  );
  const installed = code === 0 ? findBrowser() : null;
  if (installed === null) {
    process.stderr.write(
      `${output}\nChromium could not be installed by apt-get; install it, or set CHROMIUM_PATH.\n`,
    );
  }
  return installed;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Absent or not ours to run: either way it is not a browser for us.
    return false;
  }
}
