import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Point, parseAddress } from './address.ts';
import { connectionRequest, dataPacket, Framing } from './frame.ts';
import {
  answerTo,
  MAX_ITEMS,
  mostBytes,
  negotiatedPdu,
  negotiateRequest,
  packItems,
  readItems,
  readRequest,
  writtenItem,
} from './message.ts';
import { decodeString } from './string.ts';

const PLACES = [
  { area: 'DB', db: 1, start: 10, length: 2 },
  { area: 'M', db: 0, start: 0, length: 1 },
] as const;

test('what goes on the wire is what other clients of the protocol send', () => {
  expect(connectionRequest(0, 2).toString('hex')).toBe('0300001611e00000000100c0010ac1020100c2020102');
  expect(dataPacket(negotiateRequest(1)).toString('hex')).toBe(
    '0300001902f080' + '32010000000100080000' + 'f0000001000103c0',
  );
  expect(readRequest(5, PLACES.slice(0, 1)).toString('hex')).toBe(
    '320100000005000e0000' + '0401' + '120a10020002000184000050',
  );
});

test('whatever bytes come, in whatever pieces, end in messages of bounded length or a fault', () => {
  const pieces = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 60 }).map((body) => Uint8Array.from(dataPacket(Buffer.from(body)))),
      fc.constant(Uint8Array.from([3, 0, 0, 7, 2, 0xf0, 0])),
    ),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(pieces, (chunks) => {
      const framing = new Framing();
      for (const chunk of chunks) {
        framing.push(Buffer.from(chunk));
        for (let next = framing.next(); next; next = framing.next()) {
          if ('fault' in next) return;
          if (next.kind === 'data') expect(next.message.length).toBeLessThanOrEqual(4_096);
        }
      }
    }),
    { numRuns: 2_000 },
  );
});

test('parts of a message without end are a fault, not memory', () => {
  const framing = new Framing();
  const part = dataPacket(Buffer.alloc(900));
  part[6] = 0;
  for (let count = 0; count < 5; count++) framing.push(part);
  expect(framing.next()).toEqual({ fault: 'a message without end' });
});

test('whatever message comes is an answer with as many items as asked, a refusal, or a fault', () => {
  const head = fc.constantFrom('32030000000100020000', '3203000000010002000a', '32020000000100000000', '');
  fc.assert(
    fc.property(head, fc.uint8Array({ maxLength: 80 }), (start, rest) => {
      const answer = answerTo(1, Buffer.concat([Buffer.from(start, 'hex'), rest]));
      if (!answer || 'fault' in answer || 'refused' in answer) return;
      const items = readItems(answer, PLACES);
      if (typeof items !== 'string') expect(items.length).toBe(PLACES.length);
      writtenItem(answer);
      negotiatedPdu(answer);
    }),
    { numRuns: 3_000 },
  );
});

test('whatever data an answer holds, an item has the length asked for or a reason', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
      const data = Buffer.concat([Buffer.of(0xff, 4, 0, 16), bytes]);
      const items = readItems({ parameters: Buffer.of(4, 2), data }, PLACES);
      if (typeof items === 'string') return;
      for (const [at, item] of items.entries())
        expect('bytes' in item ? item.bytes.length : PLACES[at]?.length).toBe(PLACES[at]?.length);
    }),
    { numRuns: 2_000 },
  );
});

test('however places are packed, each is asked once and no request or answer is beyond the length agreed on', () => {
  const setting = fc.integer({ min: 64, max: 960 }).chain((pdu) =>
    fc.record({
      pdu: fc.constant(pdu),
      lengths: fc.array(fc.integer({ min: 1, max: mostBytes(pdu) }), { maxLength: 80 }),
    }),
  );
  fc.assert(
    fc.property(setting, ({ pdu, lengths }) => {
      const places = lengths.map((length, start) => ({ area: 'M' as const, db: 0, start, length }));
      const requests = packItems(places, pdu);
      expect(requests.flat()).toEqual(places);
      for (const request of requests) {
        expect(request.length).toBeGreaterThan(0);
        expect(request.length).toBeLessThanOrEqual(MAX_ITEMS);
        expect(readRequest(1, request).length).toBeLessThanOrEqual(pdu);
        const answer = request.reduce(
          (sum, { length }, at) => sum + 4 + length + (at < request.length - 1 ? length % 2 : 0),
          14,
        );
        expect(answer).toBeLessThanOrEqual(pdu);
      }
    }),
  );
});

test('any bytes are a STRING within its room or a fault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 3, maxLength: 256 }), (bytes) => {
      const result = decodeString(Buffer.from(bytes));
      if ('value' in result) expect(String(result.value).length).toBeLessThanOrEqual(bytes.length - 2);
    }),
  );
});

test.each<[string, Partial<Point>]>([
  ['DB1.DBX0.3', { area: 'DB', db: 1, start: 0, type: 'bool', bit: 3 }],
  ['DB65535.DBB0', { db: 65_535, type: 'byte', length: 1 }],
  ['DB5.S10.20', { db: 5, start: 10, length: 22, type: 'string' }],
  ['DB1.DBX8.0:LREAL', { start: 8, length: 8, type: 'float64' }],
  ['DB1.DBD8:LREAL', { start: 8, length: 8, type: 'float64' }],
  ['DB1.DBB8:DINT', { start: 8, length: 4, type: 'int32' }],
  ['MD24:REAL', { area: 'M', start: 24, length: 4, type: 'float32' }],
  ['AW2', { area: 'Q', start: 2, type: 'uint16' }],
  ['e0.0', { area: 'I', start: 0, bit: 0 }],
])('%s is understood', (address, point) => {
  expect(parseAddress({ address })).toMatchObject(point);
});

test.each([
  ['DB0.DBW0', 'DB1 to'],
  ['DB1.DBW65535', 'beyond byte'],
  ['DB1.DBX0.8', 'not of a form'],
  ['DB1.DBX0', 'a bit is addressed'],
  ['M10', 'a bit is addressed'],
  ['MW10.1', 'a bit is addressed'],
  ['DB1.DBW0:REAL', 'not as wide'],
  ['DB1.DBW0:FLOAT', 'no type'],
  ['DB1.DBX0.1:INT', 'begin at a byte'],
  ['DB1.S0.255', '1 to 254'],
  ['DB1.DBW0:STRING', 'not of a form'],
  ['X10.0', 'not of a form'],
])('%s is refused in words', (address, reason) => {
  expect(parseAddress({ address })).toContain(reason);
});

test('a type beside the address must agree with it', () => {
  expect(parseAddress({ address: 'DB1.DBD0:REAL', type: 'float32' })).toMatchObject({ type: 'float32' });
  expect(parseAddress({ address: 'DB1.DBD0:REAL', type: 'int32' })).toContain('its address says REAL');
  expect(parseAddress({ address: 'DB1.DBX0.1', type: 'int16' })).toContain('truth value');
  expect(parseAddress({ address: 'DB1.DBD0', type: 'string' })).toContain('DB5.S10.20');
});

test('whatever text comes gives a point inside the memory or a reason', () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^(DB\d{1,5}\.)?(DB|S)?[XBWDMIQ]?\d{1,5}(\.\d{1,3})?(:REAL)?$/),
  );
  fc.assert(
    fc.property(text, (address) => {
      const point = parseAddress({ address });
      if (typeof point === 'string') return;
      expect(point.start + point.length).toBeLessThanOrEqual(65_536);
    }),
    { numRuns: 2_000 },
  );
});
