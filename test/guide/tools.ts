import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianProgram } from '../far-side/debian.ts';

/** What the guides ask their readers to have, and the Debian packages that have it where the system has not. */
const TOOLS: Readonly<Record<string, readonly string[]>> = {
  curl: ['curl', 'libcurl4'],
  jq: ['jq', 'libjq1', 'libonig5'],
  // Without packages: whoever runs these tests has it.
  npm: [],
  npx: [],
  mosquitto_pub: ['mosquitto-clients', 'libmosquitto1', 'libcjson1'],
};

export interface Tools {
  /** Why the guides cannot be run here; empty when they can. */
  readonly missing: string;
  /** By name. */
  readonly programs: ReadonlyMap<string, string>;
}

export async function findTools(): Promise<Tools> {
  const programs = new Map<string, string>();
  const missing: string[] = [];
  for (const [program, packages] of Object.entries(TOOLS)) {
    const own = await debianProgram({ packages: [], program });
    const found = typeof own === 'string' ? own : await debianProgram({ packages, program });
    if (typeof found === 'string') programs.set(program, found);
    else missing.push(found.missing);
  }
  return { missing: missing.join('; '), programs };
}

/**
 * Two rules of the guides that their examples do not repeat in each line: 503 means later, and a fault is read. What has a bound
 * of its own is not asked again, for curl takes its end for a fault.
 */
const CURL = [
  '#!/bin/sh',
  'case " $* " in *" --max-time "*) ;; *) set -- --retry 20 "$@" ;; esac',
  'exec "$PROGRAM" --show-error "$@"',
  '',
].join('\n');

/** Makes a folder for the search path: the tools by their names, and the Node of this project. */
export function layOut(tools: Tools, folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, program] of tools.programs) {
    const path = join(folder, name);
    if (name !== 'curl') symlinkSync(program, path);
    else writeFileSync(path, CURL.replace('$PROGRAM', program), { mode: 0o755 });
  }
  symlinkSync(process.execPath, join(folder, 'node'));
  return folder;
}
