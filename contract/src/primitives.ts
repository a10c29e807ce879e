import { type Static, type TSchema, Type } from 'typebox';

/** UUID version 7, lower case: sortable by creation, minted by the kernel's id source. */
export const Id = Type.String({ format: 'uuid', description: 'UUID v7' });
/** Epoch milliseconds, UTC. Bounded to the year 2200 so that arithmetic never leaves safe integers. */
export const Instant = Type.Integer({ minimum: 0, maximum: 7_258_118_400_000, description: 'epoch ms, UTC' });
/** Calendar day at the site, `yyyy-mm-dd`. */
export const Day = Type.String({ pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$' });
/** Time of day at the site, `hh:mm`, 24 h. */
export const TimeOfDay = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' });
/** IANA time zone name. */
export const Zone = Type.String({ minLength: 1, maxLength: 64, description: 'IANA time zone' });
/** Human-readable key, unique inside its organisation (site, machine …) or network (item). */
export const Code = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[\\p{L}\\p{N}][\\p{L}\\p{N} ._/#+-]*$',
});
export const Name = Type.String({ minLength: 1, maxLength: 200 });
/** Pieces in the item's base unit. */
export const Quantity = Type.Integer({ minimum: 1, maximum: 1_000_000_000 });
export const Count = Type.Integer({ minimum: 0, maximum: 2_147_483_647 });
/** Integer minor units (cents, fen). */
export const MoneyMinor = Type.Integer({ minimum: 0, maximum: 9_007_199_254_740_991 });
/** ISO 4217. */
export const Currency = Type.String({ pattern: '^[A-Z]{3}$' });
export const Position = Type.Object({
  lat: Type.Number({ minimum: -90, maximum: 90 }),
  lon: Type.Number({ minimum: -180, maximum: 180 }),
});
export type Position = Static<typeof Position>;
/** P0 is the most urgent. */
export const Priority = Type.Integer({ minimum: 0, maximum: 4 });

/** String-literal union from a readonly tuple, so that the tuple stays usable as data. */
export const OneOf = <const T extends readonly string[]>(values: T) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...values] });
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** One page of a list: ask again with `cursor = nextCursor` until it is null. */
export const PageOf = <T extends TSchema>(row: T) =>
  Type.Object({
    rows: Type.Array(row),
    nextCursor: Nullable(Type.String()),
    total: Type.Optional(Type.Integer()),
  });
/** Query part of every list. `limit` is bounded so that one request never holds the database for long. */
export const PageQuery = Type.Object({
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })),
});
export type PageQuery = Static<typeof PageQuery>;

/** RFC 9457 problem document; every refusal of the API has this shape. */
export const Problem = Type.Object({
  type: Type.String({ description: 'urn:millrace:refusal:<code>' }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.String(),
  /** Fields the refusal is about, as JSON pointers into the request. */
  fields: Type.Optional(Type.Array(Type.Object({ pointer: Type.String(), message: Type.String() }))),
  /** Values for the message in the reader's language. */
  values: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]))),
});
export type Problem = Static<typeof Problem>;
