import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTarball } from '../../scripts/edge-tarball.mjs';
import { broken, printedBy, readSession } from './examples.ts';
import { openReader } from './reader.ts';
import { findTools } from './tools.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT }).filter((page) =>
  textOf(page).includes('```bash\n'),
);
/** What a page says that its reader has done in the console, as a script. */
const DONE_BEFORE: Readonly<Record<string, string>> = { 'README.md': 'first-machine.sh' };
/** Most of it is starts and stops of platforms, on a machine that is busy with other tests. */
const TEST_MS = 240_000;
const tools = await findTools();
const absent = tools.missing;
const packed = mkdtempSync(join(tmpdir(), 'millrace-packed-'));
let agent = '';

beforeAll(async () => {
  if (absent === '') agent = await makeTarball(packed);
});
afterAll(() => rmSync(packed, { recursive: true, force: true }));

test.skipIf(absent).concurrent.for(PAGES)(
  `every example of %s runs, and prints what stands below it ${absent}`,
  { timeout: TEST_MS },
  async (page) => {
    const { examples, script } = readSession(textOf(page));
    const before =
      DONE_BEFORE[page] && `. ${fileURLToPath(new URL(`fixtures/${DONE_BEFORE[page]}`, import.meta.url))}; `;
    await using reader = await openReader(tools, agent);
    const ended = await reader.follow(`${before ?? ''}${script}`);
    const printed = printedBy(ended.stdout);
    const said = printedBy(ended.stderr);
    for (const { number, line, promised } of examples) {
      const where = `example ${number} of ${page}, line ${line}`;
      const output = printed.get(number);
      // An example that did not end well is the last one that was begun.
      if (!printed.has(number + 1))
        expect(ended.code, `${where} failed (null: it did not end):\n${output}${said.get(number)}`).toBe(0);
      expect(broken(promised, output ?? ''), `${where} prints something else`).toBeUndefined();
    }
    expect(printed.size).toBe(examples.length);
    expect(examples.length).toBeGreaterThan(0);
  },
);

test.skipIf(absent)(`the agent's package has the pages that its own README leads to ${absent}`, () => {
  const readme = readFileSync(join(packed, 'package', 'README.md'), 'utf8');
  const pages = [...readme.matchAll(/\]\((docs\/[^)#]+)/g)].map(([, path = '']) => path);
  expect(pages.length).toBeGreaterThan(0);
  expect(pages.filter((path) => !existsSync(join(packed, 'package', path)))).toEqual([]);
});

function textOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}
