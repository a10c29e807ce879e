import { createServer, type Socket } from 'node:net';
import { connectionsOf, cutOff } from './connections.ts';
import { type OpenFarSide, POLL_MS, STATE_BY_STATUS, statusOf } from './far-side.ts';
import { listenAgain } from './listen.ts';

/** A machine in data block 1: pieces DINT, status INT, free, energy DINT. */
const BYTES = 12;
/** A message of 480 bytes in its packet; nobody who is asked to keep to it sends more. */
const HELD_BYTES_MAX = 2_048;
const PDU_BYTES = 480;
/** Why an item of a question has no answer; as Snap7 numbers them. */
const ITEM = { ok: 0xff, refused: 3, outOfRange: 5, noBlock: 10 } as const;
const AREA_DB = 0x84;

/** A CPU that lets one data block be read: S7 communication on ISO-on-TCP. [RFC 1006] */
export const openS7: OpenFarSide = async (machines, folder) => {
  const block = Buffer.alloc(machines.length * BYTES);
  const server = createServer((socket) => serve(socket, block));
  const sockets = connectionsOf(server);
  const port = await listenAgain(server, folder);
  const first = (machine: string): number => machines.indexOf(machine) * BYTES;
  const address = (machine: string, at: number, kind: string): string => {
    return `DB1.${kind.split(':')[0]}${first(machine) + at}:${kind.split(':')[1]}`;
  };
  return {
    connection: {
      code: 'line-cpu',
      driver: 's7',
      settings: { host: '127.0.0.1', port, rack: 0, slot: 1, pollMs: POLL_MS },
    },
    mapping: (machine) => ({
      tags: [
        { name: 'pieces', connection: 'line-cpu', address: address(machine, 0, 'DBD:UDINT') },
        { name: 'status', connection: 'line-cpu', address: address(machine, 4, 'DBW:INT') },
        { name: 'energy', connection: 'line-cpu', address: address(machine, 8, 'DBD:UDINT'), unit: 'W.h' },
      ],
      count: { from: 'counter', tag: 'pieces', modulus: 2 ** 32 },
      state: STATE_BY_STATUS,
      energy: { tag: 'energy', kind: 'meter', modulus: 2 ** 32 },
    }),
    show: (machine, { pieces, state, energyWh }) => {
      const at = first(machine);
      block.writeUInt32BE(pieces % 2 ** 32, at);
      block.writeInt16BE(statusOf(state), at + 4);
      block.writeUInt32BE(Math.round(energyWh) % 2 ** 32, at + 8);
    },
    close: async () => cutOff(server, sockets),
  };
};

function serve(socket: Socket, block: Buffer): void {
  let held: Buffer = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    held = Buffer.concat([held, bytes]);
    while (held.length >= 7) {
      const length = held.readUInt16BE(2);
      if (held[0] !== 3 || length < 7 || length > HELD_BYTES_MAX) return void socket.destroy();
      if (held.length < length) return;
      const answer = answerTo(held.subarray(4, length), block);
      held = held.subarray(length);
      if (answer === undefined) return void socket.destroy();
      socket.write(answer);
    }
  });
}

/** Answer to one transport PDU; undefined = nothing that a CPU would talk to. */
function answerTo(body: Buffer, block: Buffer): Buffer | undefined {
  // Connection request: confirmed, whatever rack and slot. [ISO 8073 §13.4]
  if (body[1] === 0xe0) return packet(Buffer.of(6, 0xd0, body[4] ?? 0, body[5] ?? 0, 0, 1, 0));
  const job = body.subarray(3);
  if (body[1] !== 0xf0 || job.length < 12 || job[0] !== 0x32 || job[1] !== 1) return undefined;
  const message = functionOf(job, block);
  return message && packet(Buffer.concat([Buffer.of(2, 0xf0, 0x80), message]));
}

function functionOf(job: Buffer, block: Buffer): Buffer | undefined {
  const count = job[11] ?? 0;
  switch (job[10]) {
    case 0xf0:
      return reply(job, Buffer.of(0xf0, 0, 0, 1, 0, 1, PDU_BYTES >> 8, PDU_BYTES & 0xff));
    case 4: {
      const items = Array.from({ length: count }, (_, index) =>
        readItem(job.subarray(12 + index * 12, 24 + index * 12), block),
      );
      return reply(job, Buffer.of(4, count), Buffer.concat(items));
    }
    case 5: // nothing here is for writing
      return reply(job, Buffer.of(5, count), Buffer.alloc(count, ITEM.refused));
    default:
      return undefined;
  }
}

/** Item: 12 0a 10, transport size, count, block, area, address in bits. */
function readItem(item: Buffer, block: Buffer): Buffer {
  if (item.length < 12) return Buffer.of(ITEM.outOfRange, 0, 0, 0);
  const start = item.readUIntBE(9, 3) / 8;
  const bytes = item.readUInt16BE(4);
  if (item[8] !== AREA_DB || item.readUInt16BE(6) !== 1) return Buffer.of(ITEM.noBlock, 0, 0, 0);
  if (item[3] !== 2 || start + bytes > block.length) return Buffer.of(ITEM.outOfRange, 0, 0, 0);
  const head = Buffer.of(ITEM.ok, 4, (bytes * 8) >> 8, (bytes * 8) & 0xff);
  // All items are filled up to an even length; of the last nobody asks.
  return Buffer.concat([head, block.subarray(start, start + bytes), Buffer.alloc(bytes % 2)]);
}

function reply(job: Buffer, parameters: Buffer, data: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(12);
  head.set([0x32, 3]);
  job.copy(head, 4, 4, 6);
  head.writeUInt16BE(parameters.length, 6);
  head.writeUInt16BE(data.length, 8);
  return Buffer.concat([head, parameters, data]);
}

function packet(body: Buffer): Buffer {
  const head = Buffer.of(3, 0, 0, 0);
  head.writeUInt16BE(4 + body.length, 2);
  return Buffer.concat([head, body]);
}
