import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { broken, printedBy, readSession } from './examples.ts';
import { openReader } from './reader.ts';
import { findTools } from './tools.ts';

const PAGES = ['docs/guide/api.md', 'docs/guide/gateways.md'];
/** Most of it is starts and stops of platforms, on a machine that is busy with other tests. */
const TEST_MS = 150_000;
const tools = await findTools();
const absent = tools.missing;

test.skipIf(absent).concurrent.for(PAGES)(
  `every example of %s runs, and prints what stands below it ${absent}`,
  { timeout: TEST_MS },
  async (page) => {
    const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
    const { examples, script } = readSession(text);
    await using reader = await openReader(tools);
    const ended = await reader.follow(script);
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
