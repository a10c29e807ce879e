import { createServer } from 'node:net';
import jsmodbus from 'jsmodbus';
import { connectionsOf, cutOff } from './connections.ts';
import { type MachineMapping, type OpenFarSide, POLL_MS, STATE_BY_STATUS, statusOf } from './far-side.ts';
import { listenAgain } from './listen.ts';

/** Registers of a machine: pieces (2), status, energy (2), one free. */
const REGISTERS = 6;

/** One controller for the hall; each machine has its own registers in it. */
export const openModbus: OpenFarSide = async (machines, folder) => {
  const holding = Buffer.alloc(machines.length * REGISTERS * 2);
  const server = createServer();
  const sockets = connectionsOf(server);
  new jsmodbus.server.TCP(server, { holding });
  const port = await listenAgain(server, folder);
  const first = (machine: string): number => machines.indexOf(machine) * REGISTERS;
  return {
    connection: {
      code: 'hall-plc',
      driver: 'modbus',
      settings: { host: '127.0.0.1', port, pollMs: POLL_MS },
    },
    mapping: (machine) => mappingAt(first(machine)),
    show: (machine, { pieces, state, energyWh }) => {
      const at = first(machine) * 2;
      holding.writeUInt32BE(pieces % 2 ** 32, at);
      holding.writeUInt16BE(statusOf(state), at + 4);
      holding.writeUInt32BE(Math.round(energyWh) % 2 ** 32, at + 6);
    },
    close: async () => cutOff(server, sockets),
  };
};

function mappingAt(register: number): MachineMapping {
  const tag = (name: string, at: number, type: 'uint16' | 'uint32') => ({
    name,
    connection: 'hall-plc',
    address: `1/holding/${register + at}`,
    type,
  });
  return {
    tags: [
      tag('pieces', 0, 'uint32'),
      tag('status', 2, 'uint16'),
      { ...tag('energy', 3, 'uint32'), unit: 'W.h' },
    ],
    count: { from: 'counter', tag: 'pieces', modulus: 2 ** 32 },
    state: STATE_BY_STATUS,
    energy: { tag: 'energy', kind: 'meter', modulus: 2 ** 32 },
  };
}
