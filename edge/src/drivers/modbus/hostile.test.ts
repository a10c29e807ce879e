import { expect, test } from 'vitest';
import { requests, truth } from '../../../../test/far-side/modbus-stand-in.ts';
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

/** A gateway that answers unit 1 rightly and all others with an exception; gives the units asked, in order. */
async function refusing(code: number, times = Number.POSITIVE_INFINITY) {
  const asked: number[] = [];
  let refused = 0;
  const { port } = await rawServer((socket) =>
    requests(socket, (request) => {
      const unit = request[6] ?? 0;
      asked.push(unit);
      if (unit === 1 || refused >= times) return socket.write(truth(request));
      refused += 1;
      return socket.write(Buffer.from([...request.subarray(0, 4), 0, 3, unit, 0x83, code]));
    }),
  );
  return { port, asked };
}
const TWO_UNITS = [{ address: '1/holding/10' }, { address: '2/holding/20' }, { address: '2/holding/21' }];

test.each([10, 11])(
  'a unit that the gateway cannot reach (exception %i) rests, the others are polled',
  async (code) => {
    const { port, asked } = await refusing(code);
    const { driver: modbus, values, samples, lost } = recorded(driver, settings(port));
    await modbus.connect();
    await modbus.subscribe(TWO_UNITS);
    await eventually(() => values(0).length >= 5);
    expect(asked.filter((unit) => unit === 2).length).toBe(1);
    const bad = samples.filter(({ quality }) => quality === 'bad');
    expect(bad.map(({ tag }) => tag)).toEqual([1, 2]);
    expect(bad[0]?.error).toContain(`exception ${code}`);
    expect(lost).toEqual([]);
  },
);

test.each([
  [2, false],
  [4, true],
  [5, true],
  [6, false],
  [10, false],
  [11, true],
])('a write answered with exception %i may have been carried out: %s', async (code, unanswered) => {
  const { port } = await rawServer((socket) =>
    requests(socket, (request) =>
      socket.write(Buffer.from([...request.subarray(0, 4), 0, 3, 1, (request[7] ?? 0) | 0x80, code])),
    ),
  );
  const { driver: modbus } = recorded(driver, settings(port));
  await modbus.connect();
  const fault = await modbus.write?.({ address: '1/holding/10' }, 7).catch((cause: unknown) => cause);
  expect(fault).toMatchObject({ unanswered, message: expect.stringContaining(`exception ${code}`) });
});

test('a table that the unit does not have is not split, only rests', async () => {
  const { port, asked } = await refusing(1);
  const { driver: modbus, values, samples } = recorded(driver, settings(port));
  await modbus.connect();
  await modbus.subscribe(TWO_UNITS);
  await eventually(() => values(0).length >= 5);
  expect(asked.filter((unit) => unit === 2).length).toBe(1);
  expect(samples.filter(({ quality }) => quality === 'bad').length).toBe(2);
});

test('a busy device is simply asked again at the next poll', async () => {
  const { port } = await refusing(6, 2);
  const { driver: modbus, values, samples } = recorded(driver, settings(port));
  await modbus.connect();
  await modbus.subscribe(TWO_UNITS);
  await eventually(() => values(1).length >= 2 && values(2).length >= 2);
  expect(samples.filter(({ quality }) => quality === 'bad').length).toBe(4);
});

test('more requests than can wait are refused, not kept', async () => {
  const { port } = await rawServer((socket) => socket.resume());
  const { driver: modbus } = recorded(driver, settings(port, { timeoutMs: 60_000 }));
  await modbus.connect();
  const reads = Array.from({ length: 80 }, () => modbus.read([{ address: '1/holding/1' }]));
  const [refused] = await Promise.race(reads.slice(70));
  expect(refused?.error).toBe('too many requests are waiting');
  await modbus.close();
  await Promise.all(reads);
});

test('a write without an answer says that it may have been carried out', async () => {
  const { port } = await rawServer((socket) => socket.resume());
  const { driver: modbus } = recorded(driver, settings(port));
  await modbus.connect();
  await expect(modbus.write?.({ address: '1/holding/1' }, 5)).rejects.toThrow('it may have been written');
});

test('a write amid which the line breaks, or whose answer is rubbish, may have been carried out', async () => {
  const { port } = await rawServer((socket) => {
    socket.once('data', () => socket.destroy());
  });
  const rubbish = await rawServer((socket) => {
    socket.once('data', () => socket.write(Buffer.alloc(12, 0xff)));
  });
  for (const where of [port, rubbish.port]) {
    const { driver: modbus } = recorded(driver, settings(where));
    await modbus.connect();
    await expect(modbus.write?.({ address: '1/holding/1' }, 5)).rejects.toMatchObject({ unanswered: true });
  }
  // What never went out was not carried out.
  const { driver: closed } = recorded(driver, settings(port));
  await closed.connect();
  await closed.close();
  await expect(closed.write?.({ address: '1/holding/1' }, 5)).rejects.toMatchObject({ unanswered: false });
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

test('a name without a device behind it is told in words', async () => {
  const { driver: modbus } = recorded(driver, { ...settings(9), host: 'localhost' });
  await expect(modbus.connect()).rejects.toThrow(
    'localhost:9 refuses the connection: nothing listens on that port',
  );
});
