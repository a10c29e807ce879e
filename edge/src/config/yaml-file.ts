import type { ConfigFault } from '@millrace/contract';
import { isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from 'yaml';

/** A fault with its place in the file, counted from 1. */
export interface LocatedFault extends ConfigFault {
  readonly line: number;
  readonly column: number;
}
export interface ParsedFile {
  readonly value: unknown;
  /** Faults of the YAML itself; with any of them `value` is undefined. */
  readonly faults: readonly LocatedFault[];
  locate(fault: ConfigFault): LocatedFault;
}

/** References repeated more often are an attack (YAML bombs), not a factory. */
const ALIASES_MAX = 1_000;
const YAML_FAULTS_MAX = 20;

/** Reads YAML (or JSON, which is YAML) and remembers where everything stands. */
export function parseYaml(text: string): ParsedFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const place = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const locate = (fault: ConfigFault): LocatedFault => ({
    ...fault,
    ...place(offsetOf(document.contents, fault.path)),
  });
  const faults = document.errors
    .slice(0, YAML_FAULTS_MAX)
    .map(({ pos, message }) => ({ path: '', code: 'not-yaml', message, ...place(pos[0]) }));
  if (faults.length > 0) return { value: undefined, faults, locate };
  try {
    return { value: document.toJS({ maxAliasCount: ALIASES_MAX }), faults, locate };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return { value: undefined, faults: [locate({ path: '', code: 'not-yaml', message })], locate };
  }
}

/** Where the value of a JSON pointer begins; of something that is missing, where its parent begins. */
function offsetOf(contents: unknown, pointer: string): number {
  let node: unknown = contents;
  let offset = startOf(node) ?? 0;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const pair = isMap(node)
      ? node.items.find(({ key }) => isScalar(key) && String(key.value) === name)
      : null;
    if (pair) {
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else {
      node = isNode(node) && 'get' in node ? (node as Node & Gettable).get(Number(part), true) : undefined;
      if (node === undefined) return offset;
      offset = startOf(node) ?? offset;
    }
  }
  return offset;
}

interface Gettable {
  get(key: unknown, keepScalar: true): unknown;
}

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);
