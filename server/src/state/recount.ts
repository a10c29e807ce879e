import { MINUTE_MS, NO_MINUTE } from '../ingest/index.ts';
import { type Kernel, PLATFORM } from '../kernel/index.ts';
import { assignedWork } from './assigned-work.ts';
import type { Counts } from './counts.ts';
import type { Fleet } from './fleet.ts';
import { touch } from './gateway-live.ts';
import { createRing } from './minute-ring.ts';
import { NO_RECORD } from './minute-state.ts';
import { NO_BLOCKS, operationWindows } from './planned-time.ts';
import type { Slot } from './slot-index.ts';
import { planMinutes } from './time-account.ts';
import type { World } from './world.ts';

/** Assigned production of single machines, made anew when an assignment turns out to cover minutes already counted. */
export interface Recount {
  /** An assignment of the machine begins or ends at `minute`. */
  outdate(machineId: string, minute: number): void;
  /** Does what is waiting; stops after `budgetMs` wall. */
  turn(budgetMs: number): Promise<void>;
}

export function createRecount(kernel: Kernel, fleet: Fleet, world: World, counts: Counts): Recount {
  const waiting = new Set<string>();
  return {
    outdate: (machineId, minute) => {
      for (const { gateway, position } of fleet.slots(machineId)) {
        gateway.live.running ??= createRing(gateway.live.machineIds.length);
        touch(gateway.live, position, fleet.turn);
        if (minute <= (gateway.live.track.minute[position] as number)) waiting.add(machineId);
      }
    },
    turn: async (budgetMs) => {
      const from = kernel.clock.wallNow();
      for (const machineId of [...waiting]) {
        if (kernel.clock.wallNow() - from > budgetMs) return;
        const slot = fleet.slot(machineId);
        if (slot === undefined || slot.gateway.stale || (await recount(kernel, world, counts, slot))) {
          waiting.delete(machineId);
        }
      }
    },
  };
}

/** False when a record came meanwhile: try again. */
async function recount(kernel: Kernel, world: World, counts: Counts, slot: Slot): Promise<boolean> {
  const { live } = slot.gateway;
  const { position } = slot;
  const newest = live.track.minute[position] as number;
  const start = live.dayStart[position] as number;
  const directory = await world.registry.directory(live.networkId);
  const machine = directory.machine(live.machineIds[position] as string);
  if (!machine || newest === NO_MINUTE || start === NO_MINUTE) return true;
  const minutes = await kernel.db.transaction(PLATFORM, (tx) =>
    counts.minutes(tx, machine, start, newest + 1),
  );
  if (slot.gateway.live !== live || live.track.minute[position] !== newest) return false;
  const length = newest + 1 - start;
  const states = new Uint8Array(length).fill(NO_RECORD);
  const pieces = new Float64Array(length);
  for (const minute of minutes) {
    states[minute.minute - start] = minute.state;
    pieces[minute.minute - start] = minute.pieces;
  }
  const blocks = world.blocksOf(machine.id) ?? NO_BLOCKS;
  const end = (newest + 1) * MINUTE_MS;
  const windows = operationWindows(world.registry, machine, blocks, start * MINUTE_MS, end);
  const plan = planMinutes(start, length, windows, blocks.maintenance);
  const assignments = world.assignmentsOf(machine.id) ?? [];
  const { standardMin, aptMin } = assignedWork(start, states, plan, pieces, assignments);
  live.workToday.set(position, { standardMin, aptMin });
  return true;
}
