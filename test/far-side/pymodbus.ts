import { fileURLToPath } from 'node:url';
import { debianProgram } from './debian.ts';
import { type FarSide, startFarSide } from './program.ts';

const SCRIPT = fileURLToPath(
  new URL('../../edge/src/drivers/modbus/fixtures/pymodbus_server.py', import.meta.url),
);
const PACKAGES = ['python3-pymodbus', 'python3-serial', 'python3-serial-asyncio'];

/** Python that has Debian's pymodbus, or why there is none. */
export function pymodbus(): Promise<string | { missing: string }> {
  return debianProgram({ packages: PACKAGES, program: 'python3' });
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
