import { isDeepStrictEqual } from 'node:util';
import type { EdgeMachine, MachineRecord, MachineState, TagHealth } from '@millrace/contract';
import type { DriverBatch } from '../host/index.ts';
import { Machine } from './machine.ts';
import type { Reading } from './reading.ts';
import { type SavedMachine, savedMachine } from './saved.ts';

/** Key in the checkpoint of when the agent was last seen alive. */
const ALIVE = 'alive';
/** As many as a configuration holds. */
const PARKED_MAX = 1_000;
/** Told at a time, of what sources have kept for a day: half of what one upload holds. */
const RECORDS_MAX = 5_000;
/** Of one machine however many there are: as many as a clock may leave open. */
const MACHINE_RECORDS_MIN = 8;
const keyOf = (machine: string): string => `machine ${machine}`;

export interface PipelineOptions {
  /** What `changes` gave, merged, before the agent was started again; empty at the first start. */
  readonly checkpoint: Readonly<Record<string, unknown>>;
  /** A value as the configuration means it, for rules and for whoever looks. `t` is the agent's time. */
  onReading?(machine: string, tag: string, reading: Reading, t: number): void;
}

/** All machines of the gateway: values in, minute records out. No I/O and no clock of its own. */
export interface Pipeline {
  /** Machines that stay keep their counts, also when other things about them changed. */
  configure(machines: readonly EdgeMachine[], now: number): void;
  take(batch: DriverBatch, now: number): void;
  /** To be called every second: gives the records of the minutes that are over, oldest first. */
  advance(now: number): MachineRecord[];
  /** What changed since it was last asked, as a patch by key (null = forget); undefined when nothing did. */
  changes(now: number): Record<string, unknown> | undefined;
  /** Last value of each tag that had one. */
  readings(machine: string): ReadonlyMap<string, Reading>;
  state(machine: string): MachineState | undefined;
  health(): TagHealth[];
}

export function createPipeline({ checkpoint, onReading }: PipelineOptions): Pipeline {
  const machines = new Map<string, Machine>();
  /** Of machines that are not configured now: should they come back, they go on. */
  const parked = new Map<string, SavedMachine>();
  for (const [key, value] of Object.entries(checkpoint)) {
    const saved = key === ALIVE ? undefined : savedMachine(value);
    if (saved !== undefined) parked.set(key, saved);
  }
  const gone = new Set<string>();
  const aliveUntil = checkpoint[ALIVE];
  const lastSeen = (now: number): number =>
    typeof aliveUntil === 'number' && Number.isFinite(aliveUntil) ? aliveUntil : now;
  const park = (code: string, machine: Machine): void => {
    machines.delete(code);
    gone.add(keyOf(code));
    parked.set(keyOf(code), machine.save());
    const [oldest] = parked.keys();
    if (parked.size > PARKED_MAX && oldest !== undefined) parked.delete(oldest);
  };
  return {
    configure: (wanted, now) => {
      const codes = new Set(wanted.map(({ machine }) => machine));
      for (const [code, machine] of [...machines]) if (!codes.has(code)) park(code, machine);
      for (const config of wanted) {
        const key = keyOf(config.machine);
        const before = machines.get(config.machine);
        if (before !== undefined && isDeepStrictEqual(before.config, config)) continue;
        const machine = new Machine(
          config,
          before?.save() ?? parked.get(key),
          before === undefined ? lastSeen(now) : now,
        );
        if (before !== undefined) machine.inherit(before, now);
        machines.set(config.machine, machine);
        parked.delete(key);
        gone.delete(key);
      }
    },
    take: ({ tags, samples, lost }, now) => {
      for (const [tag, count] of lost) machines.get(tags[tag]?.machine ?? '')?.lost(count);
      for (const sample of samples) {
        const its = tags[sample.tag];
        if (its === undefined) continue;
        const reading = machines.get(its.machine)?.take(its.tag, sample, now);
        // Rules look at the present.
        if (reading !== undefined && sample.historyAt === undefined)
          onReading?.(its.machine, its.tag, reading, now);
      }
    },
    advance: (now) => {
      const records: MachineRecord[] = [];
      const each = Math.max(MACHINE_RECORDS_MIN, Math.floor(RECORDS_MAX / machines.size));
      for (const machine of machines.values()) records.push(...machine.advance(now, each));
      return records.sort((a, b) => a.minute - b.minute);
    },
    changes: (now) => {
      const patch: Record<string, unknown> = {};
      for (const [code, machine] of machines) {
        if (!machine.mustSave(now)) continue;
        patch[keyOf(code)] = machine.save();
        machine.saved();
      }
      for (const key of gone) patch[key] = null;
      gone.clear();
      if (machines.size > 0) patch[ALIVE] = now;
      return Object.keys(patch).length === 0 ? undefined : patch;
    },
    readings: (code) => machines.get(code)?.readings() ?? new Map(),
    state: (code) => machines.get(code)?.state,
    health: () => [...machines.values()].flatMap((machine) => machine.health()),
  };
}
