import { expect, test } from 'vitest';
import { rawServer } from '../../../../test/far-side/raw-server.ts';
import { eventually, recorded } from '../../../../test/far-side/recorded-context.ts';
import { packetOf, plc, reply, truth } from '../../../../test/far-side/s7-stand-in.ts';
import { driver } from './index.ts';

const settings = (port: number, more: object = {}) => ({
  host: '127.0.0.1',
  port,
  rack: 0,
  slot: 1,
  pollMs: 100,
  timeoutMs: 300,
  ...more,
});
const TAGS = [{ address: 'DB1.DBW10' }, { address: 'DB2.DBW500' }];
const VALUES = [10, 500];

function changed(bytes: Buffer, at: number, value: number): Buffer {
  bytes[at] = value;
  return bytes;
}

test('messages in several packets, and bytes that come one by one, are put together', async () => {
  const { port } = await rawServer((socket) =>
    plc(socket, async (job) => {
      const message = truth(job);
      const empty = packetOf(Buffer.alloc(0));
      const parts = [packetOf(message.subarray(0, 9), false), packetOf(message.subarray(9))];
      for (const byte of Buffer.concat([empty, ...parts])) {
        socket.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }),
  );
  const { driver: s7 } = recorded(driver, settings(port, { timeoutMs: 3_000 }));
  await s7.connect();
  expect((await s7.read(TAGS)).map(({ value }) => value)).toEqual(VALUES);
});

test('a late answer is never taken for that of the present request', async () => {
  let asked = 0;
  let withheld: Buffer = Buffer.alloc(0);
  const { port } = await rawServer((socket) =>
    plc(socket, (job) => {
      asked += 1;
      if (asked % 3 === 0) withheld = packetOf(changed(truth(job), 18, 0x77));
      else socket.write(Buffer.concat([withheld, packetOf(truth(job))]));
    }),
  );
  const { driver: s7, values, samples, lost } = recorded(driver, settings(port));
  await s7.connect();
  await s7.subscribe(TAGS);
  await eventually(() => values(0).length >= 5);
  expect(new Set(values(0))).toEqual(new Set([10]));
  expect(new Set(values(1))).toEqual(new Set([500]));
  expect(samples.some(({ error }) => error?.includes('no answer'))).toBe(true);
  expect(lost).toEqual([]);
});

test('a message never asks or answers more than the PLC has agreed to', async () => {
  const lengths: number[] = [];
  const { port } = await rawServer((socket) =>
    plc(socket, (job) => {
      const message = truth(job);
      lengths.push(job.length, message.length);
      socket.write(packetOf(message));
    }),
  );
  const { driver: s7 } = recorded(driver, settings(port, { timeoutMs: 2_000 }));
  await s7.connect();
  const tags = Array.from({ length: 128 }, (_, at) => ({ address: `DB1.DBW${at * at * 2}` }));
  const values = await s7.read(tags);
  expect(values.map(({ value }) => value)).toEqual(tags.map((_, at) => at * at * 2));
  expect(Math.max(...lengths)).toBeLessThanOrEqual(240);
});

test.each<[string, (job: Buffer) => Buffer]>([
  ['rubbish', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['a header of another protocol', (job) => packetOf(changed(truth(job), 0, 0x72))],
  ['lengths that do not add up', (job) => packetOf(changed(truth(job), 9, 3))],
  ['an item too few', (job) => packetOf(changed(truth(job), 13, 1))],
  ['an item of another length', (job) => packetOf(changed(truth(job), 17, 8))],
  ['an item that goes beyond the end', (job) => packetOf(changed(truth(job), 16, 0xff))],
  ['a packet that says it is endless', () => Buffer.from('0300ffff02f080', 'hex')],
  ['a transport PDU of no known kind', () => Buffer.from('0300000702108000', 'hex')],
  ['a disconnection', () => Buffer.from('0300000b06800000000100', 'hex')],
])('a PLC that answers with %s gives no value', async (_, lie) => {
  const { port } = await rawServer((socket) => plc(socket, (job) => socket.write(lie(job))));
  const { driver: s7, samples } = recorded(driver, settings(port));
  await s7.connect();
  await s7.subscribe(TAGS);
  await eventually(() => samples.length >= 6);
  expect(samples.filter(({ quality }) => quality !== 'bad')).toEqual([]);
});

test('a PLC that refuses whole requests says why, and stays connected', async () => {
  const { port, connections } = await rawServer((socket) =>
    plc(socket, (job) => socket.write(packetOf(changed(reply(job, []), 10, 0x87)))),
  );
  const { driver: s7, samples, lost } = recorded(driver, settings(port));
  await s7.connect();
  await s7.subscribe(TAGS);
  await eventually(() => samples.length >= 6);
  expect(samples[0]?.error).toContain('access is not allowed');
  expect([lost, connections()]).toEqual([[], 1]);
});

test.each<[string, string]>([
  ['a refused connection', '0300000b06800000000100'],
  ['rubbish', '485454502f312e3120343030'],
  ['nothing', ''],
  ['half a packet', '0300'],
])('a far side that greets with %s cannot be connected to, and says so once', async (_, greeting) => {
  const { port } = await rawServer((socket) =>
    socket.on('data', () => socket.write(Buffer.from(greeting, 'hex'))),
  );
  const { driver: s7, lost } = recorded(driver, settings(port));
  await expect(s7.connect()).rejects.toThrow(/127\.0\.0\.1:\d+: /);
  expect(lost).toEqual([]);
});

test('a negotiated length that nothing fits in is refused', async () => {
  const { port } = await rawServer((socket) => plc(socket, () => undefined, 20));
  const { driver: s7 } = recorded(driver, settings(port));
  await expect(s7.connect()).rejects.toThrow('a PDU length of 20');
});

test('a PLC that agrees on less after a restart is asked for less', async () => {
  let pdu = 480;
  let refused = 0;
  const { port } = await rawServer((socket) => {
    const agreed = pdu;
    pdu = 120;
    plc(
      socket,
      (job) => {
        const message = truth(job);
        const isTooLong = message.length > agreed;
        if (isTooLong) refused += 1;
        const answer = packetOf(isTooLong ? changed(reply(job, []), 10, 0x85) : message);
        // The first connection ends between two polls.
        if (agreed === 480) socket.end(answer);
        else socket.write(answer);
      },
      agreed,
    );
  });
  const { driver: s7, values, lost } = recorded(driver, settings(port));
  await s7.connect();
  const tags = Array.from({ length: 150 }, (_, at) => ({ address: `DB1.DBW${at * 2}` }));
  await s7.subscribe(tags);
  await eventually(() => values(149).length >= 3);
  expect([lost, refused]).toEqual([[], 1]);
});

test('after it is closed a driver says nothing more, also in the middle of a request', async () => {
  const { port } = await rawServer((socket) => plc(socket, () => undefined));
  const { driver: s7, lost, samples } = recorded(driver, settings(port, { timeoutMs: 60_000 }));
  await s7.connect();
  const reading = s7.read(TAGS);
  await s7.subscribe(TAGS);
  await s7.close();
  expect((await reading).every(({ quality }) => quality === 'bad')).toBe(true);
  expect([...lost, ...samples]).toEqual([]);
});

test('a connect that is under way ends when it is closed', async () => {
  const { port } = await rawServer((socket) => socket.resume());
  const { driver: s7 } = recorded(driver, settings(port, { timeoutMs: 60_000 }));
  const connecting = expect(s7.connect()).rejects.toThrow();
  await s7.close();
  await connecting;
});
