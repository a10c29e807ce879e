/** A table of a page: its header and its rows, as they are written. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function tablesOf(page: string): Table[] {
  const blocks = page.matchAll(/^\|.*\n\|[ :|-]+\|\n(?:\|.*\n?)+/gm);
  return [...blocks].map(([block]) => {
    const [header = [], , ...rows] = block.trimEnd().split('\n').map(cellsOf);
    return { header, rows };
  });
}

/** The cells below a header; none where the table has no such column. */
export function columnOf({ header, rows }: Table, name: string): readonly string[] {
  const column = header.indexOf(name);
  return column < 0 ? [] : rows.map((row) => row[column] ?? '');
}

/** A bar that belongs to a cell is written with a back slash before it. */
function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}
