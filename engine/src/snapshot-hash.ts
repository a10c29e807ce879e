import { canonicalJson } from './canonical.ts';
import { sha256 } from './sha256.ts';
import type { Snapshot } from './snapshot.ts';

/** SHA-256 of the canonical JSON; stored with the run so that anyone can replay it. */
export function hashSnapshot(snapshot: Snapshot): string {
  return sha256(canonicalJson(snapshot));
}
