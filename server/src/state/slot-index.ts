import { ABSENT, type CommittedBatch } from '../ingest/index.ts';
import type { GatewayFacts } from './gateway-facts.ts';
import type { GatewayLive } from './gateway-live.ts';

/** One gateway and what is left to do for it. */
export interface Gateway {
  live: GatewayLive;
  facts: GatewayFacts;
  /** What is in memory may differ from what the stored records say. */
  stale: boolean;
  /** Batches that came during a rebuild. */
  pending: CommittedBatch[] | undefined;
  /** Wall instant of its newest upload to this process. */
  heardAt: number;
  /** Positions of machines that other gateways have spoken for, too. */
  readonly moved: Set<number>;
}

export interface Slot {
  readonly gateway: Gateway;
  readonly position: number;
  /** The same machine at another gateway: it was moved. */
  readonly other: Slot | undefined;
}

/** Where machines stand; made when it is first asked for. */
export interface SlotIndex {
  slots(machineId: string): Slot[];
  /** The gateway's positions from `from` on are new. */
  add(gateway: Gateway, from: number): void;
  /** Of a machine that moved, a gateway goes on with what others said: where they are newer, or what was changes. */
  outdateMoved(gateway: Gateway, committed: CommittedBatch): void;
}

export function createSlotIndex(gateways: ReadonlyMap<string, Gateway>): SlotIndex {
  let index: Map<string, Slot> | undefined;
  const addTo = (known: Map<string, Slot>, gateway: Gateway, from: number): void => {
    const { machineIds } = gateway.live;
    for (let position = from; position < machineIds.length; position++) {
      const id = machineIds[position] as string;
      const other = known.get(id);
      known.set(id, { gateway, position, other });
      if (other) gateway.moved.add(position);
      for (let slot = other; slot; slot = slot.other) slot.gateway.moved.add(slot.position);
    }
  };
  const whole = (): Map<string, Slot> => {
    const made = new Map<string, Slot>();
    for (const gateway of gateways.values()) addTo(made, gateway, 0);
    return made;
  };
  const slots = (machineId: string): Slot[] => {
    index ??= whole();
    const found: Slot[] = [];
    for (let slot = index.get(machineId); slot; slot = slot.other) found.push(slot);
    return found;
  };
  return {
    slots,
    add: (gateway, from) => {
      if (index) addTo(index, gateway, from);
    },
    outdateMoved: (gateway, { batch, inOrder }) => {
      index ??= whole();
      for (const position of gateway.moved) {
        if (position >= batch.machines || batch.values[position] === ABSENT) continue;
        const { machineIds, track } = gateway.live;
        for (const other of slots(machineIds[position] as string)) {
          if (other.gateway === gateway) continue;
          if (!inOrder) other.gateway.stale = true;
          const theirs = other.gateway.live.track.minute[other.position] as number;
          if (theirs > (track.minute[position] as number)) gateway.stale = true;
        }
      }
    },
  };
}
