/** Runs one piece of work after the other, in the order asked. */
export type Turn = <T>(work: () => Promise<T>) => Promise<T>;

/** Who reads a file by its name and who puts another in its place take turns. */
export function createTurn(): Turn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
