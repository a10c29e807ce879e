import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { QuarantineGroup, QuarantineSelection, RESEND_REFUSALS, Resent } from '@millrace/contract';
import { type Disk, systemCode } from './disk.ts';
import { appendRows, type Quarantined, quarantineLines, removeLines, sizeOf } from './quarantine-file.ts';
import { QuarantineTally } from './quarantine-tally.ts';
import { createTurn } from './turn.ts';

/** What the platform refused, until a person has it sent again. docs/edge/store-and-forward.md */
export interface Quarantine {
  add(rows: readonly Quarantined[]): Promise<void>;
  items(): number;
  groups(): QuarantineGroup[];
  /** Gives the oldest of the selection back to the log, and lets go of them when they are durable there. */
  resend(selection: QuarantineSelection, append: AppendAgain): Promise<Resent | ResendRefused>;
  /** Resolves when what was asked before is done. */
  close(): Promise<void>;
}
/** Nothing was let go of. */
export interface ResendRefused {
  readonly refused: (typeof RESEND_REFUSALS)[number];
}

export interface QuarantineOptions {
  readonly folder: string;
  readonly disk: Disk;
  /** It has been given up: the disk did not take it, or newer ones took its place. */
  onLost(reason: 'quota' | 'disk', what: QuarantineTally): void;
}
/** Puts items into the log again; why not, or undefined when they are durable there. */
type AppendAgain = (items: readonly Quarantined['item'][]) => Promise<ResendRefused['refused'] | undefined>;

/** Older first. */
const NAMES = ['quarantine.old.jsonl', 'quarantine.jsonl'] as const;
/** Tens of thousands of records, and as many in the file before it: a day of a factory's, for a person to mend. */
const FILE_BYTES_MAX = 8 * 1_048_576;
/** As many as one upload may have: live data waits for that, or for four uploads by the bytes below, and no longer. */
const RESEND_ITEMS_MAX = 10_000;
/** Held in memory at once; records with all their signals reach it first. */
const RESEND_BYTES_MAX = 2 * 1_048_576;

/** Reads what lies there, to know how much it is. */
export async function openQuarantine(options: QuarantineOptions): Promise<Quarantine> {
  const { folder, disk, onLost } = options;
  const [oldPath, path] = [join(folder, NAMES[0]), join(folder, NAMES[1])];
  let old = await tallyOf(oldPath);
  let current = await tallyOf(path);
  /** One after the other: what is put aside while a file is rewritten would be gone with the old one. */
  const turn = createTurn();
  /** Asked for with every word to the platform, and seldom another. */
  let groups: QuarantineGroup[] | undefined;

  async function add(rows: readonly Quarantined[]): Promise<void> {
    const added = new QuarantineTally();
    for (const row of rows) added.add(row);
    try {
      if ((await sizeOf(path)) > FILE_BYTES_MAX) {
        await rename(path, oldPath);
        if (old.items() > 0) onLost('quota', old);
        old = current;
        current = new QuarantineTally();
      }
      await appendRows(path, rows, disk);
      current.merge(added);
      groups = undefined;
    } catch (cause) {
      if (systemCode(cause) === undefined) throw cause;
      onLost('disk', added);
    }
  }

  async function resend(
    selection: QuarantineSelection,
    append: AppendAgain,
  ): Promise<Resent | ResendRefused> {
    const chosen = await choose(folder, selection);
    const refused = await append(chosen.items);
    if (refused !== undefined) return { refused };
    try {
      for (const [name, numbers] of chosen.numbers)
        if (numbers.size > 0) await removeLines(join(folder, name), numbers, disk);
    } catch (cause) {
      if (systemCode(cause) === undefined) throw cause;
      // They are delivered, and lie here still: sent once more, the platform knows them.
      return { refused: 'disk' };
    } finally {
      groups = undefined;
      [old, current] = [await tallyOf(oldPath), await tallyOf(path)];
    }
    return { items: chosen.items.length, left: chosen.left, until: selection.until ?? chosen.newestAt };
  }

  return {
    add: (rows) => turn(() => add(rows)),
    items: () => old.items() + current.items(),
    groups: () => {
      groups ??= new QuarantineTally().merge(old).merge(current).groups();
      return groups;
    },
    resend: (selection, append) => turn(() => resend(selection, append)),
    close: () => turn(async () => undefined),
  };
}

/** What lies in the quarantine of a folder, whether an agent runs on it or not; `damaged` lines can be read by nobody. */
export async function readQuarantine(
  folder: string,
): Promise<{ readonly groups: QuarantineGroup[]; readonly items: number; readonly damaged: number }> {
  const tally = new QuarantineTally();
  let damaged = 0;
  for (const name of NAMES) {
    for await (const { row } of quarantineLines(join(folder, name))) {
      if (row === undefined) damaged++;
      else tally.add(row);
    }
  }
  return { groups: tally.groups(), items: tally.items(), damaged };
}

/** A disk that does not give the file back is no reason to stop collecting: what of it can be read is told. */
async function tallyOf(path: string): Promise<QuarantineTally> {
  const tally = new QuarantineTally();
  try {
    for await (const { row } of quarantineLines(path)) if (row !== undefined) tally.add(row);
  } catch (cause) {
    if (systemCode(cause) === undefined) throw cause;
  }
  return tally;
}

interface Chosen {
  readonly items: Quarantined['item'][];
  /** Their lines, by file. */
  readonly numbers: ReadonlyMap<string, Set<number>>;
  /** Of the selection, beyond the bounds of one time. */
  readonly left: number;
  /** When the newest of all that lies there was put aside: what comes back of this will be newer, whatever the clock was. */
  readonly newestAt: number;
}

/** The first of the selection, in the order in which they were put aside. */
async function choose(folder: string, selection: QuarantineSelection): Promise<Chosen> {
  const items: Quarantined['item'][] = [];
  const numbers = new Map<string, Set<number>>();
  let bytes = 0;
  let left = 0;
  let newestAt = 0;
  for (const name of NAMES) {
    const here = new Set<number>();
    numbers.set(name, here);
    let number = -1;
    for await (const line of quarantineLines(join(folder, name))) {
      number++;
      newestAt = Math.max(newestAt, line.row?.at ?? 0);
      if (line.row === undefined || !isSelected(line.row, selection)) continue;
      if (left > 0 || items.length >= RESEND_ITEMS_MAX || bytes >= RESEND_BYTES_MAX) {
        left++;
        continue;
      }
      const { item } = line.row;
      items.push(selection.as === undefined ? item : { ...item, machine: selection.as });
      here.add(number);
      bytes += line.bytes.length;
    }
  }
  return { items, numbers, left, newestAt };
}

const isSelected = (row: Quarantined, { code, machine, until }: QuarantineSelection): boolean =>
  (code === undefined || row.code === code) &&
  (machine === undefined || row.item.machine === machine) &&
  (until === undefined || row.at <= until);
