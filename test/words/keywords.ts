import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import * as contract from '../../contract/src/index.ts';
import { validatorFor } from '../../server/src/kernel/http-schema.ts';
import { isNode, type Node, nameOf, propertyOf, type Source } from './source.ts';

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
  ['maxProperties', { type: 'object', maxProperties: 7 }, Object.fromEntries([...'abcdefgh'].entries())],
  ['additionalProperties', { type: 'object', properties: {}, additionalProperties: false }, { x: 0 }],
];

/** Each has words of its own: a regular expression tells nobody what to write. */
const SPELLED = ['pattern', 'format'] as const;
export const provoked: ReadonlySet<string> = new Set([
  ...HARMLESS,
  ...SPELLED,
  ...BREAKS.map(([keyword]) => keyword),
]);

/** What the validator of requests and that of configurations say to each, with places for what they put in. */
export function messagesOfValidators(sources: readonly Source[]): readonly string[] {
  const said = new Set<string>();
  // None of them takes an empty text.
  const spelled = SPELLED.flatMap((keyword) =>
    spellingsIn(sources, keyword).map(
      (spelling) => [keyword, { type: 'string', [keyword]: spelling }, ''] as const,
    ),
  );
  for (const [keyword, schema, value] of [...BREAKS, ...spelled]) {
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
  keyword === 'type' || keyword === 'pattern' || keyword === 'format'
    ? message
    : message.replace(/7|(?<=")y(?=")|(?<=')x(?=')|(?<=properties )x$/, '{0}');

/** What the sources write behind `pattern:` or `format:`; of one that is not written there its name, which has no words. */
function spellingsIn(sources: readonly Source[], keyword: string): readonly string[] {
  const written = sources.flatMap(({ nodes }) =>
    nodes
      .flatMap((node) => (isTypeOf(node, 'String') ? optionsOf(node) : []))
      .flatMap((options) => propertyOf(options, keyword) ?? [])
      .map(({ value, name }) => String(value ?? name)),
  );
  return [...new Set(written)];
}

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

/** Keywords that a source writes down itself: `Type.String({ format: 'uuid' })`, `Type.Object({ … }, { … })`. */
export function keywordsIn({ nodes }: Source): readonly string[] {
  return nodes
    .flatMap(optionsOf)
    .flatMap(({ properties }) => (properties as readonly Node[]).flatMap(({ key }) => nameOf(key) ?? []));
}

function optionsOf(node: Node): readonly Node[] {
  if (!isTypeOf(node)) return [];
  const options = (node.arguments as readonly Node[])[SIMPLE.includes(nameOf(node.callee) ?? '') ? 0 : 1];
  return options?.type === 'ObjectExpression' ? [options] : [];
}

const SIMPLE: readonly string[] = ['String', 'Integer', 'Number', 'Boolean', 'Null'];

function isTypeOf({ type, callee }: Node, name?: string): boolean {
  if (type !== 'CallExpression' || !isNode(callee) || nameOf(callee.object) !== 'Type') return false;
  return name === undefined || nameOf(callee) === name;
}
