import type { Socket } from 'node:net';

/** A stand-in that greets as a PLC does and leaves the rest to the test: `answer` gets the S7 message of a job. */
export function plc(socket: Socket, answer: (job: Buffer) => void, pduBytes = 240): void {
  socket.on('data', (bytes) => {
    for (let at = 0; at + 4 <= bytes.length; at += bytes.readUInt16BE(at + 2)) {
      const packet = bytes.subarray(at, at + bytes.readUInt16BE(at + 2));
      const job = Buffer.from(packet.subarray(7));
      if (packet[5] === 0xe0) socket.write(Buffer.from('0300000b06d00000000100', 'hex'));
      else if (job[10] === 0xf0)
        socket.write(packetOf(reply(job, [0xf0, 0, 0, 1, 0, 1, pduBytes >> 8, pduBytes & 255])));
      else answer(job);
    }
  });
}

/** A right answer to a read: every word holds its own byte address. */
export function truth(job: Buffer): Buffer {
  const items = Array.from({ length: job[11] ?? 0 }, (_, index) => {
    const item = job.subarray(12 + index * 12, 24 + index * 12);
    const bytes = Buffer.alloc(item.readUInt16BE(4));
    const start = item.readUIntBE(9, 3) / 8;
    for (let at = 0; at + 1 < bytes.length; at += 2) bytes.writeUInt16BE(start + at, at);
    return [0xff, 4, (bytes.length * 8) >> 8, (bytes.length * 8) & 255, ...bytes];
  });
  return reply(job, [4, items.length], items.flat());
}

export function reply(job: Buffer, parameters: readonly number[], data: readonly number[] = []): Buffer {
  const head = Buffer.from([
    0x32,
    3,
    0,
    0,
    0,
    0,
    0,
    parameters.length,
    data.length >> 8,
    data.length & 255,
    0,
    0,
  ]);
  job.copy(head, 4, 4, 6);
  return Buffer.concat([head, Buffer.from(parameters), Buffer.from(data)]);
}

export function packetOf(message: Buffer, isLast = true): Buffer {
  const length = 7 + message.length;
  return Buffer.concat([Buffer.from([3, 0, length >> 8, length & 255, 2, 0xf0, isLast ? 0x80 : 0]), message]);
}
