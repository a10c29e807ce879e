import { expect, test } from 'vitest';
import { rawServer } from '../../../../test/far-side/raw-server.ts';
import { recorded } from '../../../../test/far-side/recorded-context.ts';
import { plc } from '../../../../test/far-side/s7-stand-in.ts';
import { driver } from './index.ts';

/** Where a connection request names rack and slot: its last byte. [RFC 1006 §6] */
const slotOf = (request: Buffer): number => (request.at(-1) ?? 0) & 0x1f;
const DISCONNECT = Buffer.from('0300000b06800001000000', 'hex');

/** A CPU that sits in these slots and refuses connections to others. */
const cpuIn = (...slots: readonly number[]) =>
  rawServer((socket) => {
    socket.once('data', (request) => {
      if (!slots.includes(slotOf(request))) return void socket.end(DISCONNECT);
      plc(socket, () => undefined);
      socket.emit('data', request);
    });
  });
const find = (port: number) =>
  driver.discover?.(
    recorded(driver, { host: '127.0.0.1', port, rack: 0, slot: 1, timeoutMs: 2_000 }).context,
  );

test('the slots that take a connection are found, whichever was typed', async () => {
  const { port } = await cpuIn(2);
  expect(await find(port)).toEqual([{ name: '127.0.0.1', settings: { rack: 0, slot: 2 }, needs: [] }]);
  const compact = await cpuIn(0, 1);
  expect((await find(compact.port))?.map((one) => one.settings.slot)).toEqual([1, 0]);
});

test('a CPU that sits in none of them says so, and so does an address where nothing listens', async () => {
  const { port } = await cpuIn(9);
  await expect(find(port)).rejects.toThrow('refuses a connection to rack 0 slot 3');
  await expect(find(1)).rejects.toThrow('refuses the connection');
});
