import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { MilpAnswer, MilpModel, SolveMilp } from '@millrace/engine';
import type { MilpTask } from './milp-worker.ts';

export interface MilpPort {
  readonly solve: SolveMilp;
  close(): Promise<void>;
}

/**
 * HiGHS in a thread of its own: its WebAssembly may abort when its memory is full, which must end nothing but the one
 * answer. The next model gets a new thread then.
 */
export function openMilpPort(seconds: number): MilpPort {
  let worker: Worker | undefined;
  const solve = async (model: MilpModel): Promise<MilpAnswer> => {
    worker ??= new Worker(new URL('./milp-worker.ts', import.meta.url));
    const asked = worker;
    const task: MilpTask = { model, seconds };
    asked.postMessage(task);
    try {
      const [answer] = (await once(asked, 'message')) as [MilpAnswer];
      return answer;
    } catch (cause) {
      process.stderr.write(`HiGHS gave up: ${String(cause)}\n`);
      worker = undefined;
      await asked.terminate();
      const nothing = Number.NEGATIVE_INFINITY;
      return { status: 'unknown', columns: new Float64Array(0), objective: Number.NaN, bound: nothing };
    }
  };
  return {
    solve,
    close: async () => {
      await worker?.terminate();
    },
  };
}
