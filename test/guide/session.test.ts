import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { broken, printedBy, readSession } from './examples.ts';
import { runShell } from './shell.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-session-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PAGE = [
  '# Page',
  '```bash',
  'NAME=loom',
  'echo "$NAME"',
  '# → loom',
  '```',
  'Text `false`.',
  '```sh',
  'exit 3',
  '```',
];
const run = (page: readonly string[], boundMs = 10_000) =>
  runShell(folder, readSession(page.join('\n')).script, { PATH: process.env.PATH ?? '' }, boundMs);

test('the bash blocks of a page are one session, with what each printed; the rest is for reading', async () => {
  const { examples } = readSession([...PAGE, '```bash', 'echo 2 "$NAME"', '```'].join('\n'));
  expect(examples).toEqual([
    { number: 1, line: 3, promised: ['loom'] },
    { number: 2, line: 12, promised: [] },
  ]);
  const ended = await run([...PAGE, '```bash', 'echo 2 "$NAME"', '```']);
  expect(ended).toMatchObject({ code: 0 });
  expect(printedBy(ended.stdout)).toEqual(
    new Map([
      [1, 'loom\n'],
      [2, '2 loom\n'],
    ]),
  );
});

test('a command that fails ends the session and is told by its line on the page', async () => {
  const ended = await run([
    ...PAGE,
    '```bash',
    'true',
    'X=$(echo here >&2; false | cat)',
    'echo never',
    '```',
  ]);
  expect(ended.code).toBe(1);
  expect(ended.stdout).not.toContain('never');
  expect(printedBy(ended.stderr).get(2)).toMatch(/^here\nline 13 ended with 1\n/);
});

test('a session that waits for what does not come is cut, and what it left running ends with it', async () => {
  expect(await run(['```bash', 'sleep 1000 & until false; do sleep 1; done', '```'], 500)).toMatchObject({
    code: null,
  });
  expect(await run(['```bash', 'sleep 1000 &', '```'])).toMatchObject({ code: 0 });
});

test.each([
  [['a', 'b'], 'a\nb\n', true],
  [['{"id":"…","n":1}'], '{"id":"7(","n":1}\n', true],
  [['a', '…'], 'a\nb\nc\n', true],
  [['a', '…'], 'a\n', true],
  [['a'], 'a\nb\n', false],
  [['a', 'b'], 'a\n', false],
  [['a.'], 'ab\n', false],
  [[], 'a\n', false],
] as const)('what is promised as %j holds for %j: %s', (promised, printed, holds) => {
  expect(broken(promised, printed) === undefined).toBe(holds);
});
