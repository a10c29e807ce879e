import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Editors write a file in several steps, and network drives tell nothing: both are met by looking again. */
const SETTLE_MS = 200;
const LOOK_AGAIN_MS = 5_000;

/** Calls `changed` after the file was written or replaced; returns how to stop. */
export function watchFile(path: string, changed: () => void): () => void {
  let stamp = stampOf(path);
  let settling: NodeJS.Timeout | undefined;
  const look = (): void => {
    const now = stampOf(path);
    if (now === stamp) return;
    stamp = now;
    clearTimeout(settling);
    settling = setTimeout(changed, SETTLE_MS);
  };
  const timer = setInterval(look, LOOK_AGAIN_MS);
  const watcher = watchFolder(path, look);
  return () => {
    clearInterval(timer);
    clearTimeout(settling);
    watcher?.close();
  };
}

/** The folder is watched, not the file: replacing a file by rename ends a watch on it. */
function watchFolder(path: string, look: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(dirname(path), (_event, name) => {
      if (name === null || name === basename(path)) look();
    });
    // Looking every few seconds goes on without it.
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause) return undefined;
    throw cause;
  }
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.mtimeMs}/${stat.size}/${stat.ino}`;
}
