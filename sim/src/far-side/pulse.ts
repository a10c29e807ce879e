import { closeSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenFarSide } from './far-side.ts';

/** A contact that nothing happens at says how it stands, for a gateway that has just begun to look. */
const STANDS_MS = 2_000;
/** Edges of one turn and machine; more would be no press. */
const PULSES_MAX = 1_000;
/** Then a new file takes its place, so that a demonstration of days leaves no heap; whoever reads the old one reads it to its end. */
const FILE_BYTES_MAX = 4_194_304;

/** Counter relays: a file into which each piece writes the closing and the opening of its machine's contact. */
export const openPulse: OpenFarSide = async (machines, folder) => {
  mkdirSync(folder, { recursive: true });
  const device = join(folder, 'contacts');
  const edges = new EdgeFile(device);
  const shown = new Map<string, number>();
  const standing = setInterval(() => {
    edges.write(machines.map((_, line) => `${line} 0\n`).join(''));
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
      if (made > 0) edges.write(`${line} 1\n${line} 0\n`.repeat(Math.min(PULSES_MAX, made)));
    },
    close: async () => {
      clearInterval(standing);
      edges.close();
    },
  };
};

class EdgeFile {
  readonly #path: string;
  #file: number;
  #bytes = 0;

  constructor(path: string) {
    this.#path = path;
    // To its end: a gateway that reads already goes on where it was.
    this.#file = openSync(path, 'a');
  }

  write(text: string): void {
    this.#bytes += writeSync(this.#file, text);
    if (this.#bytes < FILE_BYTES_MAX) return;
    const next = openSync(`${this.#path}.new`, 'w');
    renameSync(`${this.#path}.new`, this.#path);
    closeSync(this.#file);
    this.#file = next;
    this.#bytes = 0;
  }

  close(): void {
    closeSync(this.#file);
  }
}
