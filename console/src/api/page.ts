/** One page of a list, as `PageOf(row)` of the contract. */
export type Page<T> = Readonly<{ rows: readonly T[]; nextCursor: string | null; total?: number }>;
export type Rows<T> = Readonly<{ rows: readonly T[] }>;
