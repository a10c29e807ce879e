import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { rawServer } from '../../../../test/far-side/raw-server.ts';
import { eventually, recorded } from '../../../../test/far-side/recorded-context.ts';
import { crc16 } from './frame.ts';
import { driver } from './index.ts';

const settings = (port: number, more: object = {}) => ({
  host: '127.0.0.1',
  port,
  pollMs: 100,
  timeoutMs: 120,
  gap: 0,
  ...more,
});

/** Calls back with each whole Modbus/TCP request: transaction, unit, function, start, quantity. */
function requests(socket: Socket, answer: (request: Buffer) => void): void {
  socket.on('data', (bytes) => {
    for (let at = 0; at + 12 <= bytes.length; at += 12) answer(Buffer.from(bytes.subarray(at, at + 12)));
  });
}

/** A right answer whose registers all hold the start address of the request. */
function truth(request: Buffer): Buffer {
  const count = request.readUInt16BE(10);
  const answer = Buffer.alloc(9 + count * 2);
  request.copy(answer, 0, 0, 4);
  answer.writeUInt16BE(3 + count * 2, 4);
  request.copy(answer, 6, 6, 8);
  answer[8] = count * 2;
  for (let at = 0; at < count; at++) answer.writeUInt16BE(request.readUInt16BE(8), 9 + at * 2);
  return answer;
}

const TAGS = [{ address: '1/holding/10' }, { address: '1/holding/500' }];

test('a late answer is never taken for that of the present request', async () => {
  let asked = 0;
  let withheld: Buffer = Buffer.alloc(0);
  const { port } = await rawServer((socket) =>
    requests(socket, (request) => {
      asked += 1;
      // Every third one comes after the time-out, just before that of the next request.
      if (asked % 3 === 0) withheld = truth(request);
      else {
        socket.write(Buffer.concat([withheld, truth(request)]));
        withheld = Buffer.alloc(0);
      }
    }),
  );
  const { driver: modbus, values, samples, lost } = recorded(driver, settings(port, { timeoutMs: 300 }));
  await modbus.connect();
  await modbus.subscribe(TAGS);
  await eventually(() => values(0).length >= 5 && values(1).length >= 5);
  expect(new Set(values(0))).toEqual(new Set([10]));
  expect(new Set(values(1))).toEqual(new Set([500]));
  expect(samples.some(({ error }) => error?.includes('no answer'))).toBe(true);
  expect(lost).toEqual([]);
});

test('on a serial line a late answer is not taken either, though nothing in it tells', async () => {
  let asked = 0;
  let withheld: Buffer = Buffer.alloc(0);
  const { port, connections } = await rawServer((socket) => {
    // A converter hands the bytes of the line to whoever is connected when they come.
    socket.write(withheld);
    withheld = Buffer.alloc(0);
    socket.on('data', (request) => {
      asked += 1;
      const start = request.readUInt16BE(2);
      const body = Buffer.from([1, 3, 2, start >> 8, start & 255]);
      const sum = Buffer.alloc(2);
      sum.writeUInt16LE(crc16(body));
      if (asked % 3 === 0) withheld = Buffer.concat([body, sum]);
      else socket.write(Buffer.concat([body, sum]));
    });
  });
  const rtu = settings(port, { framing: 'rtu-over-tcp', timeoutMs: 300 });
  const { driver: modbus, values, lost } = recorded(driver, rtu);
  await modbus.connect();
  await modbus.subscribe(TAGS);
  await eventually(() => values(0).length >= 3 && values(1).length >= 3);
  expect(new Set(values(0))).toEqual(new Set([10]));
  expect(new Set(values(1))).toEqual(new Set([500]));
  expect(connections()).toBeGreaterThan(1);
  expect(lost).toEqual([]);
});

test.each([
  ['rubbish', (request: Buffer) => Buffer.concat([Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), request])],
  ['the answer of another unit', (request: Buffer) => corrupt(truth(request), 6, 2)],
  ['the answer of another function', (request: Buffer) => corrupt(truth(request), 7, 4)],
  ['one register too few', (request: Buffer) => truth(corrupt(request, 11, 0))],
  ['a byte count that does not fit', (request: Buffer) => corrupt(truth(request), 8, 4)],
  ['another protocol', (request: Buffer) => corrupt(truth(request), 2, 1)],
])('a device that answers with %s gives no value and is lost', async (_, lie) => {
  const { port } = await rawServer((socket) => requests(socket, (request) => socket.write(lie(request))));
  const { driver: modbus, samples, lost } = recorded(driver, settings(port));
  await modbus.connect();
  await modbus.subscribe(TAGS);
  await eventually(() => lost.length > 0);
  expect(samples.filter(({ quality }) => quality !== 'bad')).toEqual([]);
});

test('one bad answer costs one reading, not the connection to the device', async () => {
  let asked = 0;
  const { port } = await rawServer((socket) =>
    requests(socket, (request) => {
      asked += 1;
      socket.write(asked % 4 === 0 ? Buffer.alloc(40, 0xee) : truth(request));
    }),
  );
  const { driver: modbus, values, lost } = recorded(driver, settings(port));
  await modbus.connect();
  await modbus.subscribe(TAGS);
  await eventually(() => values(0).length >= 4 && values(1).length >= 4);
  expect(lost).toEqual([]);
});

test('a half-open connection is noticed', async () => {
  const { port } = await rawServer((socket) => socket.resume());
  const { driver: modbus, lost, samples } = recorded(driver, settings(port));
  await modbus.connect();
  await modbus.subscribe(TAGS);
  await eventually(() => lost.length > 0);
  expect(lost[0]).toContain('no answer within 120 ms');
  expect(samples.every(({ quality }) => quality === 'bad')).toBe(true);
});

test('a device that closes idle connections is simply asked on a new one', async () => {
  const { port, connections } = await rawServer((socket) =>
    requests(socket, (request) => socket.end(truth(request))),
  );
  const { driver: modbus, values, lost } = recorded(driver, settings(port, { pauseMs: 30 }));
  await modbus.connect();
  await modbus.subscribe([{ address: '1/holding/10' }]);
  await eventually(() => values(0).length >= 3);
  expect(connections()).toBeGreaterThan(2);
  expect(lost).toEqual([]);
});

test('answers that come byte by byte are put together', async () => {
  const { port } = await rawServer((socket) =>
    requests(socket, async (request) => {
      for (const byte of truth(request)) {
        socket.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }),
  );
  const { driver: modbus } = recorded(driver, settings(port, { timeoutMs: 3_000 }));
  await modbus.connect();
  expect((await modbus.read(TAGS)).map(({ value }) => value)).toEqual([10, 500]);
});

test('after it is closed a driver says nothing more, also in the middle of a request', async () => {
  const { port } = await rawServer((socket) => socket.resume());
  const { driver: modbus, lost, samples } = recorded(driver, settings(port, { timeoutMs: 60_000 }));
  await modbus.connect();
  const reading = modbus.read(TAGS);
  await modbus.subscribe(TAGS);
  await modbus.close();
  expect((await reading).every(({ quality }) => quality === 'bad')).toBe(true);
  expect([...lost, ...samples]).toEqual([]);
});

test('a write without an answer says that it may have been carried out', async () => {
  const { port } = await rawServer((socket) => socket.resume());
  const { driver: modbus } = recorded(driver, settings(port));
  await modbus.connect();
  await expect(modbus.write?.({ address: '1/holding/1' }, 5)).rejects.toThrow('it may have been written');
});

test('a device slower than the period is polled as it can, and the polls left out are counted', async () => {
  const { port } = await rawServer((socket) =>
    requests(socket, (request) => setTimeout(() => socket.write(truth(request)), 110)),
  );
  let skipped = 0;
  const values: unknown[] = [];
  const modbus = driver.open({
    settings: settings(port, { timeoutMs: 2_000 }),
    sink: (samples) => void values.push(...samples.map(({ value }) => value)),
    lost: (reason) => void values.push(reason),
    latency: () => undefined,
    skipped: (polls) => (skipped += polls),
    now: () => Date.now(),
    secret: () => '',
    folder: () => '',
  });
  await modbus.connect();
  await modbus.subscribe(TAGS);
  await eventually(() => values.length >= 6);
  await modbus.close();
  expect(new Set(values)).toEqual(new Set([10, 500]));
  expect(skipped).toBeGreaterThanOrEqual(2);
});

function corrupt(bytes: Buffer, at: number, value: number): Buffer {
  bytes[at] = value;
  return bytes;
}
