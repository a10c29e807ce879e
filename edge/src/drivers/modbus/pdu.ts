import type { Table } from './address.ts';

/** A request and what must be true of its answer. [Modbus Application Protocol V1.1b3 §6] */
export interface Request {
  readonly unit: number;
  /** Function code and data. */
  readonly pdu: Buffer;
  /** Bytes of the answer's PDU when it is not an exception. */
  readonly answerLength: number;
  /** What the answer must begin with, after the function code: byte count, or the echo of a write. */
  readonly echo: Buffer;
}

/** Longest PDU. [§4.1] */
export const MAX_PDU = 253;

const READ_FUNCTION: Record<Table, number> = { coil: 1, discrete: 2, holding: 3, input: 4 };
const EXCEPTIONS: Record<number, string> = {
  1: 'illegal function: the device does not have this table or operation',
  2: 'illegal data address: the device has no such address',
  3: 'illegal data value: the device refuses this quantity or value',
  4: 'the device failed while carrying it out',
  5: 'the device needs longer (acknowledge)',
  6: 'the device is busy',
  8: 'memory parity error in the device',
  10: 'the gateway has no path to the unit',
  11: 'the unit behind the gateway does not answer',
};
/** Refusals of an address, or of some address within a block: worth splitting the block. */
const OF_ADDRESS: readonly number[] = [2, 3, 4];
/** Told by a gateway in the name of a silent unit. [§7] */
const OF_GATEWAY: readonly number[] = [10, 11];
/** It broke off on the way, is still at it, or nobody knows: a write may have been carried out. [§7] */
const UNDECIDED: readonly number[] = [4, 5, 11];
/** The unit does not know the function, hence none of the table. */
const ILLEGAL_FUNCTION = 1;

/** The device answered, and said no. [§7] */
export interface Exception {
  readonly code: number;
  readonly reason: string;
  /** What a repetition would meet. */
  readonly concerns: 'function' | 'address' | 'unit' | 'moment';
  /** A write that was answered so may have been carried out. */
  readonly isUndecided: boolean;
}

/** The answer's data after its byte count or echo; an exception; or why it is no answer to the request. */
export type Verdict =
  | { readonly data: Buffer }
  | { readonly exception: Exception }
  | { readonly fault: string };

/** Function 1 to 4; `start` is zero-based, `length` in bits or registers. [§6.1–6.4] */
export function readRequest(unit: number, table: Table, start: number, length: number): Request {
  const bytes = table === 'coil' || table === 'discrete' ? Math.ceil(length / 8) : length * 2;
  return {
    unit,
    pdu: words(READ_FUNCTION[table], start, length),
    answerLength: 2 + bytes,
    echo: Buffer.of(bytes),
  };
}

/** Function 5. [§6.5] */
export function writeCoil(unit: number, address: number, on: boolean): Request {
  return echoed(unit, words(5, address, on ? 0xff_00 : 0));
}

/** Function 6: the two bytes as they stand on the wire. [§6.6] */
export function writeRegister(unit: number, address: number, bytes: Buffer): Request {
  return echoed(unit, words(6, address, bytes.readUInt16BE(0)));
}

/** Function 16: whole registers, at most 123. [§6.12] */
export function writeRegisters(unit: number, address: number, bytes: Buffer): Request {
  const head = words(16, address, bytes.length / 2);
  const pdu = Buffer.concat([head, Buffer.of(bytes.length), bytes]);
  return { unit, pdu, answerLength: head.length, echo: head.subarray(1) };
}

/** Changes some bits and no others, in one step at the device: result = (old AND and) OR (or AND NOT and). [§6.16] */
export function maskRegister(unit: number, address: number, and: number, or: number): Request {
  return echoed(unit, words(22, address, and, or));
}

/** Holds an answer's PDU against what was asked; nothing of a wrong one is used. */
export function checkAnswer(request: Request, answer: Buffer): Verdict {
  const asked = request.pdu[0] ?? 0;
  const code = answer[0] ?? 0;
  if (code === (asked | 0x80) && answer.length === 2) return { exception: exception(answer[1] ?? 0) };
  if (code !== asked) return { fault: `answered function ${code} to function ${asked}` };
  if (answer.length !== request.answerLength)
    return { fault: `answered ${answer.length} bytes where ${request.answerLength} are due` };
  const end = 1 + request.echo.length;
  if (!answer.subarray(1, end).equals(request.echo))
    return { fault: 'answered something else than was asked' };
  return { data: answer.subarray(end) };
}

function exception(code: number): Exception {
  const reason = `exception ${code}: ${EXCEPTIONS[code] ?? 'its meaning is not known'}`;
  return { code, reason, concerns: concernOf(code), isUndecided: UNDECIDED.includes(code) };
}

function concernOf(code: number): Exception['concerns'] {
  if (code === ILLEGAL_FUNCTION) return 'function';
  if (OF_ADDRESS.includes(code)) return 'address';
  return OF_GATEWAY.includes(code) ? 'unit' : 'moment';
}

function echoed(unit: number, pdu: Buffer): Request {
  return { unit, pdu, answerLength: pdu.length, echo: pdu.subarray(1) };
}

function words(code: number, ...values: readonly number[]): Buffer {
  const pdu = Buffer.alloc(1 + values.length * 2);
  pdu[0] = code;
  for (const [at, value] of values.entries()) pdu.writeUInt16BE(value, 1 + at * 2);
  return pdu;
}
