import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** Rows of a tab-separated fixture; lines that begin with # carry source, licence and column names. */
export function readTable(name: string): string[][] {
  return readFileSync(FIXTURES + name, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'));
}
