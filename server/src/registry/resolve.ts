import { type Actor, organisationsByCode } from '../access/index.ts';
import type { Tx } from '../kernel/index.ts';
import type { Columns } from './cell.ts';
import type { Complaints, SheetRow } from './sheet.ts';
import type { Coded } from './store-import.ts';

/** A row with the factory it belongs to. */
export interface Owned<C extends Columns> {
  readonly row: number;
  readonly cells: SheetRow<C>['cells'];
  readonly owner: string;
}

/** The operator names the factory in each row; a factory may leave it out, and may name only itself. */
export async function withOwners<C extends Columns>(
  tx: Tx,
  actor: Actor,
  rows: readonly SheetRow<C>[],
  codeOf: (cells: SheetRow<C>['cells']) => string | undefined,
  complaints: Complaints,
): Promise<Owned<C>[]> {
  const codes = [...new Set(rows.flatMap(({ cells }) => codeOf(cells) ?? []))];
  const found = await organisationsByCode(tx, actor.networkId, codes);
  const factories = new Map(found.filter(({ kind }) => kind === 'factory').map(({ code, id }) => [code, id]));
  const isOperator = actor.organisationKind === 'operator';
  return rows.flatMap(({ row, cells }) => {
    const code = codeOf(cells);
    const named = code === undefined ? undefined : factories.get(code);
    const owner = code === undefined && !isOperator ? actor.organisationId : named;
    if (owner !== undefined && (isOperator || owner === actor.organisationId)) return [{ row, cells, owner }];
    const why =
      code === undefined
        ? 'must name the factory'
        : isOperator
          ? `“${code}” is no factory of this network`
          : 'is not your organisation';
    complaints.add(row, 'organisation', code === undefined ? 'missing' : 'unknown-organisation', why);
    return [];
  });
}

/** Looks a code up among the nouns of one factory. */
export function codeIndex<T extends Coded>(
  found: readonly T[],
): (owner: string, code: string) => T | undefined {
  const byKey = new Map(found.map((noun) => [`${noun.organisationId} ${noun.code}`, noun]));
  return (owner, code) => byKey.get(`${owner} ${code}`);
}

/** A second row with the same key would silently win over the first. */
export function withoutRepeats<T extends { readonly row: number }>(
  rows: readonly T[],
  keyOf: (row: T) => string,
  complaints: Complaints,
  column = 'code',
): T[] {
  const firstRow = new Map<string, number>();
  return rows.filter((row) => {
    const key = keyOf(row);
    const first = firstRow.get(key);
    if (first === undefined) {
      firstRow.set(key, row.row);
      return true;
    }
    complaints.add(row.row, column, 'repeated-in-file', `is in row ${first} already`);
    return false;
  });
}

/** What the code in `column` stands for, or a complaint. */
export function lookUp<T>(
  found: T | undefined,
  row: number,
  column: string,
  code: string,
  complaints: Complaints,
): T | undefined {
  if (found === undefined) complaints.add(row, column, 'unknown-reference', `“${code}” is not registered`);
  return found;
}
