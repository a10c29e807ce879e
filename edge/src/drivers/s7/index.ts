import { S7Settings } from '@millrace/contract';
import type { DriverKind } from '../../driver/index.ts';
import { parseAddress } from './address.ts';
import { findSlots } from './find-slots.ts';
import { openS7 } from './s7.ts';

/** Polls wait for sockets nearly all of the time: many connections share a thread. */
const PER_WORKER = 32;

/** S7 communication over ISO-on-TCP. docs/edge/s7.md */
export const driver: DriverKind = {
  name: 's7',
  settings: { ...S7Settings },
  checkAddress(tag) {
    const point = parseAddress(tag);
    return typeof point === 'string' ? point : undefined;
  },
  perWorker: PER_WORKER,
  open: openS7,
  discover: findSlots,
};
