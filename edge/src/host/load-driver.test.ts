import { DRIVER_NAMES } from '@millrace/contract';
import { describe, expect, it } from 'vitest';
import { loadDriver } from './index.ts';

describe('a driver', () => {
  it.each(DRIVER_NAMES)('%s is there, under its name', async (name) => {
    const kind = await loadDriver(name);
    expect(kind.name).toBe(name);
    expect(kind.perWorker).toBeGreaterThanOrEqual(1);
  });

  it.each(['../../etc/passwd', 'file:///x', 'npm:../x', 'npm:', 'toString', '__proto__'])(
    '%s is none',
    async (name) => {
      await expect(loadDriver(name)).rejects.toThrow('there is no driver');
    },
  );

  it('of a package that is not installed says what to install', async () => {
    await expect(loadDriver('npm:@nobody/no-such-driver')).rejects.toMatchObject({
      name: 'DriverFault',
      lasting: true,
      message: expect.stringContaining('npm install @nobody/no-such-driver'),
    });
  });

  it('of a package that is something else is refused', async () => {
    await expect(loadDriver('npm:yaml')).rejects.toThrow('exports no "driver" of the right form');
  });
});
