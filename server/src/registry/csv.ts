import { CsvError, parse } from 'csv-parse/sync';
import { type Refusal, refuse } from '../kernel/index.ts';

/** 100,000 rows are the machines of the largest network planned for one process; more is a matter for the API. */
export const CSV_ROWS_MAX = 100_000;
export const CSV_BYTES_MAX = 20 * 1024 * 1024;
/** A row longer than this is an unclosed quote that swallows the rest of the file. */
const RECORD_CHARS_MAX = 20_000;

/** Header and data rows as text; `rows[0]` is row 2 of the spreadsheet. Empty rows stay, as empty arrays. */
export interface CsvText {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function readCsv(bytes: Buffer): CsvText | Refusal {
  const text = decodeUtf8(bytes);
  if (typeof text !== 'string') return text;
  const records = parseRecords(text);
  if ('refused' in records) return records;
  const [header, ...rows] = records;
  if (!header || header.every((cell) => cell === '')) {
    return refuse('empty-file', 422, 'The file has no header row. Download the template and fill it in.');
  }
  if (rows.length > CSV_ROWS_MAX) {
    return refuse(
      'too-many-rows',
      413,
      `The file has ${rows.length} rows; ${CSV_ROWS_MAX} are the most at once.`,
      {
        values: { rows: rows.length, most: CSV_ROWS_MAX },
      },
    );
  }
  return { header, rows: rows.map((row) => (row.every((cell) => cell === '') ? [] : row)) };
}

/** Spreadsheets in China save GBK by default; guessing the encoding would garble names silently, so we say it. */
function decodeUtf8(bytes: Buffer): string | Refusal {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // TypeError is how the decoder says "not UTF-8".
    return refuse(
      'not-utf8',
      422,
      'The file is not UTF-8. In Excel choose “CSV UTF-8 (comma delimited)” when saving (另存为 “CSV UTF-8”).',
    );
  }
}

function parseRecords(text: string): string[][] | Refusal {
  try {
    return parse(text, {
      delimiter: delimiterOf(text),
      relax_column_count: true,
      trim: true,
      max_record_size: RECORD_CHARS_MAX,
      // One more than allowed (and the header), so that the refusal can tell.
      to: CSV_ROWS_MAX + 2,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === 'number' ? error.lines : 1;
    return refuse('malformed-csv', 422, `The file is not proper CSV around line ${line}: ${error.message}`, {
      values: { line },
    });
  }
}

/** Spreadsheets of some languages save with semicolons, and copies from a sheet with tabs. */
function delimiterOf(text: string): string {
  const end = text.search(/[\r\n]/);
  const header = end < 0 ? text : text.slice(0, end);
  const counts = [',', ';', '\t'].map((sign) => ({ sign, n: header.split(sign).length }));
  return counts.reduce((best, next) => (next.n > best.n ? next : best)).sign;
}

/** One line of CSV. A text that a spreadsheet would run as a formula gets an apostrophe in front. [OWASP CSV Injection] */
export function csvLine(cells: readonly string[]): string {
  const safe = cells.map((cell) => (isFormulaLike(cell) ? `'${cell}` : cell));
  return `${safe.map((cell) => (/[",;\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`;
}

export function isFormulaLike(text: string): boolean {
  return /^[=+\-@\t\r]/.test(text);
}
