import { fileURLToPath } from 'node:url';
import { orMissing, run } from './cache.ts';
import { debianProgram } from './debian.ts';
import { type FarSide, startFarSide } from './program.ts';

const SCRIPT = fileURLToPath(
  new URL('../../edge/src/drivers/modbus/fixtures/pymodbus_server.py', import.meta.url),
);
const PACKAGES = ['python3-pymodbus', 'python3-serial', 'python3-serial-asyncio'];

/** Names that the script imports; later releases have others. */
const PROBE =
  'from pymodbus.server.async_io import ModbusTcpServer; from pymodbus.transaction import ModbusRtuFramer';
const PROBE_TIMEOUT_MS = 20_000;

/** Python that has Debian's pymodbus 3.0, or why there is none. */
export async function pymodbus(): Promise<string | { missing: string }> {
  const python = await debianProgram({ packages: PACKAGES, program: 'python3' });
  if (typeof python !== 'string') return python;
  return await orMissing(async () => {
    await run(python, ['-c', PROBE], PROBE_TIMEOUT_MS);
    return python;
  });
}

/** The server of `fixtures/pymodbus_server.py`; port 0 = any. */
export async function startPymodbus(
  python: string,
  framing: 'tcp' | 'rtu',
  port = 0,
): Promise<FarSide & { port: number }> {
  const farSide = await startFarSide(python, [SCRIPT, String(port), framing], /^port \d+$/);
  return { ...farSide, port: Number(farSide.said.split(' ')[1]) };
}
