import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { debianProgram } from '../../../../test/far-side/debian.ts';
import { startFarSide } from '../../../../test/far-side/program.ts';
import { recorded } from '../../../../test/far-side/recorded-context.ts';
import { driver } from './index.ts';

const SCRIPT = fileURLToPath(new URL('fixtures/libmodbus_server.py', import.meta.url));
const python = await debianProgram({ packages: ['libmodbus5'], program: 'python3' });
const absent = typeof python === 'string' ? '' : `(skipped: ${python.missing})`;

test.skipIf(absent)(
  `against Debian's libmodbus all tables are read, and what is written stays ${absent}`,
  async () => {
    const far = await startFarSide(String(python), [SCRIPT], /^port \d+$/);
    onTestFinished(() => far.kill());
    const port = Number(far.said.split(' ')[1]);
    const { driver: modbus, latencies } = recorded(driver, { host: '127.0.0.1', port, timeoutMs: 2_000 });
    await modbus.connect();
    const registers = Array.from({ length: 1_000 }, (_, at) => ({ address: `1/holding/${at}` }));
    expect((await modbus.read(registers)).map(({ value }) => value)).toEqual(
      registers.map((_, at) => at * 2),
    );
    expect(latencies.length).toBe(8);
    const bits = Array.from({ length: 2_000 }, (_, at) => ({ address: `1/coil/${at}` }));
    expect((await modbus.read(bits)).map(({ value }) => value)).toEqual(bits.map((_, at) => at % 5 === 0));
    expect(latencies.length).toBe(9);
    const more = [
      { address: '1/discrete/1995' },
      { address: '1/input/999' },
      { address: '1/input/1000' },
      { address: '1/30011' },
    ];
    const values = await modbus.read(more);
    expect(values.map(({ value }) => value)).toEqual([true, 2_997, null, 30]);
    expect(values[2]?.error).toContain('illegal data address');
    await modbus.write?.({ address: '1/holding/10', type: 'float64' }, -1.25);
    await modbus.write?.({ address: '1/holding/20.0' }, true);
    await modbus.write?.({ address: '1/coil/1' }, true);
    const written = await modbus.read([
      { address: '1/holding/10', type: 'float64' },
      { address: '1/holding/20' },
      { address: '1/coil/1' },
    ]);
    expect(written.map(({ value }) => value)).toEqual([-1.25, 41, true]);
  },
);
