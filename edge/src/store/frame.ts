import { crc32 } from 'node:zlib';

/** Position + 1 is the byte on the disk. `state` = checkpoint, whole or a patch. */
const KINDS = ['records', 'alarms', 'state'] as const;
export type FrameKind = (typeof KINDS)[number];

/**
 * [u32 length of payload][u32 CRC-32 of all but itself][u48 + 2 zero bytes: sequence][u8 kind][u32 items]
 * [u48 + 2 zero bytes: items before it in its stream][u32 first minute][u32 last minute] payload, all little-endian.
 * The items before make a loss countable: what lies between two good frames is known from the frames alone.
 */
export const HEAD_BYTES = 37;
const AT = { length: 0, crc: 4, sequence: 8, kind: 16, items: 17, itemsBefore: 21, first: 29, last: 33 };
/** A thousand machines with 32 signals of the longest names come to 9 MB; more is nobody's minute. */
export const PAYLOAD_BYTES_MAX = 16 * 1_048_576;
const MINUTE_MS = 60_000;

export interface FrameHead {
  readonly kind: FrameKind;
  /** 0 where the kind is not delivered. */
  readonly sequence: number;
  readonly items: number;
  /** Items of its stream that were appended before it since the folder began. */
  readonly itemsBefore: number;
  /** Epoch ms, whole minutes. */
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface Frame extends FrameHead {
  readonly offset: number;
  /** With its head. */
  readonly bytes: number;
  readonly payload: Buffer;
}

export function encodeFrame(head: FrameHead, payload: Buffer): Buffer {
  if (payload.length > PAYLOAD_BYTES_MAX) {
    throw new RangeError(
      `an entry of ${payload.length} bytes; at most ${PAYLOAD_BYTES_MAX} are stored in one`,
    );
  }
  const frame = Buffer.alloc(HEAD_BYTES + payload.length);
  frame.writeUInt32LE(payload.length, AT.length);
  frame.writeUIntLE(head.sequence, AT.sequence, 6);
  frame.writeUInt8(KINDS.indexOf(head.kind) + 1, AT.kind);
  frame.writeUInt32LE(head.items, AT.items);
  frame.writeUIntLE(head.itemsBefore, AT.itemsBefore, 6);
  frame.writeUInt32LE(Math.floor(head.firstAt / MINUTE_MS), AT.first);
  frame.writeUInt32LE(Math.floor(head.lastAt / MINUTE_MS), AT.last);
  payload.copy(frame, HEAD_BYTES);
  frame.writeUInt32LE(checksum(frame, 0, frame.length), AT.crc);
  return frame;
}

/** The frame that begins there; `short` when its head says that it goes on beyond the end, `bad` when it is none. */
export function frameAt(bytes: Buffer, offset: number): Frame | 'short' | 'bad' {
  if (offset + HEAD_BYTES > bytes.length) return 'short';
  const length = bytes.readUInt32LE(offset + AT.length);
  const kind = KINDS[bytes.readUInt8(offset + AT.kind) - 1];
  if (kind === undefined || length > PAYLOAD_BYTES_MAX) return 'bad';
  const end = offset + HEAD_BYTES + length;
  if (end > bytes.length) return 'short';
  if (checksum(bytes, offset, end) !== bytes.readUInt32LE(offset + AT.crc)) return 'bad';
  return {
    kind,
    sequence: bytes.readUIntLE(offset + AT.sequence, 6),
    items: bytes.readUInt32LE(offset + AT.items),
    itemsBefore: bytes.readUIntLE(offset + AT.itemsBefore, 6),
    firstAt: bytes.readUInt32LE(offset + AT.first) * MINUTE_MS,
    lastAt: bytes.readUInt32LE(offset + AT.last) * MINUTE_MS,
    offset,
    bytes: HEAD_BYTES + length,
    payload: bytes.subarray(offset + HEAD_BYTES, end),
  };
}

/**
 * Every good frame in order; what is damaged is stepped over byte by byte until a frame begins again. A payload is JSON and
 * so has no zero byte, which every head has: text inside a damaged frame is never taken for a frame.
 */
export function* framesIn(bytes: Buffer): Generator<Frame> {
  let offset = 0;
  while (offset + HEAD_BYTES <= bytes.length) {
    const frame = frameAt(bytes, offset);
    if (typeof frame === 'string') {
      offset = nextHead(bytes, offset + 1);
    } else {
      yield frame;
      offset += frame.bytes;
    }
  }
}

/** Where two zero bytes stand as in a head; a quick look before the checksum is computed. */
function nextHead(bytes: Buffer, from: number): number {
  for (let offset = from; offset + HEAD_BYTES <= bytes.length; offset++) {
    const kind = bytes[offset + AT.kind] ?? 0;
    if (kind === 0 || kind > KINDS.length) continue;
    if (
      bytes.readUInt16LE(offset + AT.sequence + 6) === 0 &&
      bytes.readUInt16LE(offset + AT.itemsBefore + 6) === 0
    )
      return offset;
  }
  return bytes.length;
}

function checksum(bytes: Buffer, from: number, to: number): number {
  const length = crc32(bytes.subarray(from, from + AT.crc));
  return crc32(bytes.subarray(from + AT.sequence, to), length);
}
