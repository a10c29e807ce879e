import { decodeRaw, type RawResult } from '../../poll/index.ts';

/** A STRING begins with its room and its length, one byte each. */
export const STRING_HEAD_BYTES = 2;

/** The text of a STRING. A length beyond its room means that there is no STRING at this address. */
export function decodeString(bytes: Buffer): RawResult {
  const [room = 0, length = 0] = bytes;
  if (length > room || length > bytes.length - STRING_HEAD_BYTES)
    return { fault: `no STRING here: ${length} characters in room for ${room}` };
  return decodeRaw('string', bytes.subarray(STRING_HEAD_BYTES, STRING_HEAD_BYTES + length));
}
