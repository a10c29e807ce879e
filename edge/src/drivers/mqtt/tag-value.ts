import { INTEGER_RANGES, type TagType, type TagValue } from '@millrace/contract';
import type { Judged, TagReading } from './form.ts';

/** A text of a machine is a program name or a state; longer ones are files. */
const MAX_TEXT_CHARACTERS = 4_096;
/** Clocks in factories are off by minutes; one further ahead is wrong, and its instants would be minutes that have not been. */
const MAX_AHEAD_MS = 300_000;
const NUMBER_TEXT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/;

/** Value, quality and instant of a reading; a value that is not what the tag says it is has bad quality, and never another value. */
export function judge(
  reading: Pick<TagReading, 'raw' | 'sourceAt' | 'error'>,
  type: TagType | undefined,
  message: { readonly retained: boolean; readonly receivedAt: number },
): Judged {
  const ahead = reading.sourceAt !== undefined && reading.sourceAt - message.receivedAt > MAX_AHEAD_MS;
  const at = reading.sourceAt === undefined || ahead ? message.receivedAt : reading.sourceAt;
  const bad = (error: string): Judged => ({ value: null, quality: 'bad', at, error });
  if (reading.error !== undefined) return bad(reading.error);
  const typed = typeof type === 'undefined' ? plainValue(reading.raw) : typedValue(reading.raw, type);
  if ('error' in typed) return bad(typed.error);
  const { value } = typed;
  if (ahead) return { value, quality: 'uncertain', at, error: 'the clock of the source is ahead' };
  if (message.retained && reading.sourceAt === undefined)
    return { value, quality: 'uncertain', at, error: 'kept by the broker, of unknown age' };
  return { value, quality: 'good', at };
}

type Typed = { readonly value: TagValue } | { readonly error: string };

function plainValue(raw: unknown): Typed {
  if (typeof raw === 'boolean') return { value: raw };
  if (typeof raw === 'number') {
    if (!Number.isFinite(raw)) return { error: 'not a finite number' };
    if (Number.isInteger(raw) && !Number.isSafeInteger(raw)) return { error: 'beyond 2^53, not exact' };
    return { value: raw };
  }
  if (typeof raw === 'string')
    return raw.length <= MAX_TEXT_CHARACTERS ? { value: raw } : { error: `text of ${raw.length} characters` };
  if (raw === null) return { error: 'the source sent null' };
  if (raw === undefined) return { error: 'the source sent no value' };
  return { error: Array.isArray(raw) ? 'a list, not a value' : 'an object, not a value' };
}

function typedValue(raw: unknown, type: TagType): Typed {
  if (type === 'string') {
    const plain = plainValue(raw);
    return 'error' in plain ? plain : { value: String(plain.value) };
  }
  if (type === 'bool') return truth(raw);
  const number = typeof raw === 'string' && NUMBER_TEXT.test(raw.trim()) ? Number(raw) : raw;
  if (typeof number !== 'number')
    return 'error' in plainValue(raw) ? plainValue(raw) : { error: 'not a number' };
  if (!Number.isFinite(number)) return { error: 'not a finite number' };
  const bounds = INTEGER_RANGES[type];
  if (!bounds) return { value: number };
  if (!Number.isInteger(number)) return { error: `not a whole number, as ${type} is` };
  if (number < bounds[0] || number > bounds[1]) return { error: `outside ${type}` };
  return { value: number };
}

const TRUTHS = new Map<unknown, boolean>([
  [true, true],
  [1, true],
  ['true', true],
  ['1', true],
  ['on', true],
  [false, false],
  [0, false],
  ['false', false],
  ['0', false],
  ['off', false],
]);

function truth(raw: unknown): Typed {
  const value = TRUTHS.get(typeof raw === 'string' ? raw.trim().toLowerCase() : raw);
  return value === undefined ? { error: 'neither true nor false' } : { value };
}
