import { useState } from 'react';
import { recall, remember } from '../app/remembered.ts';

/** A choice of one of a few that this browser remembers. */
export function useKept<T extends string>(
  key: string,
  options: readonly T[],
  first: T,
): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => options.find((one) => one === recall(key)) ?? first);
  const change = (next: T) => {
    setValue(next);
    remember(key, next);
  };
  return [value, change];
}
