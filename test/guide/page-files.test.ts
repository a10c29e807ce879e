import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type EdgeCommand, MachineTemplate } from '@millrace/contract';
import { afterAll, expect, test } from 'vitest';
import { allowedHere } from '../../edge/src/command/allow-list.ts';
import { checkConfigText } from '../../edge/src/config/index.ts';
import { schemaFaults } from '../../edge/src/config/schema-faults.ts';
import { parseYaml } from '../../edge/src/config/yaml-file.ts';
import { CONFIG_WORDS } from '../../edge/src/config-words.ts';
import { openSecretsFile } from '../../edge/src/secret/secrets-file.ts';

interface Block {
  readonly page: string;
  /** Of its first line on the page. */
  readonly line: number;
  readonly text: string;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'millrace-page-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const yaml = blocksOf('yaml');

test.for(yaml)('$page:$line is taken as what it is, without a fault', async (block) => {
  const first = /^(\w+):/m.exec(block.text)?.[1] ?? '';
  const check = CHECKS[block.page.endsWith('secrets.md') ? 'secrets' : first];
  expect(check, `nobody knows what begins with ${first}`).toBeDefined();
  expect(await check?.(block)).toEqual([]);
});

test.for(blocksOf('js'))('$page:$line is a driver that the agent loads', async ({ text }) => {
  const file = join(folder, 'node_modules', 'line-driver', 'index.mjs');
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  const { driver } = await import(pathToFileURL(file).href);
  expect(driver.checkAddress({ address: 'speed' })).toBeUndefined();
  expect(driver.checkAddress({ address: '7' })).toBe('a tag is a word');
  await driver.open({}).close();
});

/** What a file of the agent or of the console is known by: its first name. Each check gives what is wrong. */
const CHECKS: Readonly<Record<string, (block: Block) => Promise<readonly unknown[]> | readonly unknown[]>> = {
  v: ({ text }) => (text.includes('\ntemplate:') ? templateFaults(text) : configFaults(text)),
  // Pages of drivers leave out what is the same everywhere.
  connections: ({ text }) =>
    configFaults(`v: 1\n${text}${text.includes('\nmachines:') ? '' : 'machines: []\n'}`),
  tags: (block) =>
    configFaults(
      `v: 1\n${connectionsBefore(block)}machines:\n  - machine: M-1\n    timeZone: UTC\n${block.text.replaceAll(/^/gm, '    ')}\n`,
    ),
  allow: allowFaults,
  secrets: secretFaults,
};

async function configFaults(text: string): Promise<readonly unknown[]> {
  return (await checkConfigText(text, CONFIG_WORDS)).faults;
}

function templateFaults(text: string): readonly unknown[] {
  return schemaFaults(MachineTemplate, parseYaml(text).value);
}

/** Its lines, taken as the agent takes them, allow the commands they name. */
async function allowFaults({ text }: Block): Promise<readonly unknown[]> {
  writeFileSync(join(folder, 'allow.yaml'), text);
  const command: EdgeCommand = {
    code: 'set-speed',
    connection: 'plc',
    address: '1/holding/200',
    kind: 'write',
    type: 'uint16',
    class: 'normal',
    interlocks: [],
  };
  const asked = await Promise.all(
    ['PRESS-1', 'MILL-2'].map((machine) => allowedHere(folder, machine, command)),
  );
  return asked.flatMap(({ forbidden }) => forbidden ?? []);
}

function secretFaults({ text }: Block): readonly unknown[] {
  const warned: string[] = [];
  const file = join(folder, 'secrets.yaml');
  writeFileSync(file, text, { mode: 0o600 });
  const entries = openSecretsFile(file, (message) => warned.push(message))();
  return entries.size === Object.keys(parseYaml(text).value ?? {}).length
    ? warned
    : [...warned, 'entries are missing'];
}

/** A part of a machine belongs to the connections that stand before it on its page. */
function connectionsBefore({ page, line }: Block): string {
  const before = yaml.filter((one) => one.page === page && one.line < line);
  return before.findLast(({ text }) => text.startsWith('connections:'))?.text ?? '';
}

function blocksOf(language: string): Block[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT }).flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    return [...text.matchAll(fence)].map(({ 1: block = '', index }) => ({
      page,
      line: text.slice(0, index).split('\n').length + 1,
      text: block,
    }));
  });
}
