import { decodeCursor, isRefusal, type Refusal, refuse } from '../kernel/index.ts';

/** The position in a list that is ordered by an instant, then an id. */
export function instantAndId(cursor: string | undefined): readonly [number, string] | undefined | Refusal {
  const values = decodeCursor(cursor, 2);
  if (values === undefined || isRefusal(values)) return values;
  const [at, id] = values;
  return typeof at === 'number' && typeof id === 'string'
    ? [at, id]
    : refuse('bad-cursor', 400, 'The cursor is not one this list gave out; start again without it.');
}
