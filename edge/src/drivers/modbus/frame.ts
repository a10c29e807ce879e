import { MAX_PDU, type Request } from './pdu.ts';

/** What came in: a whole answer, or undefined while bytes are missing; `fault` = these bytes can be no answer. */
export type Received =
  | { readonly unit: number; readonly pdu: Buffer }
  | { readonly fault: string }
  | undefined;

/** One way of putting a PDU on a stream. It holds the bytes of at most one answer and what came with it. */
export interface Framing {
  /** True = an answer names its request, so that a late one is recognised. */
  readonly numbered: boolean;
  frame(request: Request): Buffer;
  /** Takes in bytes; then call `next` until it gives undefined. */
  push(bytes: Buffer): void;
  next(): Received;
  /** Bytes are left over that are no whole answer. */
  readonly isMidway: boolean;
  reset(): void;
}

/** Modbus over TCP: transaction, protocol 0, length, unit. [Modbus Messaging on TCP/IP V1.0b §3.1.3] */
export class TcpFraming implements Framing {
  readonly numbered = true;
  #transaction = 0;
  #held: Buffer = Buffer.alloc(0);

  frame(request: Request): Buffer {
    this.#transaction = (this.#transaction + 1) & 0xff_ff;
    const head = Buffer.alloc(7);
    head.writeUInt16BE(this.#transaction, 0);
    head.writeUInt16BE(request.pdu.length + 1, 4);
    head[6] = request.unit;
    return Buffer.concat([head, request.pdu]);
  }

  push(bytes: Buffer): void {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
  }

  /** Answers of earlier transactions are passed over. */
  next(): Received {
    while (this.#held.length >= 7) {
      const length = this.#held.readUInt16BE(4);
      if (this.#held.readUInt16BE(2) !== 0 || length < 3 || length > 1 + MAX_PDU)
        return { fault: `0x${this.#held.toString('hex', 0, 7)} is no Modbus/TCP header` };
      if (this.#held.length < 6 + length) return undefined;
      const frame = this.#held.subarray(0, 6 + length);
      this.#held = this.#held.subarray(6 + length);
      if (frame.readUInt16BE(0) === this.#transaction) return { unit: frame[6] ?? 0, pdu: frame.subarray(7) };
    }
    return undefined;
  }

  get isMidway(): boolean {
    return this.#held.length > 0;
  }

  reset(): void {
    this.#held = Buffer.alloc(0);
  }
}

/** The frames of a serial line over TCP: unit, PDU, checksum; the length follows from what was asked. [Serial Line V1.02 §2.5] */
export class RtuFraming implements Framing {
  readonly numbered = false;
  #asked: Request | undefined;
  #held: Buffer = Buffer.alloc(0);

  frame(request: Request): Buffer {
    this.#asked = request;
    this.#held = Buffer.alloc(0);
    const body = Buffer.concat([Buffer.of(request.unit), request.pdu]);
    const sum = Buffer.alloc(2);
    sum.writeUInt16LE(crc16(body), 0);
    return Buffer.concat([body, sum]);
  }

  /** What comes unasked is not kept. */
  push(bytes: Buffer): void {
    if (this.#asked) this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
  }

  next(): Received {
    const held = this.#held;
    if (!this.#asked || held.length < 5) return undefined;
    const isException = ((held[1] ?? 0) & 0x80) !== 0;
    const length = isException ? 5 : 3 + this.#asked.answerLength;
    if (held.length < length) return undefined;
    const body = held.subarray(0, length - 2);
    if (held.readUInt16LE(length - 2) !== crc16(body)) return { fault: 'the checksum is wrong' };
    this.#held = held.subarray(length);
    this.#asked = undefined;
    return { unit: body[0] ?? 0, pdu: body.subarray(1) };
  }

  get isMidway(): boolean {
    return this.#held.length > 0;
  }

  reset(): void {
    this.#held = Buffer.alloc(0);
    this.#asked = undefined;
  }
}

/** CRC-16 of the serial line, polynomial 0xA001, sent low byte first. [Serial Line V1.02 §6.2.2] */
export function crc16(bytes: Buffer): number {
  let crc = 0xff_ff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa0_01 : crc >>> 1;
  }
  return crc;
}
