import type { EdgeConfig, EdgeMachine, MachineTemplate } from '@millrace/contract';
import { isMap, isNode, isSeq, LineCounter, parseDocument, stringify } from 'yaml';
import { yamlFault } from './yaml-fault.ts';

/** References repeated more often are an attack (YAML bombs), not a factory. */
const ALIASES_MAX = 1_000;
/** Beyond it a line is folded, and a version would differ from the one before for no reason. */
const WIDTH_MAX = 0;

export type TextFault = Readonly<{ path: string; line: number; message: string }>;
export type ReadText = Readonly<{
  value: unknown;
  faults: readonly TextFault[];
  /** Line of what a JSON pointer names, counted from 1; of something missing, where its parent stands. */
  lineOf: (pointer: string) => number;
}>;

/** A configuration or template as people write it. */
export function textOf(value: unknown): string {
  return stringify(ordered(value), { lineWidth: WIDTH_MAX });
}

/** The platform keeps a configuration without the order of its names; people read it from the important to the rest. */
const FIRST: readonly string[] = [
  ...[
    'v',
    'template',
    'connections',
    'machines',
    'machine',
    'timeZone',
    'code',
    'name',
    'text',
    'connection',
  ],
  ...[
    'driver',
    'disabled',
    'settings',
    'host',
    'port',
    'ask',
    'tags',
    'address',
    'kind',
    'from',
    'tag',
    'when',
  ],
  ...[
    'count',
    'state',
    'energy',
    'signals',
    'rules',
    'commands',
    'type',
    'wordOrder',
    'bit',
    'scale',
    'offset',
  ],
  ...['unit', 'hint', 'buffer', 'intake'],
];

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, ordered(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1)));
}

function rank(name: string): number {
  const at = FIRST.indexOf(name);
  return at < 0 ? FIRST.length : at;
}

export function readText(text: string): ReadText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const lineAt = (offset: number): number => Math.max(lines.linePos(offset).line, 1);
  const lineOf = (pointer: string): number => lineAt(offsetOf(document.contents, pointer));
  const faults = document.errors.map((error) => ({
    path: '',
    line: lineAt(error.pos[0]),
    message: yamlFault(error),
  }));
  if (faults.length > 0) return { value: undefined, faults, lineOf };
  try {
    return { value: document.toJS({ maxAliasCount: ALIASES_MAX }), faults, lineOf };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `its references *name cannot be followed (${why})`;
    return { value: undefined, faults: [{ path: '', line: 1, message }], lineOf };
  }
}

function offsetOf(contents: unknown, pointer: string): number {
  let node: unknown = contents;
  let offset = startOf(node) ?? 0;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(key) === name);
      if (!pair) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(name)];
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** A machine's set-up without what is only true of this one; null when it has more than one connection. */
export function templateOf(config: EdgeConfig, machine: EdgeMachine): MachineTemplate | null {
  const { machine: code, timeZone: _zone, commands: _commands, tags, ...rest } = machine;
  const used = new Set(tags.map(({ connection }) => connection));
  const connection = config.connections.find((one) => used.has(one.code));
  if (used.size !== 1 || !connection) return null;
  const { driver, settings } = connection;
  const slug = code.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return {
    v: 1,
    template: slug.replaceAll(/^-+|-+$/g, '').slice(0, 64) || 'machine',
    name: { en: code, 'zh-CN': code },
    text: { en: `Like ${code}`, 'zh-CN': `与 ${code} 相同` },
    connection: { driver, settings },
    ask: Object.keys(settings)
      .filter((name) => ADDRESSES.includes(name))
      .slice(0, 32),
    machine: { ...rest, tags: tags.map(({ connection: _connection, ...tag }) => tag) },
  };
}

/** Settings that say where a machine is: different at the next one. */
const ADDRESSES: readonly string[] = ['host', 'port', 'url', 'endpoint', 'device', 'path', 'topics'];
