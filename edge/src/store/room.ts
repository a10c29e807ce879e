import { rm } from 'node:fs/promises';
import type { EdgeBuffer } from '@millrace/contract';
import type { ActiveFile } from './active-file.ts';
import { systemCode } from './disk.ts';
import { type Log, loseOldest } from './log.ts';
import type { Segment } from './segment.ts';
import type { Writer } from './writer.ts';

/** Appended while the disk refuses or is slow; hours of a small factory. */
const PENDING_BYTES_MAX = 8 * 1_048_576;

/** Decides what gives way when there is no room. */
export interface Room {
  /** Would an entry be refused? */
  full(): 'quota' | 'disk' | undefined;
  /** Why so many bytes more have no room unless something is given up for them. */
  without(bytes: number): 'quota' | 'disk' | undefined;
  /** Makes room by the configured policy; the reason when there is none. */
  make(): 'quota' | 'disk' | undefined;
}

export interface RoomOptions {
  readonly log: Log;
  readonly file: ActiveFile;
  readonly writer: Writer;
  readonly quotaBytes: number;
  readonly whenFull: NonNullable<EdgeBuffer['whenFull']>;
  now(): number;
}

export function createRoom({ log, file, writer, quotaBytes, whenFull, now }: RoomOptions): Room {
  let failuresAtGive = 0;
  // Checkpoints in it are gone as soon as the next file has begun: nothing is given up for them.
  const isOver = (): boolean => lastingBytes(log.segments) + writer.pendingBytes() >= quotaBytes;
  const isStuck = (): boolean => writer.pendingBytes() >= PENDING_BYTES_MAX;
  const canGive = (): boolean => whenFull === 'drop-oldest' && log.segments[0] !== file.segment();
  const give = (reason: 'quota' | 'disk'): void => {
    const segment = loseOldest(log, file.segment(), reason, now());
    if (segment) remove(segment);
  };
  return {
    full: () => {
      if (isStuck()) return 'disk';
      return whenFull === 'drop-newest' && isOver() ? 'quota' : undefined;
    },
    without: (bytes) => {
      if (isStuck()) return 'disk';
      return lastingBytes(log.segments) + writer.pendingBytes() + bytes >= quotaBytes ? 'quota' : undefined;
    },
    make: () => {
      if (isStuck()) {
        // Memory stays bounded: what is freed on the disk is first of all for what already waits. One file for each time that
        // the disk refused, because somebody else may be filling it.
        if (canGive() && writer.failures() > failuresAtGive) {
          failuresAtGive = writer.failures();
          give('disk');
        }
        return 'disk';
      }
      while (isOver() && canGive()) give('quota');
      // With the oldest given up only the file in use is left, which is a small part of the quota.
      return isOver() && whenFull === 'drop-newest' ? 'quota' : undefined;
    },
  };
}

export const bytesOf = (segments: readonly Segment[]): number =>
  segments.reduce((sum, { size }) => sum + size, 0);

const lastingBytes = (segments: readonly Segment[]): number =>
  segments.reduce((sum, { size, stateBytes }) => sum + size - stateBytes, 0);

/** A file that stays is one more that nobody needs at the next start. */
function remove({ path }: Segment): void {
  rm(path, { force: true }).catch((cause: unknown) => {
    if (systemCode(cause) === undefined) throw cause;
  });
}
