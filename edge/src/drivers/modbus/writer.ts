import type { TagValue } from '@millrace/contract';
import { DriverFault, type TagAddress } from '../../driver/index.ts';
import { encodeRaw, writeFault } from '../../poll/index.ts';
import { type Point, parseAddress } from './address.ts';
import type { ModbusLink } from './dialect.ts';
import { maskRegister, type Request, writeCoil, writeRegister, writeRegisters } from './pdu.ts';

/** Resolves when the device has confirmed with the echo of what was written. */
export async function writeTag(
  link: ModbusLink,
  tag: TagAddress,
  value: Exclude<TagValue, null>,
): Promise<void> {
  const point = parseAddress(tag);
  if (typeof point === 'string') throw new DriverFault(point, { lasting: true });
  const [request, instead] = requestsFor(point, tag, value);
  let answer = await link.ask(request);
  // A refused function was not carried out, so the other one that does the same may be asked for.
  if (instead && 'exception' in answer && answer.exception.concerns === 'function')
    answer = await link.ask(instead);
  if ('data' in answer) return;
  if (!('exception' in answer)) throw writeFault(answer);
  const { reason, isUndecided } = answer.exception;
  throw writeFault({ failed: reason, silent: false, sent: isUndecided });
}

function requestsFor(
  point: Point,
  tag: TagAddress,
  value: Exclude<TagValue, null>,
): [request: Request, instead?: Request] {
  const { unit, table, start } = point;
  if (table === 'input' || table === 'discrete')
    throw new DriverFault(`the table ${table} can only be read`, { lasting: true });
  if (table === 'coil') {
    if (typeof value !== 'boolean') throw new DriverFault('a coil takes true or false', { lasting: true });
    return [writeCoil(unit, start, value)];
  }
  if (point.bits) return [maskFor(point, value)];
  const encoded = encodeRaw(point.type, value, tag.wordOrder, point.bytes);
  if ('fault' in encoded)
    throw new DriverFault(`${value} cannot be written: ${encoded.fault}`, { lasting: true });
  const several = writeRegisters(unit, start, encoded.bytes);
  return point.length === 1 ? [writeRegister(unit, start, encoded.bytes), several] : [several];
}

/** Reading, changing and writing back would undo what the device wrote in between; a masked write does not. */
function maskFor({ unit, start, length, bits = [0, 0] }: Point, value: Exclude<TagValue, null>): Request {
  const [low, high] = bits;
  if (length > 1) throw new DriverFault('bits of 32-bit values cannot be written', { lasting: true });
  const most = 2 ** (high - low + 1) - 1;
  const field = typeof value === 'boolean' ? Number(value) : value;
  if (typeof field !== 'number' || !Number.isInteger(field) || field < 0 || field > most)
    throw new DriverFault(`${value} does not fit bits ${low} to ${high}`, { lasting: true });
  return maskRegister(unit, start, 0xff_ff & ~(most << low), field << low);
}
