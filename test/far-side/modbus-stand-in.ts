import type { Socket } from 'node:net';

/** Calls back with each whole Modbus/TCP request: transaction, unit, function, start, quantity. */
export function requests(socket: Socket, answer: (request: Buffer) => void): void {
  socket.on('data', (bytes) => {
    for (let at = 0; at + 12 <= bytes.length; at += 12) answer(Buffer.from(bytes.subarray(at, at + 12)));
  });
}

/** A right answer whose registers all hold the start address of the request. */
export function truth(request: Buffer): Buffer {
  const count = request.readUInt16BE(10);
  const answer = Buffer.alloc(9 + count * 2);
  request.copy(answer, 0, 0, 4);
  answer.writeUInt16BE(3 + count * 2, 4);
  request.copy(answer, 6, 6, 8);
  answer[8] = count * 2;
  for (let at = 0; at < count; at++) answer.writeUInt16BE(request.readUInt16BE(8), 9 + at * 2);
  return answer;
}
