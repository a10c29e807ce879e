import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MachinesOrder, MachinesPlan, Truth } from './machines.ts';

/** Simulated machines behind real sockets, in a process of their own. */
export interface ShopFloor {
  readonly modbusPort: number;
  /** `quiet` stops the contacts only: a pulse while the box is dead is gone, as in a factory. */
  order(order: Exclude<MachinesOrder, 'truth'>): void;
  truth(): Promise<Truth>;
  close(): Promise<void>;
}

const ANSWER_MS_MAX = 30_000;

export async function openShopFloor(plan: MachinesPlan): Promise<ShopFloor> {
  const child = fork(fileURLToPath(new URL('./machines.ts', import.meta.url)), [JSON.stringify(plan)]);
  const { port } = await told<{ port: number }>(child);
  return {
    modbusPort: port,
    order: (order) => void child.send(order),
    truth: async () => {
      const answer = told<{ truth: Truth }>(child);
      child.send('truth');
      return (await answer).truth;
    },
    close: async () => {
      if (!child.connected) return;
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

async function told<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, 'message', { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  return message as T;
}
