export type DiffLine = Readonly<{ kind: 'same' | 'added' | 'removed' | 'left-out'; text: string }>;

/** Cells of the table: 2,000 changed lines on each side; what is larger is shown as replaced. */
const CELLS_MAX = 4_000_000;
/** Lines shown around a change. */
const AROUND = 3;

/** What changed from one text to another, by lines: longest common subsequence between the equal ends. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const a = before.split('\n');
  const b = after.split('\n');
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const lines = [
    ...marked(a.slice(0, head), 'same'),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...marked(a.slice(a.length - tail), 'same'),
  ];
  return folded(lines);
}

const marked = (lines: readonly string[], kind: DiffLine['kind']): DiffLine[] =>
  lines.map((text) => ({ kind, text }));

function middle(a: readonly string[], b: readonly string[]): DiffLine[] {
  if (a.length * b.length > CELLS_MAX) return [...marked(a, 'removed'), ...marked(b, 'added')];
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: 'same', text: a[i] ?? '' });
      i++;
      j++;
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ kind: 'removed', text: a[i++] ?? '' });
    } else lines.push({ kind: 'added', text: b[j++] ?? '' });
  }
  return lines;
}

/** Only the neighbourhood of changes; `left-out` carries how many lines are not shown. */
function folded(lines: readonly DiffLine[]): readonly DiffLine[] {
  const near = lines.map(() => false);
  for (const [i, { kind }] of lines.entries()) {
    if (kind === 'same') continue;
    for (let k = Math.max(0, i - AROUND); k <= Math.min(lines.length - 1, i + AROUND); k++) near[k] = true;
  }
  const shown: DiffLine[] = [];
  let hidden = 0;
  const flush = () => {
    if (hidden > 0) shown.push({ kind: 'left-out', text: String(hidden) });
    hidden = 0;
  };
  for (const [i, line] of lines.entries()) {
    if (near[i]) {
      flush();
      shown.push(line);
    } else hidden++;
  }
  flush();
  return shown;
}
