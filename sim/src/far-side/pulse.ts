import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenFarSide } from './far-side.ts';

/** A contact that nothing happens at says how it stands, for a gateway that has just begun to look. */
const STANDS_MS = 2_000;
/** Edges of one turn and machine; more would be no press. */
const PULSES_MAX = 1_000;

/** Counter relays: a file into which each piece writes the closing and the opening of its machine's contact. */
export const openPulse: OpenFarSide = async (machines, folder) => {
  mkdirSync(folder, { recursive: true });
  const device = join(folder, 'contacts');
  const file = openSync(device, 'w');
  const shown = new Map<string, number>();
  const standing = setInterval(() => {
    writeSync(file, machines.map((_, line) => `${line} 0\n`).join(''));
  }, STANDS_MS);
  return {
    connection: { code: 'contacts', driver: 'pulse', settings: { device } },
    mapping: (machine) => ({
      tags: [{ name: 'contact', connection: 'contacts', address: String(machines.indexOf(machine)) }],
      count: { from: 'pulse', tag: 'contact', debounceMs: 0 },
      state: { from: 'motion', idleAfterS: 180 },
    }),
    show: (machine, { pieces }) => {
      const line = machines.indexOf(machine);
      const made = Math.max(0, pieces - (shown.get(machine) ?? pieces));
      shown.set(machine, pieces);
      if (made > 0) writeSync(file, `${line} 1\n${line} 0\n`.repeat(Math.min(PULSES_MAX, made)));
    },
    close: async () => {
      clearInterval(standing);
      closeSync(file);
    },
  };
};
