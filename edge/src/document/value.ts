import type { TagQuality, TagType, TagValue } from '@millrace/contract';

/** Longest text that is a value and not a document: anything longer is a wrong address, and would be kept per tag. */
const VALUE_CHARACTERS = 4_096;
/** A number as JSON and XML Schema write it; `007` is a name, not a number. */
const NUMBER = /^[+-]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Some controllers pad their counters with zeros; allowed where the tag says that it is a number. */
const PADDED_NUMBER = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/;
const TRUTH: Readonly<Record<string, boolean>> = {
  true: true,
  '1': true,
  on: true,
  false: false,
  '0': false,
  off: false,
};
const INTEGER_RANGES: Readonly<Partial<Record<TagType, readonly [number, number]>>> = {
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint64: [0, Number.MAX_SAFE_INTEGER],
};

/** What of a far side's word can be a tag's value; bad with a reason where it cannot. */
export interface TakenValue {
  readonly value: TagValue;
  readonly quality: TagQuality;
  readonly error?: string;
}

/** Text as the value of a tag: a number where it reads as one, else the text; with a type that type or nothing. */
export function takeText(text: string, type?: TagType): TakenValue {
  if (text.length > VALUE_CHARACTERS) return bad(`a text of ${text.length} characters is not a value`);
  if (type === 'string') return good(text);
  if (type === 'bool') {
    const truth = TRUTH[text.trim().toLowerCase()];
    return truth === undefined ? bad(`“${excerpt(text)}” is neither true nor false`) : good(truth);
  }
  const trimmed = text.trim();
  if (type === undefined) return NUMBER.test(trimmed) ? takeNumber(Number(trimmed)) : good(text);
  return PADDED_NUMBER.test(trimmed)
    ? takeNumber(Number(trimmed), type)
    : bad(`“${excerpt(text)}” is not a number`);
}

/** A JSON value as the value of a tag. */
export function takeJson(json: unknown, type?: TagType): TakenValue {
  if (typeof json === 'string') return type === undefined ? takePlainString(json) : takeText(json, type);
  if (typeof json === 'number') {
    if (type === 'string') return good(String(json));
    if (type === 'bool')
      return json === 0 || json === 1 ? good(json === 1) : bad(`${json} is not a truth value`);
    return takeNumber(json, type);
  }
  if (typeof json === 'boolean') {
    if (type === undefined || type === 'bool') return good(json);
    return type === 'string' ? good(String(json)) : bad(`${json} is not a number`);
  }
  if (json === null || json === undefined) return bad('null: the far side has no value');
  return bad(`${Array.isArray(json) ? 'a list' : 'an object'}, not a single value`);
}

/** JSON says itself what is a number: a string stays one. */
function takePlainString(text: string): TakenValue {
  return text.length > VALUE_CHARACTERS
    ? bad(`a text of ${text.length} characters is not a value`)
    : good(text);
}

function takeNumber(number: number, type?: TagType): TakenValue {
  if (!Number.isFinite(number)) return bad('the number is too large');
  if (type === 'float32' || type === 'float64') return good(number);
  if (Number.isInteger(number) && !Number.isSafeInteger(number)) {
    return bad('an integer beyond 2^53 cannot be kept exactly');
  }
  if (type === undefined) return good(number);
  const range = INTEGER_RANGES[type];
  if (range === undefined) return bad(`${type} is a type of registers, not of texts`);
  if (!Number.isInteger(number)) return bad(`${number} is not an integer`);
  return number >= range[0] && number <= range[1] ? good(number) : bad(`${number} does not fit ${type}`);
}

const good = (value: TagValue): TakenValue => ({ value, quality: 'good' });
const bad = (error: string): TakenValue => ({ value: null, quality: 'bad', error });
const excerpt = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
