import { code, name, optional, required } from './cell.ts';
import type { Landed } from './import.ts';
import type { Changed } from './store-import.ts';

export const organisationColumn = optional(
  { name: 'organisation', aliases: ['factory', '组织', '工厂'], example: 'ACME' },
  code,
);
export const codeColumn = required({ name: 'code', aliases: ['编码', '代码'], example: 'A-01' }, code);
export const nameColumn = required({ name: 'name', aliases: ['名称'], example: 'Line A' }, name);

export const NOTHING: Landed = { created: 0, updated: 0, unchanged: 0 };

export function landed(rows: number, changed: readonly Changed[]): Landed {
  const created = changed.filter((row) => row.created).length;
  return { created, updated: changed.length - created, unchanged: rows - changed.length };
}

export const updatedIds = (changed: readonly Changed[]): string[] =>
  changed.filter((row) => !row.created).map((row) => row.id);
