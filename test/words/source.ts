import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseAst } from 'rolldown/parseAst';

/** A node of the syntax tree; what it has beside its type depends on that. [ESTree] */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** One file with all its nodes, outer ones before inner ones. */
export interface Source {
  /** Below the folder that was read. */
  readonly file: string;
  readonly nodes: readonly Node[];
}

/** The sources below a folder, without their tests. */
export function sourcesIn(folder: string): readonly Source[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
    .sort()
    .map((name) => sourceOf(join(folder, name), folder));
}

function sourceOf(path: string, folder: string): Source {
  const lang = path.endsWith('x') ? 'tsx' : 'ts';
  const nodes: Node[] = [];
  // The parser's own types name every kind of node; what is asked here is the same of all of them.
  collect(parseAst(readFileSync(path, 'utf8'), { lang }) as unknown as Node, nodes);
  return { file: relative(folder, path), nodes };
}

function collect(value: unknown, into: Node[]): void {
  if (Array.isArray(value)) for (const one of value) collect(one, into);
  if (!isNode(value)) return;
  into.push(value);
  for (const inner of Object.values(value)) if (typeof inner === 'object') collect(inner, into);
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

export const isInside = (inner: Node, outer: Node): boolean =>
  inner.start >= outer.start && inner.end <= outer.end;

/** The name of an identifier, or of a property that is called by one. */
export function nameOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  if (value.type === 'Identifier') return String(value.name);
  if (value.type === 'MemberExpression' && value.computed === false) return nameOf(value.property);
  return undefined;
}

/** What stands at a property of an object that is written out; undefined when it is not there. */
export function propertyOf(object: Node, name: string): Node | undefined {
  for (const property of object.properties as readonly Node[]) {
    if (property.type === 'Property' && nameOf(property.key) === name && isNode(property.value)) {
      return property.value;
    }
  }
  return undefined;
}
