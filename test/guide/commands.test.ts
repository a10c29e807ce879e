import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readArguments } from '../../edge/src/arguments.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** In a text or in a block, up to its end, a remark, or what the shell does with it. */
const COMMAND = /(?:millrace-edge|npm run edge --) +([a-z-][^`\n#>]*)/g;

const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT });
const shown = pages.flatMap((page) => {
  const found = [...readFileSync(join(ROOT, page), 'utf8').matchAll(COMMAND)];
  const commands = found.map(([, words = '']) => ({ page, words: words.trim() }));
  // With variables of a session that examples.test.ts runs.
  return commands.filter(({ words }) => !words.includes('$'));
});

test('pages show how the agent is started', () => {
  expect(shown.length).toBeGreaterThan(0);
});

test.for(shown)('$page: the agent understands $words', ({ words }) => {
  // Where an address stands for any other, it is left out.
  const typed = words.replaceAll('…', 'https://millrace.example').split(/ +/);
  expect(() => readArguments(typed)).not.toThrow();
});
