import type { ShopProgress } from '@millrace/engine';
import { createWorkThread, type WorkLimits, type WorkThread } from '../kernel/index.ts';
import type { ShopAnswer, ShopTask } from './shop-work.ts';

/**
 * A planner waits in front of the screen, and the browser does not wait half a minute: by then the best so far is the answer.
 */
const LIMITS: WorkLimits = { stopMs: 20_000, timeoutMs: 60_000 };

/** The shop scheduler beside the event loop. */
export type ShopThread = WorkThread<ShopTask, ShopProgress, ShopAnswer>;

export function createShopThread(limits: WorkLimits = LIMITS): ShopThread {
  return createWorkThread('shop scheduler', new URL('./shop-worker.ts', import.meta.url), limits);
}
