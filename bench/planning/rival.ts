import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RivalAnswer, RivalTask } from './rival-child.ts';

/** 318 MB: it comes only when somebody asks for it, into a folder that is not the project's. */
const PACKAGE = 'or-tools-wasm@0.9.1';
const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/rivals/', import.meta.url));
const ENTRY = join(FOLDER, 'node_modules/or-tools-wasm/build/javascript/node/cp-sat.js');
const MAX_ANSWER_BYTES = 65_536;

/** The entry of CP-SAT in WASM; undefined, with the reason said, when it is not there and cannot be had. */
export function findRival(mayInstall: boolean, say: (line: string) => void): string | undefined {
  if (existsSync(ENTRY)) return ENTRY;
  if (!mayInstall) {
    say('the rival (CP-SAT in WASM, 318 MB) is not installed; --rivals fetches it');
    return undefined;
  }
  say(`installing ${PACKAGE} …`);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'package.json'), '{"private":true}\n');
  const npm = ['install', '--no-audit', '--no-fund', '--ignore-scripts', PACKAGE];
  const { status, stderr } = spawnSync('npm', npm, { cwd: FOLDER, encoding: 'utf8' });
  if (status === 0 && existsSync(ENTRY)) return ENTRY;
  say(`the rival could not be installed: ${stderr.trim().split('\n').at(-1) ?? 'npm did not start'}`);
  return undefined;
}

/** One instance after the other, one thread each, so that its seconds are not shared with another. */
export function runRival(task: RivalTask): RivalAnswer {
  const file = fileURLToPath(new URL('./rival-child.ts', import.meta.url));
  const text = execFileSync(process.execPath, [file, JSON.stringify(task)], { maxBuffer: MAX_ANSWER_BYTES });
  // A wire between our own two files.
  return JSON.parse(text.toString()) as RivalAnswer;
}
