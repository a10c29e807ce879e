import type { ImportKind, ImportReport } from '@millrace/contract';
import { type Action, type Actor, can, recordAudit } from '../access/index.ts';
import { isRefusal, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import type { Columns } from './cell.ts';
import { readCsv } from './csv.ts';
import { type Desk, write } from './desk.ts';
import { type Complaints, createComplaints, readSheet, type Sheet, template } from './sheet.ts';

/** How many nouns the file made, changed and left as they were. Several rows may speak of one noun (an order's lines). */
export interface Landed {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** One kind of file: its columns, who may bring it, and how its rows land in the database. */
export interface Importer<C extends Columns = Columns> {
  readonly kind: ImportKind;
  /** Beside `import.run`, what the actor must be allowed to do. */
  readonly action: Action;
  readonly columns: C;
  /** Writes the rows in the transaction, complains about those that cannot be; with a complaint nothing is kept. */
  land(tx: Tx, actor: Actor, sheet: Sheet<C>, complaints: Complaints): Promise<Landed>;
}

export interface Imports {
  add<C extends Columns>(importer: Importer<C>): void;
  run(actor: Actor, kind: ImportKind, bytes: Buffer, dryRun: boolean): Promise<ImportReport | Refusal>;
  template(kind: ImportKind): string | Refusal;
}

export function createImports(desk: Desk): Imports {
  const importers = new Map<ImportKind, Importer>();
  return {
    // An importer is only ever given rows that were read by its own columns.
    add: (importer) => void importers.set(importer.kind, importer as unknown as Importer),
    template: (kind) => {
      const importer = importers.get(kind);
      return importer ? template(importer.columns) : NO_IMPORTER;
    },
    run: async (actor, kind, bytes, dryRun) => {
      const importer = importers.get(kind);
      if (!importer) return NO_IMPORTER;
      if (!can(actor, importer.action)) {
        return refuse('forbidden', 403, `Your role does not allow ${importer.action}.`, {
          values: { action: importer.action },
        });
      }
      return run(desk, actor, importer, bytes, dryRun);
    },
  };
}

async function run(
  desk: Desk,
  actor: Actor,
  importer: Importer,
  bytes: Buffer,
  dryRun: boolean,
): Promise<ImportReport | Refusal> {
  const csv = readCsv(bytes);
  if (isRefusal(csv)) return csv;
  const complaints = createComplaints();
  const sheet = readSheet(importer.columns, csv, complaints);
  const read = csv.rows.filter((row) => row.length > 0).length;
  let landed: Landed = { created: 0, updated: 0, unchanged: 0 };
  const result = await write(desk, actor, async (tx) => {
    landed = await importer.land(tx, actor, sheet, complaints);
    // Whatever was written goes with the refusal: all rows land, or none.
    if (dryRun || complaints.count > 0) return ROLLED_BACK;
    await recordAudit(tx, actor, {
      action: 'import.run',
      subject: `import/${importer.kind}`,
      detail: { rows: read, ...landed },
    });
    return undefined;
  });
  if (isRefusal(result) && result.code !== ROLLED_BACK.code) return result;
  const committed = !isRefusal(result);
  return {
    kind: importer.kind,
    dryRun,
    rows: read,
    ...landed,
    errors: complaints.errors.toSorted((a, b) => a.row - b.row),
    committed,
  };
}

const ROLLED_BACK = refuse('rolled-back', 409, 'Nothing was written.');
const NO_IMPORTER = refuse('no-such-import', 404, 'There is no import of this kind.');
