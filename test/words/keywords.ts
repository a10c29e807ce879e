import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import * as contract from '../../contract/src/index.ts';
import { validatorFor } from '../../server/src/kernel/http-schema.ts';

/** Keywords that no value can break. */
const HARMLESS = new Set([
  ...['type', 'properties', 'patternProperties', 'items', 'allOf'],
  'description',
  'default',
]);
const TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'];

/** For each keyword of JSON schema a schema and a value that breaks it; numbers are 7, texts are `x`. */
const BREAKS: readonly (readonly [keyword: string, schema: object, value: unknown])[] = [
  ...TYPES.map((type) => ['type', { type }, type === 'string' ? 0 : 'x'] as const),
  ['required', { type: 'object', required: ['x'] }, {}],
  ['maxLength', { type: 'string', maxLength: 7 }, 'eight888'],
  ['minLength', { type: 'string', minLength: 7 }, 'x'],
  ['minimum', { type: 'number', minimum: 7 }, 0],
  ['maximum', { type: 'number', maximum: 7 }, 8],
  ['exclusiveMinimum', { type: 'number', exclusiveMinimum: 7 }, 7],
  ['exclusiveMaximum', { type: 'number', exclusiveMaximum: 7 }, 7],
  ['anyOf', { anyOf: [{ type: 'string' }, { type: 'null' }] }, 0],
  ['enum', { type: 'string', enum: ['y'] }, 'x'],
  ['const', { const: 'y' }, 'x'],
  ['maxItems', { type: 'array', maxItems: 7 }, new Array(8).fill(0)],
  ['minItems', { type: 'array', minItems: 7 }, []],
  ['pattern', { type: 'string', pattern: 'y' }, 'x'],
  ['format', { type: 'string', format: 'email' }, 'x'],
  ['maxProperties', { type: 'object', maxProperties: 7 }, Object.fromEntries([...'abcdefgh'].entries())],
  ['additionalProperties', { type: 'object', properties: {}, additionalProperties: false }, { x: 0 }],
];

export const provoked: ReadonlySet<string> = new Set([...HARMLESS, ...BREAKS.map(([keyword]) => keyword)]);

/** What the validator of requests and that of configurations say to each, with places for what they put in. */
export function messagesOfValidators(): readonly string[] {
  const said = new Set<string>();
  for (const [keyword, schema, value] of BREAKS) {
    const validate = validatorFor({ schema, httpPart: 'body', method: 'POST', url: '/' });
    validate(value);
    const asked = ((validate as { errors?: readonly { message?: string }[] }).errors ?? []).map(
      ({ message }) => message ?? '',
    );
    const configured = Compile(schema as TSchema)
      .Errors(value)
      .map(({ message }) => message);
    for (const message of [...asked, ...configured]) said.add(withPlaces(keyword, message));
  }
  return [...said];
}

const withPlaces = (keyword: string, message: string): string =>
  keyword === 'type'
    ? message
    : message.replace(/7|(?<=")(y|email)(?=")|(?<=')x(?=')|(?<=properties )x$/, '{0}');

/** Keywords in the schemas of the contract. */
export function keywordsOfContract(): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Set<unknown>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    for (const [name, inner] of Object.entries(value)) {
      if (isSchema(value)) found.add(name);
      if (name !== 'default') walk(inner);
    }
  };
  for (const exported of Object.values(contract)) walk(exported);
  return found;
}

/** Beside schemas there are tables and lists of them; what a property is called is no keyword. */
const isSchema = (value: object): boolean =>
  ['type', 'anyOf', 'allOf', 'const'].some((keyword) => {
    const said: unknown = (value as Readonly<Record<string, unknown>>)[keyword];
    return Array.isArray(said) || typeof said === 'string' || typeof said === 'number';
  });
