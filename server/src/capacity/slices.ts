import { setImmediate as otherWork } from 'node:timers/promises';

/** Machines looked at in one go: some milliseconds, so that uploads and live views never wait longer for a long sum. */
export const SLICE_MACHINES = 250;

/** Cuts long arithmetic into slices; between two of them the process does what else is waiting. */
export interface Slices {
  /** Called after each piece of work with the machines it was about. */
  spend(machines: number): Promise<void>;
}

export function createSlices(): Slices {
  let spent = 0;
  return {
    spend: async (machines) => {
      spent += machines;
      if (spent < SLICE_MACHINES) return;
      spent = 0;
      await otherWork();
    },
  };
}
