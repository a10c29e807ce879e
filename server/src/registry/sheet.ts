import type { ImportReport } from '@millrace/contract';
import type { Cells, Columns } from './cell.ts';
import { isProblem } from './cell.ts';
import { type CsvText, csvLine } from './csv.ts';

/** A report shows the first thousand; who has more has one mistake, a thousand times. */
export const ERRORS_MAX = 1_000;
/** The header is row 1, as a spreadsheet counts. */
const FIRST_ROW = 2;

export type RowError = ImportReport['errors'][number];

/** A row with where it stands, so that later checks can point at it. */
export interface SheetRow<C extends Columns> {
  readonly row: number;
  readonly cells: Cells<C>;
}

/** What was read, and the fields for which the file has no column at all: those are left as they are. */
export interface Sheet<C extends Columns> {
  readonly rows: readonly SheetRow<C>[];
  readonly absent: readonly string[];
}

/** Collects what is wrong; keeps the first thousand and counts the rest. */
export interface Complaints {
  readonly errors: readonly RowError[];
  readonly count: number;
  add(row: number, column: string | null, code: string, message: string): void;
}

export function createComplaints(): Complaints {
  const errors: RowError[] = [];
  let count = 0;
  return {
    errors,
    get count() {
      return count;
    },
    add: (row, column, code, message) => {
      count++;
      if (errors.length < ERRORS_MAX) errors.push({ row, column, code, message });
    },
  };
}

/** Reads the cells by the names in the header; whatever is wrong is complained about by row and column. */
export function readSheet<C extends Columns>(
  columns: C,
  { header, rows }: CsvText,
  complaints: Complaints,
): Sheet<C> {
  const places = findColumns(columns, header, complaints);
  if (!places) return { rows: [], absent: [] };
  const read: SheetRow<C>[] = [];
  rows.forEach((texts, index) => {
    const row = index + FIRST_ROW;
    if (texts.length === 0) return;
    const before = complaints.count;
    if (texts.length > header.length && texts.slice(header.length).some((text) => text !== '')) {
      complaints.add(
        row,
        null,
        'too-many-cells',
        `has ${texts.length} cells, the header has ${header.length}`,
      );
    }
    const cells: Record<string, unknown> = {};
    for (const [field, column] of Object.entries(columns)) {
      const text = texts[places.get(field) ?? -1] ?? '';
      if (text === '') {
        if (column.required) complaints.add(row, column.name, 'missing', 'must not be empty');
        continue;
      }
      const value = column.parse(text);
      if (isProblem(value)) complaints.add(row, column.name, value.code, value.message);
      else cells[field] = value;
    }
    // Every required cell was parsed by its own column, or the row is not used.
    if (complaints.count === before) read.push({ row, cells: cells as Cells<C> });
  });
  return { rows: read, absent: Object.keys(columns).filter((field) => !places.has(field)) };
}

/** Field → index of its column; undefined when the header itself is wrong. */
function findColumns(
  columns: Columns,
  header: readonly string[],
  complaints: Complaints,
): ReadonlyMap<string, number> | undefined {
  const before = complaints.count;
  const known = new Map<string, string>();
  for (const [field, column] of Object.entries(columns)) {
    for (const title of [column.name, ...column.aliases]) known.set(plain(title), field);
  }
  const places = new Map<string, number>();
  header.forEach((title, index) => {
    if (title === '') return;
    const field = known.get(plain(title));
    const shown = title.slice(0, 100);
    if (field === undefined) complaints.add(1, shown, 'unknown-column', 'is not a column of this import');
    else if (places.has(field)) complaints.add(1, shown, 'repeated-column', 'stands there twice');
    else places.set(field, index);
  });
  for (const [field, column] of Object.entries(columns)) {
    if (column.required && !places.has(field)) {
      complaints.add(1, column.name, 'missing-column', 'is missing in the header');
    }
  }
  return complaints.count === before ? places : undefined;
}

/** Headers are compared without case, spaces and separators: “Work Center”, `work_center` and `workCenter` are one. */
function plain(title: string): string {
  return title.toLowerCase().replace(/[\s_\-.]/g, '');
}

/** With a byte order mark, because Excel takes a file without it for the local encoding. */
export function template(columns: Columns): string {
  const all = Object.values(columns);
  return `\uFEFF${csvLine(all.map((column) => column.name))}${csvLine(all.map((column) => column.example))}`;
}
