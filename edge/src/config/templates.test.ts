import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type EdgeConfig, MachineTemplate } from '@millrace/contract';
import { Errors } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { CONFIG_WORDS } from '../config-words.ts';
import { checkConfigText } from './check-text.ts';

const FOLDER = fileURLToPath(new URL('../../templates/', import.meta.url));
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

/** An address that the driver reads, for tags that are chosen when the machine is set up. */
const ANY: Readonly<Record<string, string>> = { 'opc-ua': 'ns=2;s=Count', 'mtconnect-agent': 'Lp1count' };

describe('the templates that are shipped', () => {
  it('are there for the machines people ask for', () => {
    expect(files.length).toBeGreaterThanOrEqual(8);
  });

  it.each(files)('%s is a template, and the agent takes a machine made from it', async (file) => {
    const template: unknown = parse(readFileSync(`${FOLDER}${file}`, 'utf8'));
    expect(Errors(MachineTemplate, template)).toEqual([]);
    // Checked by the line above.
    const known = template as MachineTemplate;
    expect(`${known.template}.yaml`).toBe(file);
    for (const name of known.ask) expect(name).toMatch(/^[a-z][a-zA-Z]*$/);
    const { faults } = await checkConfigText(stringify(configOf(known)), CONFIG_WORDS);
    expect(faults).toEqual([]);
  });
});

function configOf({ connection, machine }: MachineTemplate): EdgeConfig {
  const { tags, ...rest } = machine;
  return {
    v: 1,
    connections: [{ code: 'far', ...connection }],
    machines: [
      {
        machine: 'M-1',
        timeZone: 'Asia/Shanghai',
        ...rest,
        tags: tags.map(({ hint: _hint, ...tag }) => ({
          ...tag,
          connection: 'far',
          address: tag.address ?? ANY[connection.driver] ?? '',
        })),
      },
    ],
  };
}
