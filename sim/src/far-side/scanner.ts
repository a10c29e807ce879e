import { execFile } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { OpenFarSide } from './far-side.ts';

const PACKS_PER_CARTON = 24;
/** GS1-128 with an SSCC. [ISO/IEC 15424 §5; GS1 General Specifications §3.2.1] */
const SYMBOL = ']C100';
/** Extension digit, and a company prefix of those that GS1 keeps for demonstrations (952). */
const COMPANY = '19521234';
const SERIALS = 1_000_000_000;

/** A scanner on a serial line where full cartons leave a machine; a named pipe stands for the line. */
export const openScanner: OpenFarSide = async (_machines, folder) => {
  const device = join(folder, 'line');
  mkdirSync(folder, { recursive: true });
  if (statSync(device, { throwIfNoEntry: false }) === undefined)
    await promisify(execFile)('mkfifo', [device]);
  // Open for both, the pipe keeps what nobody has read so far; without blocking, a full one refuses.
  const line = openSync(device, constants.O_RDWR | constants.O_NONBLOCK);
  // Fewer than one a second, so that the next start goes on with new ones.
  let serial = Math.floor(Date.now() / 1_000) % SERIALS;
  const cartons = new Map<string, number>();
  return {
    connection: { code: 'carton-scanner', driver: 'scanner', settings: { device, mode: 'serial' } },
    mapping: () => ({
      tags: [{ name: 'carton', connection: 'carton-scanner', address: 'label', type: 'string' }],
    }),
    show: (machine, { pieces }) => {
      const full = Math.floor(pieces / PACKS_PER_CARTON);
      for (let carton = cartons.get(machine) ?? full; carton < full; carton++) {
        serial = (serial + 1) % SERIALS;
        send(line, `${SYMBOL}${sscc(serial)}\r`);
      }
      cartons.set(machine, full);
    },
    close: async () => closeSync(line),
  };
};

/** Serial shipping container code with its check digit. [GS1 General Specifications §7.9.1] */
function sscc(serial: number): string {
  const digits = `${COMPANY}${String(serial).padStart(9, '0')}`;
  const sum = [...digits].reduce(
    (total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 3 : 1),
    0,
  );
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

/** What does not fit into a line that nobody reads is lost, as it is on a wire. */
function send(line: number, text: string): void {
  try {
    writeSync(line, text);
  } catch (fault) {
    if (!(fault instanceof Error && 'code' in fault && fault.code === 'EAGAIN')) throw fault;
  }
}
