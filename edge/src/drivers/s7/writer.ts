import type { TagValue } from '@millrace/contract';
import { DriverFault, type TagAddress } from '../../driver/index.ts';
import { encodeRaw, isNoAnswer, writeFault } from '../../poll/index.ts';
import { type Point, parseAddress } from './address.ts';
import type { Question, S7Link } from './dialect.ts';
import { readItems, readRequest, writeBitRequest, writeRequest, writtenItem } from './message.ts';
import { STRING_HEAD_BYTES } from './string.ts';

const MOST_BYTE = 255;

/** Resolves when the PLC has confirmed. */
export async function writeTag(link: S7Link, tag: TagAddress, value: Exclude<TagValue, null>): Promise<void> {
  const point = parseAddress(tag);
  if (typeof point === 'string') throw new DriverFault(point, { lasting: true });
  if (point.area === 'I') throw new DriverFault('inputs can only be read', { lasting: true });
  if (point.type === 'string') return await writeString(link, point, value);
  if (point.type === 'bool') {
    if (typeof value !== 'boolean') throw new DriverFault('a bit takes true or false', { lasting: true });
    const bit = point.bit ?? 0;
    return await confirm(link, { message: (reference) => writeBitRequest(reference, point, bit, value) });
  }
  const bytes = bytesOf(point.type, value, tag);
  await confirm(link, { message: (reference) => writeRequest(reference, point, bytes) });
}

function bytesOf(
  type: Exclude<Point['type'], 'bool' | 'string'>,
  value: Exclude<TagValue, null>,
  tag: TagAddress,
): Buffer {
  if (type === 'byte') {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_BYTE)
      return Buffer.of(value);
    throw new DriverFault(`${value} is not a whole number from 0 to ${MOST_BYTE}`, { lasting: true });
  }
  const encoded = encodeRaw(type, value, tag.wordOrder);
  if ('fault' in encoded)
    throw new DriverFault(`${value} cannot be written: ${encoded.fault}`, { lasting: true });
  return encoded.bytes;
}

/** Length and text are written together; the room is read first, for it is the PLC's to say. */
async function writeString(link: S7Link, point: Point, value: Exclude<TagValue, null>): Promise<void> {
  const text = Buffer.from(String(value), 'utf8');
  const head = { ...point, length: STRING_HEAD_BYTES };
  const answer = await link.ask({ message: (reference) => readRequest(reference, [head]) });
  if (isNoAnswer(answer)) throw new DriverFault(answer.failed);
  if ('refused' in answer) throw new DriverFault(answer.refused);
  const items = readItems(answer, [head]);
  const item = typeof items === 'string' ? { reason: items } : items[0];
  if (!item || !('bytes' in item)) throw new DriverFault(item?.reason ?? 'nothing was answered');
  const room = Math.min(item.bytes[0] ?? 0, point.length - STRING_HEAD_BYTES);
  if (text.length > room) throw new DriverFault(`"${value}" is longer than ${room} bytes`, { lasting: true });
  const bytes = Buffer.concat([Buffer.of(text.length), text]);
  const place = { ...point, start: point.start + 1 };
  await confirm(link, { message: (reference) => writeRequest(reference, place, bytes) });
}

async function confirm(link: S7Link, question: Question): Promise<void> {
  const answer = await link.ask(question);
  if (isNoAnswer(answer)) throw writeFault(answer);
  if ('refused' in answer) throw new DriverFault(answer.refused);
  const fault = writtenItem(answer);
  if (fault !== undefined) throw new DriverFault(fault);
}
