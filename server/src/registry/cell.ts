import { Code, Currency, Day, Name, OneOf, Position, TimeOfDay } from '@millrace/contract';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { isFormulaLike } from './csv.ts';

/** What is wrong with one cell. */
export interface CellProblem {
  readonly code: string;
  readonly message: string;
}

export interface Column<T = unknown> {
  /** Header in the template. */
  readonly name: string;
  /** Other headers that mean the same, in either language. */
  readonly aliases: readonly string[];
  readonly required: boolean;
  readonly example: string;
  /** Of a cell that is not empty. */
  parse(text: string): T | CellProblem;
}
export type Required<T> = Column<T> & { readonly required: true };
export type Optional<T> = Column<T> & { readonly required: false };
export type Columns = Readonly<Record<string, Column>>;
/** The values of one row; an empty optional cell is undefined. */
export type Cells<C extends Columns> = {
  readonly [K in keyof C]: C[K] extends Required<infer T>
    ? T
    : C[K] extends Optional<infer T>
      ? T | undefined
      : never;
};

export function isProblem(value: unknown): value is CellProblem {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value;
}
const wrong = (code: string, message: string): CellProblem => ({ code, message });

export interface Heading {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly example: string;
}
type Parse<T> = (text: string) => T | CellProblem;

export const required = <T>(heading: Heading, parse: Parse<T>): Required<T> => ({
  aliases: [],
  ...heading,
  required: true,
  parse,
});
export const optional = <T>(heading: Heading, parse: Parse<T>): Optional<T> => ({
  aliases: [],
  ...heading,
  required: false,
  parse,
});

/** The contract decides what a value may be; here it is only read from text. */
function fits<T>(schema: TSchema, problem: CellProblem, read: (text: string) => T): Parse<T> {
  const compiled = Compile(schema);
  return (text) => {
    const value = read(text);
    return compiled.Check(value) ? value : problem;
  };
}
const asIs = (text: string): string => text;

export const code = fits(
  Code,
  wrong(
    'bad-code',
    'starts with a letter or digit; letters, digits, space and . _ / # + - are allowed, 64 at most',
  ),
  asIs,
);
const nameOf = fits(Name, wrong('bad-name', 'has 200 characters at most'), asIs);
/** Would run as a formula in the spreadsheet of whoever exports it later. */
export const name: Parse<string> = (text) => {
  if (isFormulaLike(text)) return wrong('formula-like', 'must not begin with = + - @');
  if (/\p{Cc}/u.test(text)) return wrong('control-character', 'holds a control character');
  return nameOf(text);
};
export const currency = fits(Currency, wrong('bad-currency', 'is an ISO 4217 code such as CNY'), asIs);
export const day = fits(Day, wrong('bad-day', 'is a day as yyyy-mm-dd'), asIs);
export const timeOfDay = fits(TimeOfDay, wrong('bad-time', 'is a time as hh:mm'), (text) =>
  /^\d:/.test(text) ? `0${text}` : text,
);
export const latitude = fits(
  Position.properties.lat,
  wrong('bad-latitude', 'is degrees from -90 to 90'),
  decimal,
);
export const longitude = fits(
  Position.properties.lon,
  wrong('bad-longitude', 'is degrees from -180 to 180'),
  decimal,
);

export const oneOf = <const T extends readonly string[]>(values: T): Parse<T[number]> =>
  fits<T[number]>(OneOf(values), wrong('bad-choice', `is one of ${values.join(', ')}`), (text) =>
    text.toLowerCase(),
  );

/** A number as the contract's schema bounds it. */
export const number = (
  schema: TSchema & { type?: string; minimum?: number; maximum?: number },
): Parse<number> => fits(schema, wrong('bad-number', whatNumber(schema)), decimal);

function whatNumber(schema: { type?: string; minimum?: number; maximum?: number }): string {
  const { minimum, maximum } = schema;
  const isWhole = schema.type === 'integer';
  if (minimum === undefined || maximum === undefined) return isWhole ? 'is a whole number' : 'is a number';
  return isWhole
    ? `is a whole number from ${minimum} to ${maximum}`
    : `is a number from ${minimum} to ${maximum}`;
}

/** NaN for what is no plain decimal; grouping signs are ambiguous between languages and not taken. */
function decimal(text: string): number {
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : Number.NaN;
}

const TRUE = new Set(['true', 'yes', 'y', '1', '是']);
const FALSE = new Set(['false', 'no', 'n', '0', '否']);
export const flag: Parse<boolean> = (text) => {
  const word = text.toLowerCase();
  if (TRUE.has(word)) return true;
  return FALSE.has(word) ? false : wrong('bad-flag', 'is yes or no');
};

/** An instant with its offset, or a day, which means its end in UTC: a date alone promises the whole day. */
export const instant: Parse<number> = (text) => {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) {
    const start = isProblem(day(text)) ? Number.NaN : Date.parse(`${text}T23:59:00Z`);
    return Number.isNaN(start) ? wrong('bad-instant', 'is no day of the calendar') : start;
  }
  const at = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  return at >= 0 ? at : wrong('bad-instant', 'is yyyy-mm-dd, or yyyy-mm-ddThh:mm with Z or an offset');
};
