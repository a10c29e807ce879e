import { type LiveMachine, MACHINE_STATES, type MachineState } from '@millrace/contract';
import {
  decodeCursor,
  encodeCursor,
  isRefusal,
  PAGE_DEFAULT,
  type Refusal,
  refuse,
} from '../kernel/index.ts';
import type { Directory, RegisteredMachine } from '../registry/index.ts';
import type { MachineViews } from './machine-view.ts';
import { asSeen, machinesInSight, type Sight } from './sight.ts';

export const SORTS = ['code', 'state', 'oee', 'lastMinute'] as const;
export interface MachineQuery {
  /** In the code, name or item of the machine or in the name of its site. */
  readonly q?: string;
  readonly state?: MachineState;
  readonly siteId?: string;
  readonly organisationId?: string;
  readonly sort?: (typeof SORTS)[number];
  readonly limit?: number;
  readonly cursor?: string;
}

export type MachinePage = Page<LiveMachine>;

/**
 * One page of the machines in sight. The list is made anew each time, because what it is sorted by moves; views are made of
 * the page alone where order and filter do not need them.
 */
export function listMachines(
  directory: Directory,
  sight: Sight,
  views: MachineViews,
  query: MachineQuery,
  now: number,
): MachinePage | Refusal {
  const after = decodeCursor(query.cursor, 1);
  if (isRefusal(after)) return after;
  const machines: RegisteredMachine[] = [];
  for (const machine of machinesInSight(sight, directory, now)) {
    if (query.siteId !== undefined && machine.siteId !== query.siteId) continue;
    if (query.organisationId !== undefined && machine.organisationId !== query.organisationId) continue;
    machines.push(machine);
  }
  const view = (machine: RegisteredMachine): LiveMachine => asSeen(sight, views.view(directory, machine));
  const { sort = 'code' } = query;
  if (sort === 'code' && query.state === undefined && query.q === undefined) {
    machines.sort((a, b) => compare(a.code, b.code) || compare(a.id, b.id));
    const page = pageOf(machines, ({ id }) => id, after, query.limit);
    return isRefusal(page) ? page : { ...page, rows: page.rows.map(view) };
  }
  const text = query.q?.toLowerCase();
  const rows = machines
    .map(view)
    .filter((row) => query.state === undefined || row.state === query.state)
    .filter((row) => text === undefined || contains(row, text))
    .sort(ORDERS[sort]);
  return pageOf(rows, ({ machineId }) => machineId, after, query.limit);
}

interface Page<T> {
  readonly rows: T[];
  readonly nextCursor: string | null;
  readonly total: number;
}

/** The cursor is the last row shown: rows that move meanwhile may show twice, but none is skipped that stays. */
function pageOf<T>(
  rows: readonly T[],
  idOf: (row: T) => string,
  after: readonly (string | number | null)[] | undefined,
  limit = PAGE_DEFAULT,
): Page<T> | Refusal {
  const start = after === undefined ? 0 : rows.findIndex((row) => idOf(row) === after[0]) + 1;
  if (after !== undefined && start === 0) {
    return refuse('bad-cursor', 400, 'The list has changed since; start again without the cursor.');
  }
  const page = rows.slice(start, start + limit);
  const last = page.at(-1);
  const more = start + page.length < rows.length && last !== undefined;
  return { rows: page, nextCursor: more ? encodeCursor([idOf(last)]) : null, total: rows.length };
}

function contains(row: LiveMachine, text: string): boolean {
  return [row.machineCode, row.machineName, row.siteName, row.itemCode ?? ''].some((field) =>
    field.toLowerCase().includes(text),
  );
}

type Order = (a: LiveMachine, b: LiveMachine) => number;
const byCode: Order = (a, b) => compare(a.machineCode, b.machineCode) || compare(a.machineId, b.machineId);
const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);

/** What needs a person comes first: the worst OEE, the longest silence. */
const ORDERS: Readonly<Record<(typeof SORTS)[number], Order>> = {
  code: byCode,
  state: (a, b) => MACHINE_STATES.indexOf(a.state) - MACHINE_STATES.indexOf(b.state) || byCode(a, b),
  oee: (a, b) => compare(a.oeeToday ?? 2, b.oeeToday ?? 2) || byCode(a, b),
  lastMinute: (a, b) => compare(a.lastMinute ?? 0, b.lastMinute ?? 0) || byCode(a, b),
};
