import { type Condition, conditionLevel, type MtconnectEntry, parseTime } from '../../mtconnect/index.ts';

/** What one line says; `at` is missing where the adapter leaves the time to its reader. */
export type ShdrLine =
  | { readonly kind: 'values'; readonly at?: number; readonly entries: readonly MtconnectEntry[] }
  | {
      readonly kind: 'condition';
      readonly at?: number;
      readonly key: string;
      readonly condition: Condition;
    }
  | { readonly kind: 'pong'; readonly heartbeatMs: number }
  /** Commands, assets, time series: nothing that is a tag's value. */
  | { readonly kind: 'skipped' }
  | { readonly kind: 'unreadable' };

/** A key of a standard data item is below 100 characters; a longer one is no key. */
const KEY_CHARACTERS = 256;
/** A tenth of a second to ten minutes: outside of it the adapter does not mean a heartbeat. */
const HEARTBEAT_MS = { least: 100, most: 600_000 } as const;
/** Milliseconds since the adapter's start, which says nothing about the hour. */
const RELATIVE_TIME = /^\d+(?:\.\d+)?(?:@\d+(?:\.\d+)?)?$/;

/**
 * One line of the adapter's protocol: `time|key|value|key|value…`. The protocol does not say of what category a key is, so
 * conditions, messages and time series are told apart by their number of fields and their words. [MTConnect adapter protocol,
 * SHDR v1.7]
 */
export function parseShdrLine(line: string): ShdrLine {
  if (line.startsWith('*')) return parseCommand(line);
  const [time = '', ...fields] = splitFields(line);
  const at = parseTime(time);
  if (at === undefined && time !== '' && !RELATIVE_TIME.test(time)) return { kind: 'unreadable' };
  if (fields.length < 2 || fields[0] === '') return { kind: 'unreadable' };
  if (fields[0]?.startsWith('@')) return { kind: 'skipped' };
  const clock = at === undefined ? {} : { at };
  const condition = conditionOf(fields);
  if (condition !== undefined) return { kind: 'condition', ...clock, key: fields[0] ?? '', condition };
  if (isTimeSeries(fields)) return { kind: 'skipped' };
  const entries = entriesOf(fields);
  return entries === undefined ? { kind: 'unreadable' } : { kind: 'values', ...clock, entries };
}

/** The agent's half of the heartbeat is `* PING`; an adapter that has one answers `* PONG <ms>`. */
function parseCommand(line: string): ShdrLine {
  const pong = /^\*\s*PONG\s+(\d{1,9})\s*$/.exec(line);
  const heartbeatMs = Number(pong?.[1] ?? Number.NaN);
  return heartbeatMs >= HEARTBEAT_MS.least && heartbeatMs <= HEARTBEAT_MS.most
    ? { kind: 'pong', heartbeatMs }
    : { kind: 'skipped' };
}

/** A value in quotes may hold escaped pipes: `"a \| b"`; without the closing quote it is an ordinary value. */
function splitFields(line: string): string[] {
  const fields: string[] = [];
  let rest = line;
  for (;;) {
    const quoted = /^\s*"((?:[^"\\]|\\.)*)"\s*(?:\||$)/.exec(rest);
    const end = quoted === null ? rest.indexOf('|') : quoted[0].endsWith('|') ? quoted[0].length - 1 : -1;
    if (quoted?.[1]?.includes('\\|')) fields.push(quoted[1].replaceAll('\\|', '|'));
    else fields.push((end < 0 ? rest : rest.slice(0, end)).trim());
    if (end < 0) return fields;
    rest = rest.slice(end + 1);
  }
}

/** `key|level|native code|native severity|qualifier|text`. */
function conditionOf(fields: readonly string[]): Condition | undefined {
  if (fields.length !== 6) return undefined;
  const [, word = '', code = '', severity = '', qualifier = '', text = ''] = fields;
  const level = conditionLevel(word);
  if (level === undefined) return undefined;
  // `door|UNAVAILABLE|mode|AUTO|…` are three values of which the first is not available.
  if (level === 'UNAVAILABLE' && [code, severity, qualifier].some((field) => field !== '')) return undefined;
  return { level, code, text };
}

/** `key|sample count|sample rate|value value value`: as pairs it would make a value of the count. */
function isTimeSeries(fields: readonly string[]): boolean {
  if (fields.length !== 4) return false;
  const [, count = '', rate = '', values = ''] = fields;
  if (!/^\d+$/.test(count) || !/^\d*\.?\d*$/.test(rate)) return false;
  return values.split(/\s+/).length === Number(count);
}

function entriesOf(fields: readonly string[]): MtconnectEntry[] | undefined {
  // `key|native code|text` is a message.
  if (fields.length === 3)
    return pairs([`${fields[0]}#code`, fields[1] ?? '', fields[0] ?? '', fields[2] ?? '']);
  return fields.length % 2 === 0 ? pairs(fields) : undefined;
}

function pairs(fields: readonly string[]): MtconnectEntry[] | undefined {
  const entries: MtconnectEntry[] = [];
  for (let index = 0; index < fields.length; index += 2) {
    const key = fields[index] ?? '';
    if (key === '' || key.length > KEY_CHARACTERS) return undefined;
    entries.push({ key, text: fields[index + 1] ?? '' });
  }
  return entries;
}
