import type { Dialect, Link } from '../../poll/index.ts';
import type { Framing } from './frame.ts';
import { checkAnswer, type Exception, type Request } from './pdu.ts';

/** The device's own answer: the data asked for or the echo's rest, or its exception. */
type DeviceAnswer = { readonly data: Buffer } | { readonly exception: Exception };
export type ModbusLink = Link<Request, DeviceAnswer>;

/** On a serial line behind a converter, an answer to an earlier request may still be under way when a connection is new. */
const SERIAL_QUIET_MS = 250;

/** Requests and answers in either framing; only TCP numbers them, so that a late answer is known there. */
export function modbusDialect(framing: Framing): Dialect<Request, DeviceAnswer> {
  return {
    renewsAfterSilence: !framing.numbered,
    quietMs: framing.numbered ? 0 : SERIAL_QUIET_MS,
    frame: (request) => framing.frame(request),
    take(bytes, request) {
      framing.push(bytes);
      for (let frame = framing.next(); frame; frame = framing.next()) {
        if ('fault' in frame) return frame;
        if (!request) continue;
        if (frame.unit !== request.unit)
          return { fault: `unit ${frame.unit} answered in place of unit ${request.unit}` };
        return checkAnswer(request, frame.pdu);
      }
      return undefined;
    },
    get isMidway() {
      return framing.isMidway;
    },
    reset: () => framing.reset(),
  };
}
