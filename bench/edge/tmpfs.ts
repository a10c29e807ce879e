import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of its own, small enough to be filled. */
export interface SmallDisk {
  readonly folder: string;
  /** To the last byte. */
  fill(): void;
  free(): void;
  close(): void;
}

const CHUNK = Buffer.alloc(65_536);

/** Undefined where nobody may mount one: it takes root. */
export function openSmallDisk(mib: number): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'millrace', folder]);
  if (mounted.status !== 0) {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill: () => {
      const file = openSync(ballast, 'w');
      try {
        // Ever smaller pieces, until not one byte finds room.
        for (let bytes = CHUNK.length; bytes >= 1; bytes >>= 1) fillBy(file, bytes);
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast, { force: true }),
    close: () => {
      spawnSync('umount', [folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function fillBy(file: number, bytes: number): void {
  try {
    while (writeSync(file, CHUNK, 0, bytes) === bytes);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC')) throw cause;
  }
}
