import { ModbusSettings } from '@millrace/contract';
import type { DriverKind } from '../../driver/index.ts';
import { parseAddress } from './address.ts';
import { openModbus } from './modbus.ts';

/** Polls wait for sockets nearly all of the time: many connections share a thread. */
const PER_WORKER = 32;

/** Modbus over TCP, and serial frames over TCP. docs/edge/modbus.md */
export const driver: DriverKind = {
  name: 'modbus',
  settings: { ...ModbusSettings },
  checkAddress(tag) {
    const point = parseAddress(tag);
    return typeof point === 'string' ? point : undefined;
  },
  perWorker: PER_WORKER,
  open: openModbus,
};
