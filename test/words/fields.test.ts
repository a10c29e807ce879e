import { join } from 'node:path';
import { expect, test } from 'vitest';
import en from '../../console/src/i18n/en.json' with { type: 'json' };
import * as contract from '../../contract/src/index.ts';
import { sentencesOf } from './sentences.ts';
import { propertyOf, sourcesIn } from './source.ts';

const SERVER = join(import.meta.dirname, '../../server/src');
/** Of a request, and of a gateway's configuration, which is read as a text with lines. */
const NO_FIELDS = new Set(['', 'body', 'querystring', 'headers', 'config']);

test('every field that people fill in has a word, so that a refusal need not show a pointer', () => {
  const asked = [...fieldsOfForms(), ...fieldsOfRefusals()];
  expect(asked.length).toBeGreaterThan(80);
  expect(asked.filter((name) => !(name in en.field))).toEqual([]);
});

/** All properties of what is made new. A gateway's configuration comes as text, and an answer has more than its form. */
function fieldsOfForms(): readonly string[] {
  return Object.entries(contract).flatMap(([name, schema]) =>
    /^New(?!GatewayConfig|.*Secret)/.test(name) ? propertiesIn(schema) : [],
  );
}

function propertiesIn(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, inner]) =>
    keyword === 'properties'
      ? Object.entries(inner).flatMap(([name, property]) => [name, ...propertiesIn(property)])
      : propertiesIn(inner),
  );
}

/** What the sources point at themselves: `/body/lines/{0}/itemId`. */
function fieldsOfRefusals(): readonly string[] {
  return sourcesIn(SERVER).flatMap((source) =>
    source.nodes.flatMap((node) => {
      const pointer = node.type === 'ObjectExpression' ? propertyOf(node, 'pointer') : undefined;
      // What is handed on from a validator names fields of the forms above.
      const texts = pointer ? sentencesOf(source, pointer, () => undefined) : [];
      return texts.flatMap(({ text }) =>
        text.split('/').filter((part) => !NO_FIELDS.has(part) && !/\{/.test(part)),
      );
    }),
  );
}
