/** Lets so many in at a time; the others wait outside, in the order they came. */
export function createTurnstile(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let inside = 0;
  const outside: (() => void)[] = [];
  return async (work) => {
    if (inside >= most) await new Promise<void>((resolve) => outside.push(resolve));
    else inside++;
    try {
      return await work();
    } finally {
      // Whoever is next takes the place that becomes free.
      const next = outside.shift();
      if (next) next();
      else inside--;
    }
  };
}
