import { AREAS, type Point } from './address.ts';

/** A place in the PLC's memory, in bytes. */
export type Place = Pick<Point, 'area' | 'db' | 'start' | 'length'>;

/** What became of a request as a whole: its data part; or why the PLC carried out none of it. */
export type Answer =
  | { readonly parameters: Buffer; readonly data: Buffer }
  | { readonly refused: string }
  | { readonly fault: string };

/** Of one item within an answer. */
export type ItemAnswer = { readonly bytes: Buffer } | { readonly code: number; readonly reason: string };

/** There is no public standard; numbers as the protocol's dissectors and Snap7 document them. */
const PROTOCOL = 0x32;
const KIND = { job: 1, acknowledgement: 2, answer: 3 } as const;
const FUNCTION = { negotiate: 0xf0, read: 0x04, write: 0x05 } as const;
const HEAD_BYTES = 10;
const ANSWER_HEAD_BYTES = 12;
/** Item of a variable: specification, length, syntax "any", transport size, count, block, area, address. */
const ITEM_BYTES = 12;
const ITEM_HEAD_BYTES = 4;
/** How an item's value is meant. */
const SIZE = { bit: 1, byte: 2 } as const;
/** How the length of data in an answer is told. */
const DATA = { bit: 3, byteInBits: 4, integerInBits: 5, octets: 9 } as const;
const ITEM_OK = 0xff;
const ITEM_CODES: Record<number, string> = {
  1: 'hardware fault',
  3: 'access is not allowed',
  5: 'the address is out of range',
  6: 'the type is not supported',
  7: 'the type does not fit',
  10: 'there is no such object, such as this data block',
};
const HEAD_CODES: Record<number, string> = {
  129: 'wrong application relationship',
  130: 'wrong object',
  131: 'no resource is free',
  132: 'wrong service',
  133: 'the PLC refuses the size of the request',
  135: 'access is not allowed: PUT/GET is off, or a password is needed',
  214: 'access is not allowed: PUT/GET is off, or a password is needed',
};

/** Items of one request; the usual CPUs take no more. */
export const MAX_ITEMS = 20;
/** PDU length asked for; the PLC answers with what it can, 240 on the smallest. */
const WANTED_PDU = 960;
/** Below that not one value of eight bytes can be asked for: such an answer is a fault. */
const MIN_PDU = 64;

/** Agrees on the length of messages; asked once, after connecting. */
export function negotiateRequest(reference: number): Buffer {
  const parameters = Buffer.from([FUNCTION.negotiate, 0, 0, 1, 0, 1, 0, 0]);
  parameters.writeUInt16BE(WANTED_PDU, 6);
  return job(reference, parameters);
}

/** The PDU length that both sides can, or why there is none. */
export function negotiatedPdu({ parameters }: { parameters: Buffer }): number | string {
  if (parameters.length !== 8 || parameters[0] !== FUNCTION.negotiate) return 'no answer to the negotiation';
  const length = parameters.readUInt16BE(6);
  return length < MIN_PDU || length > WANTED_PDU ? `a PDU length of ${length}` : length;
}

/** Bytes that a place may have to be read in one item. */
export function mostBytes(pdu: number): number {
  return pdu - ANSWER_HEAD_BYTES - 2 - ITEM_HEAD_BYTES;
}

/** Splits places into requests whose questions and answers both fit the PDU. */
export function packItems<T extends { readonly length: number }>(places: readonly T[], pdu: number): T[][] {
  const requests: T[][] = [];
  let room = 0;
  let current: T[] = [];
  for (const place of places) {
    const bytes = ITEM_HEAD_BYTES + place.length;
    const fits =
      bytes <= room &&
      current.length < MAX_ITEMS &&
      HEAD_BYTES + 2 + (current.length + 1) * ITEM_BYTES <= pdu;
    if (!fits) {
      current = [];
      requests.push(current);
      room = pdu - ANSWER_HEAD_BYTES - 2;
    }
    current.push(place);
    // All items of an answer but the last are filled up to an even length.
    room -= bytes + (place.length % 2);
  }
  return requests;
}

/** Reads several places, each in whole bytes. */
export function readRequest(reference: number, places: readonly Place[]): Buffer {
  return job(
    reference,
    Buffer.concat([
      Buffer.of(FUNCTION.read, places.length),
      ...places.map((place) => item(place, SIZE.byte, place.start * 8, place.length)),
    ]),
  );
}

/** Writes one place in whole bytes. */
export function writeRequest(reference: number, place: Place, bytes: Buffer): Buffer {
  const data = Buffer.concat([Buffer.of(0, DATA.byteInBits, 0, 0), bytes]);
  data.writeUInt16BE(bytes.length * 8, 2);
  const parameters = Buffer.concat([
    Buffer.of(FUNCTION.write, 1),
    item(place, SIZE.byte, place.start * 8, bytes.length),
  ]);
  return job(reference, parameters, data);
}

/** One bit is written as such: its neighbours are not touched. */
export function writeBitRequest(reference: number, place: Place, bit: number, on: boolean): Buffer {
  const parameters = Buffer.concat([
    Buffer.of(FUNCTION.write, 1),
    item(place, SIZE.bit, place.start * 8 + bit, 1),
  ]);
  return job(reference, parameters, Buffer.of(0, DATA.bit, 0, 1, on ? 1 : 0));
}

/** The answer to the request of this reference; undefined when it is another's, which comes too late. */
export function answerTo(reference: number, message: Buffer): Answer | undefined {
  if (message.length < HEAD_BYTES || message[0] !== PROTOCOL) return { fault: 'not an S7 message' };
  const kind = message[1];
  if (kind !== KIND.answer && kind !== KIND.acknowledgement) return { fault: `S7 message of kind ${kind}` };
  if (message.length < ANSWER_HEAD_BYTES) return { fault: 'an S7 answer without its header' };
  if (message.readUInt16BE(4) !== reference) return undefined;
  const parameterBytes = message.readUInt16BE(6);
  const dataBytes = message.readUInt16BE(8);
  if (message.length !== ANSWER_HEAD_BYTES + parameterBytes + dataBytes)
    return { fault: 'the lengths in an S7 message do not add up' };
  const [errorClass = 0, errorCode = 0] = message.subarray(10, 12);
  if (errorClass !== 0 || errorCode !== 0)
    return {
      refused: `error 0x${message.toString('hex', 10, 12)}: ${HEAD_CODES[errorClass] ?? 'its meaning is not known'}`,
    };
  const data = ANSWER_HEAD_BYTES + parameterBytes;
  return { parameters: message.subarray(ANSWER_HEAD_BYTES, data), data: message.subarray(data) };
}

/** The items of an answer to a read, one for each place; or why it is none. */
export function readItems(
  answer: { readonly parameters: Buffer; readonly data: Buffer },
  places: readonly Place[],
): ItemAnswer[] | string {
  const { parameters, data } = answer;
  if (parameters.length !== 2 || parameters[0] !== FUNCTION.read || parameters[1] !== places.length)
    return 'the answer is not to what was asked';
  const items: ItemAnswer[] = [];
  let at = 0;
  for (const place of places) {
    if (at + ITEM_HEAD_BYTES > data.length) return 'the answer ends within an item';
    const code = data[at] ?? 0;
    const bytes = code === ITEM_OK ? dataBytes(data, at) : 0;
    if (code === ITEM_OK && bytes !== place.length)
      return `the answer has ${bytes} bytes where ${place.length} were asked`;
    const from = at + ITEM_HEAD_BYTES;
    if (from + bytes > data.length) return 'the answer ends within an item';
    items.push(code === ITEM_OK ? { bytes: data.subarray(from, from + bytes) } : refusal(code));
    at = from + bytes + (bytes % 2);
  }
  return items;
}

/** Undefined when the one item was written, else why not. */
export function writtenItem({ parameters, data }: { parameters: Buffer; data: Buffer }): string | undefined {
  if (parameters.length !== 2 || parameters[0] !== FUNCTION.write || data.length !== 1)
    return 'the answer is not to what was asked';
  const code = data[0] ?? 0;
  return code === ITEM_OK ? undefined : refusal(code).reason;
}

function refusal(code: number): { readonly code: number; readonly reason: string } {
  return { code, reason: `refused with ${code}: ${ITEM_CODES[code] ?? 'its meaning is not known'}` };
}

function dataBytes(data: Buffer, at: number): number {
  const length = data.readUInt16BE(at + 2);
  const kind = data[at + 1] ?? 0;
  return kind === DATA.byteInBits || kind === DATA.integerInBits ? Math.ceil(length / 8) : length;
}

function item(place: Place, size: number, bitAddress: number, count: number): Buffer {
  const bytes = Buffer.alloc(ITEM_BYTES);
  bytes.set([0x12, 0x0a, 0x10, size]);
  bytes.writeUInt16BE(count, 4);
  bytes.writeUInt16BE(place.db, 6);
  bytes[8] = AREAS[place.area];
  bytes.writeUIntBE(bitAddress, 9, 3);
  return bytes;
}

function job(reference: number, parameters: Buffer, data: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head[0] = PROTOCOL;
  head[1] = KIND.job;
  head.writeUInt16BE(reference, 4);
  head.writeUInt16BE(parameters.length, 6);
  head.writeUInt16BE(data.length, 8);
  return Buffer.concat([head, parameters, data]);
}
