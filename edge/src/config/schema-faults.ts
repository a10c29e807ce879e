import type { ConfigFault } from '@millrace/contract';
import { Value } from 'typebox/value';

/** Enough for a person to repair; the next check shows the rest. */
export const FAULTS_MAX = 100;

/** The part of JSON Schema that the contract uses. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly Schema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

/**
 * Where a value departs from a schema, each place once and in words. TypeBox's own list tells of every branch of a union
 * at once and stops after eight: right for a program, of no use to whoever wrote the file.
 */
export function schemaFaults(schema: object, value: unknown, path = ''): readonly ConfigFault[] {
  const faults: ConfigFault[] = [];
  for (const fault of faultsOf(schema as Schema, value, path)) {
    faults.push(fault);
    if (faults.length >= FAULTS_MAX) break;
  }
  return faults;
}

function* faultsOf(schema: Schema, value: unknown, path: string): Generator<ConfigFault, undefined> {
  const key = schema.anyOf === undefined ? undefined : discriminator(schema.anyOf);
  if (key !== undefined) yield* unionFaults(schema.anyOf ?? [], key, value, path);
  else if (schema.type === 'object') yield* objectFaults(schema, value, path);
  else if (schema.type === 'array') yield* arrayFaults(schema, value, path);
  else if (!Value.Check(schema, value)) yield wrongValue(path, words(schema));
}

function* unionFaults(
  branches: readonly Schema[],
  key: string,
  value: unknown,
  path: string,
): Generator<ConfigFault, undefined> {
  const chosen = isRecord(value) ? value[key] : undefined;
  const branch = branches.find(({ properties }) => properties?.[key]?.const === chosen);
  if (branch !== undefined) yield* objectFaults(branch, value, path);
  else {
    const choices = branches.map(({ properties }) => String(properties?.[key]?.const)).join(', ');
    yield wrongValue(isRecord(value) ? `${path}/${key}` : path, `one of ${choices}`);
  }
}

/** The property whose constant tells the branches of a union apart. */
function discriminator(branches: readonly Schema[]): string | undefined {
  return Object.keys(branches[0]?.properties ?? {}).find((key) =>
    branches.every(({ properties }) => properties?.[key]?.const !== undefined),
  );
}

function* objectFaults(schema: Schema, value: unknown, path: string): Generator<ConfigFault, undefined> {
  if (!isRecord(value)) {
    yield wrongValue(path, words(schema));
    return;
  }
  const known = schema.properties ?? {};
  for (const name of schema.required ?? []) {
    if (Object.hasOwn(value, name)) continue;
    const message = `is missing; it must be ${words(known[name] ?? {})}`;
    yield { path: `${path}/${pointerPart(name)}`, code: 'missing', message };
  }
  const [other] = Object.values(schema.patternProperties ?? {});
  for (const [name, inner] of Object.entries(value)) {
    const property = Object.hasOwn(known, name) ? known[name] : other;
    const at = `${path}/${pointerPart(name)}`;
    if (property !== undefined) yield* faultsOf(property, inner, at);
    else if (schema.additionalProperties === false) {
      const message = `is not known here; known are ${Object.keys(known).join(', ')}`;
      yield { path: at, code: 'unknown-name', message };
    }
  }
}

function* arrayFaults(schema: Schema, value: unknown, path: string): Generator<ConfigFault, undefined> {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY, items = {} } = schema;
  if (!Array.isArray(value) || value.length < minItems || value.length > maxItems) {
    yield wrongValue(path, words(schema));
    return;
  }
  for (const [index, item] of value.entries()) yield* faultsOf(items, item, `${path}/${index}`);
}

/** What a value must be, as one reads it aloud. */
function words(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  if (schema.anyOf !== undefined) return schema.anyOf.map(words).join(' or ');
  switch (schema.type) {
    case 'integer':
      return isBounded(schema) ? `a whole number ${range(schema)}` : 'a whole number';
    case 'number':
      return isBounded(schema) ? `a number ${range(schema)}` : 'a number';
    case 'boolean':
      return 'true or false';
    case 'array':
      return schema.maxItems === undefined
        ? `a list of at least ${schema.minItems ?? 0} entries`
        : `a list of ${schema.minItems ?? 0} to ${schema.maxItems} entries`;
    case 'object':
      return 'a group of "name: value" lines';
    case 'string':
      return text(schema);
    default:
      return 'a value';
  }
}

const isBounded = ({ minimum, maximum, exclusiveMinimum }: Schema): boolean =>
  minimum !== undefined || maximum !== undefined || exclusiveMinimum !== undefined;

function range({ minimum, maximum, exclusiveMinimum }: Schema): string {
  if (exclusiveMinimum !== undefined)
    return maximum === undefined
      ? `above ${exclusiveMinimum}`
      : `above ${exclusiveMinimum} and up to ${maximum}`;
  if (minimum === undefined) return `up to ${maximum}`;
  return maximum === undefined ? `from ${minimum}` : `from ${minimum} to ${maximum}`;
}

function text({ minLength = 0, maxLength, pattern }: Schema): string {
  const long = maxLength === undefined ? 'a text' : `a text of ${minLength} to ${maxLength} characters`;
  return pattern === undefined ? long : `${long} of the form ${pattern}`;
}

function wrongValue(path: string, mustBe: string): ConfigFault {
  return { path, code: 'wrong-value', message: `must be ${mustBe}` };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A name as a part of a JSON pointer. [RFC 6901 §3] */
const pointerPart = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
