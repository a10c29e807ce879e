import { type FileHandle, open } from 'node:fs/promises';

/** The two calls at which a full or broken disk shows; tests give one that is smaller than the real one. */
export interface Disk {
  /** All of the bytes at that position, or it rejects; what is there then is undefined. */
  write(file: FileHandle, bytes: Uint8Array, position: number): Promise<void>;
  /** Resolves when what was written survives a power cut. */
  sync(file: FileHandle): Promise<void>;
}

class NothingWritten extends Error {
  override readonly name = 'NothingWritten';
  readonly code = 'EIO';
}

export const REAL_DISK: Disk = {
  write: async (file, bytes, position) => {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
      // Zero bytes and no fault, again and again, is a file that takes nothing; waiting for it would never end.
      if (bytesWritten === 0) throw new NothingWritten('the disk took no byte and gave no reason');
      written += bytesWritten;
    }
  },
  sync: (file) => file.datasync(),
};

/** Makes new, renamed and removed names of a folder durable. Windows has no such call and needs none. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** `ENOSPC` and the like; undefined for what is no answer of the operating system. */
export function systemCode(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}
