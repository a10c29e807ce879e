import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  canonicalJson,
  type ScheduleViolation,
  type ShopProgress,
  type ShopResult,
  type ShopSnapshot,
  scheduleShop,
  verifySchedule,
} from '@millrace/engine';

export interface ShopTask {
  readonly shop: ShopSnapshot;
  /** Moves tried at most. */
  readonly rounds: number;
}

export interface ShopAnswer {
  readonly result: ShopResult;
  /** SHA-256 of the canonical JSON, hex. */
  readonly snapshotHash: string;
  /** Canonical JSON of the engine's input, gzip. */
  readonly packedSnapshot: Uint8Array;
  /** Wall time of scheduling alone. */
  readonly engineMs: number;
  /** What the independent verifier found; nothing of such a schedule is shown. */
  readonly violations: readonly ScheduleViolation[];
}

/** What one turn of the thread does. */
export function runShop(
  { shop, rounds }: ShopTask,
  onProgress: (progress: ShopProgress) => 'stop' | undefined,
): ShopAnswer {
  const text = canonicalJson(shop);
  const startMs = performance.now();
  const result = scheduleShop(shop, { rounds, onProgress });
  const engineMs = performance.now() - startMs;
  return {
    result,
    snapshotHash: createHash('sha256').update(text).digest('hex'),
    packedSnapshot: gzipSync(text),
    engineMs,
    violations: result.kind === 'schedule' ? verifySchedule(shop, result) : [],
  };
}
