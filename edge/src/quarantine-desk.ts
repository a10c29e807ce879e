import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { QuarantineGroup, QuarantineSelection, Resent } from '@millrace/contract';
import { UsageFault } from './arguments.ts';
import { keptBuffer } from './config/index.ts';
import { RESEND_REFUSED } from './resend.ts';
import { openStore, type ResendRefused, readQuarantine, resendThere } from './store/index.ts';

/** The files have 16 MiB together and at least 100 bytes an item: a whole quarantine is sent in seventeen times. */
const ROUNDS_MAX = 32;

/** What lies in the quarantine of a box, as a table for a person; an agent may run there or not. */
export async function quarantineTable(data: string): Promise<string> {
  const { groups, items, damaged } = await readQuarantine(logFolder(data));
  const told = groups.reduce((sum, group) => sum + group.items, 0);
  const rows = [['reason', 'machine', 'items', 'first', 'last'], ...groups.map(cellsOf)];
  return [
    ...(groups.length === 0 ? ['Nothing lies in the quarantine.'] : linesOf(rows)),
    ...(items > told ? [`and ${items - told} more of other machines`] : []),
    ...(damaged > 0 ? [`${damaged} damaged lines, which nobody can read`] : []),
    '',
  ].join('\n');
}

const cellsOf = ({ code, machine, items, fromAt, toAt }: QuarantineGroup): string[] => [
  code,
  machine,
  String(items),
  minuteOf(fromAt),
  minuteOf(toAt),
];
const minuteOf = (at: number): string => `${new Date(at).toISOString().slice(0, 16)}Z`;

function linesOf(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** The quarantine's records could not be sent again. */
export class NotResent extends Error {
  override readonly name = 'NotResent';
}

/** All of the selection, through the agent that runs on the folder or without one; how many. Rejects with `NotResent`. */
export async function resendAll(data: string, selection: QuarantineSelection): Promise<number> {
  let sum = 0;
  let next = selection;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const done = await resendOnce(data, next);
    if ('refused' in done)
      throw new NotResent(`${sum} were sent again, then ${RESEND_REFUSED[done.refused]}.`);
    sum += done.items;
    next = { ...selection, until: done.until };
    if (done.left === 0 || done.items === 0) return sum;
  }
  return sum;
}

async function resendOnce(data: string, selection: QuarantineSelection): Promise<Resent | ResendRefused> {
  const folder = logFolder(data);
  const done = await resendThere(folder, selection);
  if (done !== undefined) return done;
  // What another user writes there the agent could not read afterwards.
  const { uid } = statSync(folder);
  if (process.getuid !== undefined && process.getuid() !== uid)
    throw new UsageFault(`No agent runs on ${data}: start it, or do this as its user (number ${uid}).`);
  const store = await openStore({ folder, buffer: await keptBuffer(data, false), now: Date.now });
  try {
    return await store.resend(selection);
  } finally {
    await store.close();
  }
}

function logFolder(data: string): string {
  const folder = join(data, 'log');
  if (!existsSync(folder))
    throw new UsageFault(`${data} is no data folder of an agent; say which with --data.`);
  return folder;
}
