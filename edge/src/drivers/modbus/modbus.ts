import type { ModbusSettings } from '@millrace/contract';
import type { Driver, DriverContext } from '../../driver/index.ts';
import { PolledDriver } from '../../poll/index.ts';
import { modbusDialect } from './dialect.ts';
import { RtuFraming, TcpFraming } from './frame.ts';
import { Reader } from './reader.ts';
import { writeTag } from './writer.ts';

/** Registered for Modbus over TCP. [MODBUS Messaging on TCP/IP Implementation Guide V1.0b] */
const DEFAULT_PORT = 502;

/** Modbus over TCP, or serial frames over TCP; several units behind one connection. */
export function openModbus(context: DriverContext): Driver {
  // Checked against the schema by the host before. [DriverContext.settings]
  const settings = context.settings as ModbusSettings;
  const framing = settings.framing === 'rtu-over-tcp' ? new RtuFraming() : new TcpFraming();
  return new PolledDriver(context, settings, {
    defaultPort: DEFAULT_PORT,
    dialect: modbusDialect(framing),
    rounds: (link, tags) => new Reader(link, tags, settings.gap),
    write: writeTag,
  });
}
