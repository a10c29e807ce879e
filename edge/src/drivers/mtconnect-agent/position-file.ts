import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where in an agent's buffer the reading stopped. */
export interface Position {
  readonly instanceId: string;
  /** First sequence not read yet. */
  readonly next: number;
}

const FILE = 'position.json';

/** Kept only by an orderly close: a position from before a crash would bring observations a second time. */
export function keepPosition(folder: string, position: Position): void {
  writeFileSync(join(folder, FILE), JSON.stringify(position));
}

/** The kept position, once; undefined when there is none to be trusted. */
export function takePosition(folder: string): Position | undefined {
  const file = join(folder, FILE);
  try {
    const { instanceId, next } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Position>;
    return typeof instanceId === 'string' && typeof next === 'number' && Number.isSafeInteger(next)
      ? { instanceId, next }
      : undefined;
  } catch {
    // No file is the usual case; a half-written one is as good as none.
    return undefined;
  } finally {
    rmSync(file, { force: true });
  }
}
