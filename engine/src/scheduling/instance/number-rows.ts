import type { ShopRefusal } from './shop-refusal.ts';

export interface NumberRow {
  /** Counted from 1. */
  readonly line: number;
  readonly values: readonly number[];
}

/** Texts beyond this are no instance anybody solves: a hundred times the largest published one. */
const MAX_CHARACTERS = 20_000_000;

/**
 * The rows of a text that hold numbers only. Blank lines, comments (`#`) and the captions that collections put
 * above their tables are skipped as long as no number has come; after that a word is an error.
 */
export function numberRows(text: string): readonly NumberRow[] | ShopRefusal {
  if (text.length > MAX_CHARACTERS) {
    return { code: 'too-large', line: 0, detail: `${text.length} characters` };
  }
  const rows: NumberRow[] = [];
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const content = raw.replace(/#.*/, '').trim();
    if (content === '') continue;
    const words = content.split(/[\s,;]+/);
    const values = words.map(Number);
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong < 0) rows.push({ line: index + 1, values });
    else if (rows.length > 0) {
      return { code: 'bad-number', line: index + 1, detail: `"${words[wrong]?.slice(0, 40)}"` };
    }
  }
  return rows;
}
