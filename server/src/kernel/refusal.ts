/** An expected business "no": a value, never thrown. Returning one from a transaction rolls it back. */
export interface Refusal {
  readonly refused: true;
  readonly code: string;
  /** HTTP status that says it best. */
  readonly status: number;
  /** English sentence; the console has the same code in both languages. */
  readonly detail: string;
  /** What the refusal is about, as JSON pointers into the request. */
  readonly fields?: readonly { pointer: string; message: string }[];
  readonly values?: Readonly<Record<string, string | number>>;
}

export function refuse(
  code: string,
  status: number,
  detail: string,
  more: Pick<Refusal, 'fields' | 'values'> = {},
): Refusal {
  return { refused: true, code, status, detail, ...more };
}

export const notFound = (noun: string): Refusal =>
  refuse('not-found', 404, `There is no such ${noun}, or it is not shared with you.`, { values: { noun } });

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && (value as { refused?: unknown }).refused === true;
}

/** Something that should not happen: keeps its cause, is logged, becomes HTTP 500 or a retry. */
export class Fault extends Error {
  override readonly name = 'Fault';
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** A broken assumption of ours: crashes the task that holds it. */
export class Bug extends Error {
  override readonly name = 'Bug';
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Bug(message);
}
