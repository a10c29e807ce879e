import { open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EdgeAlarm, MachineRecord } from '@millrace/contract';
import { systemCode } from './disk.ts';

/** Something the platform will never take, and why. */
export interface Quarantined {
  /** Epoch ms. */
  readonly at: number;
  /** As the platform said it. */
  readonly code: string;
  readonly message: string;
  readonly item: MachineRecord | EdgeAlarm;
}

/** A person reads it: tens of thousands of records are enough to see what is wrong. The file before it is kept too. */
const FILE_BYTES_MAX = 8 * 1_048_576;

/** Appends JSON lines to `quarantine.jsonl`; false when the disk does not take them. */
export async function appendQuarantine(folder: string, rows: readonly Quarantined[]): Promise<boolean> {
  const path = join(folder, 'quarantine.jsonl');
  try {
    const before = await stat(path).catch(() => undefined);
    if ((before?.size ?? 0) > FILE_BYTES_MAX) await rename(path, join(folder, 'quarantine.old.jsonl'));
    const file = await open(path, 'a', 0o600);
    try {
      await file.write(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      await file.datasync();
    } finally {
      await file.close();
    }
    return true;
  } catch (cause) {
    if (systemCode(cause) === undefined) throw cause;
    return false;
  }
}
