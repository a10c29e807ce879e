import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { readTable } from './src/fixture-table.ts';

// Derives the fixtures of the demonstration from the public sources:
//   node sim/prepare-fixtures.ts <scms-delivery-history.csv> <okuma.shdr>
// sites.tsv and countries.tsv are made by hand (approximate positions); what is derived refers to their rows.
const FIXTURES = new URL('fixtures/', import.meta.url);
const SCMS =
  'Derived from the SCMS Delivery History Dataset, US government (USAID), public domain; made by sim/prepare-fixtures.ts.';
const OKUMA =
  'Execution of a real Okuma machining center, spans of its recording in order; mtconnect/cppagent, Apache-2.0.';
/** Where the source gives no weight or no price. */
const UNKNOWN = 100;
/** Some descriptions begin with a number of the source's clerks: `#109435**HIV, OraQuick …`. */
const CLERKS_NUMBER = /^#\d+\*+\s*/;

type Row = Readonly<Record<string, string>>;

const [csvPath, shdrPath] = process.argv.slice(2);
if (csvPath === undefined || shdrPath === undefined) {
  process.stderr.write('Usage: node sim/prepare-fixtures.ts <scms-delivery-history.csv> <okuma.shdr>\n');
  process.exit(64);
}
const rows = parse(readFileSync(csvPath), { columns: true, bom: true }) as Row[];
const descriptions = [...new Set(rows.map(describe))].sort();
writeItems();
writeOrderLines();
writeDuty(readFileSync(shdrPath, 'utf8'));

function describe(row: Row): string {
  return (row['Item Description'] ?? '').trim();
}

/** By description; weight and price of a pack are medians of all lines that state one. */
function writeItems(): void {
  const byItem = Map.groupBy(rows, describe);
  const lines = descriptions.map((description, index) => {
    const all = byItem.get(description) ?? [];
    const quantityOf = (row: Row): number => Number(row['Line Item Quantity']);
    const grams = all.map((row) => (Number(row['Weight (Kilograms)']) * 1_000) / quantityOf(row));
    const cents = all.map((row) => (Number(row['Line Item Value']) * 100) / quantityOf(row));
    return [
      `SCMS-${String(index + 1).padStart(3, '0')}`,
      description.replace(CLERKS_NUMBER, ''),
      all[0]?.['Dosage Form'] ?? '',
      all[0]?.['Product Group'] ?? '',
      median(grams),
      median(cents),
    ];
  });
  const columns = 'code\tname\tdosage form\tproduct group\tgram per pack, median\tUS cent per pack, median';
  write('items.tsv', SCMS, columns, lines);
}

/** All lines in the order of the source. */
function writeOrderLines(): void {
  const itemRow = rowsOf(descriptions);
  const countryRow = rowsOf(readTable('countries.tsv').map(([name = '']) => name));
  const siteRow = rowsOf(readTable('sites.tsv').map(([source = '']) => source));
  const lines = rows.map((row) => [
    row['PO / SO #'] ?? '',
    countryRow.get(row.Country ?? '') ?? -1,
    itemRow.get(describe(row)) ?? -1,
    Number(row['Line Item Quantity']),
    siteRow.get(row['Manufacturing Site'] ?? '') ?? -1,
    (row['Shipment Mode'] ?? 'N').slice(0, 1),
  ]);
  const columns =
    'purchase order\trow of countries.tsv\trow of items.tsv\tquantity, packs\trow of sites.tsv (-1: not given)\tmode (A air, T truck, O ocean, N not given)';
  write('order-lines.tsv', SCMS, columns, lines);
}

/** SHDR: `instant|key|value|key|value …`; the sessions of the recording are not in the order of their times. */
function writeDuty(shdr: string): void {
  const changes = shdr.split('\n').flatMap((line) => {
    const [instant = '', ...fields] = line.trim().split('|');
    const at = fields.indexOf('pexecution');
    return at < 0 || at % 2 !== 0
      ? []
      : [{ atMs: Date.parse(`${instant.slice(0, 23)}Z`), active: fields[at + 1] === 'ACTIVE' }];
  });
  changes.sort((a, b) => a.atMs - b.atMs);
  const turns = changes.filter(({ active }, index) => active !== changes[index - 1]?.active);
  const spans = turns.slice(0, -1).map(({ atMs, active }, index) => {
    const endMs = turns[index + 1]?.atMs ?? atMs;
    return [active ? 'ACTIVE' : 'READY', Math.round((endMs - atMs) / 1_000)];
  });
  write('okuma-duty.tsv', OKUMA, 'execution\tseconds', spans);
}

function rowsOf(names: readonly string[]): Map<string, number> {
  return new Map(names.map((name, index) => [name, index]));
}

/** The upper one of two middles. */
function median(values: readonly number[]): number {
  const known = values.filter((value) => value > 0).sort((a, b) => a - b);
  return Math.round(known[Math.floor(known.length / 2)] ?? UNKNOWN);
}

function write(
  name: string,
  source: string,
  columns: string,
  lines: readonly (readonly (string | number)[])[],
): void {
  const text = [`# ${source}`, `# ${columns}`, ...lines.map((line) => line.join('\t'))].join('\n');
  writeFileSync(new URL(name, FIXTURES), `${text}\n`);
}
