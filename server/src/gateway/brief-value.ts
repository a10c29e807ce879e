import type { TagValue } from '@millrace/contract';

/** A long text of a machine cut where nobody reads on; every other value as it is. */
export function briefValue(value: TagValue, charactersMax: number): TagValue {
  return typeof value === 'string' && value.length > charactersMax
    ? `${value.slice(0, charactersMax)}…`
    : value;
}
