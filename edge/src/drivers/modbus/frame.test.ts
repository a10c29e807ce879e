import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc16, type Framing, RtuFraming, TcpFraming } from './frame.ts';
import { checkAnswer, readRequest, writeRegisters } from './pdu.ts';

const request = readRequest(17, 'holding', 107, 3);

test('a request over TCP is as the standard prints it', () => {
  // Modbus Application Protocol V1.1b3 §6.3: read holding registers 108–110 is 03 006B 0003.
  expect(new TcpFraming().frame(request).toString('hex')).toBe('00010000000611' + '03006b0003');
});

test('a request on a serial line ends with the checksum, low byte first', () => {
  expect(new RtuFraming().frame(request).toString('hex')).toBe('11' + '03006b0003' + '7687');
  expect(crc16(Buffer.from('01040000000a', 'hex'))).toBe(0x0d_70);
});

test('a write of several registers tells their number and bytes', () => {
  const { pdu } = writeRegisters(1, 1, Buffer.from('000a0102', 'hex'));
  expect(pdu.toString('hex')).toBe('100001000204000a0102');
});

const wires: [string, () => Framing][] = [
  ['TCP', () => new TcpFraming()],
  ['RTU', () => new RtuFraming()],
];

test.each(wires)(
  'whatever bytes come over %s, in whatever pieces, nothing breaks and nothing passes as the answer',
  (_, make) => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 });
    fc.assert(
      fc.property(pieces, (chunks) => {
        const framing = make();
        framing.frame(request);
        for (const chunk of chunks) {
          framing.push(Buffer.from(chunk));
          for (let frame = framing.next(); frame; frame = framing.next()) {
            if ('fault' in frame) return framing.reset();
            expect(frame.pdu.length).toBeLessThanOrEqual(253);
            expect('data' in checkAnswer(request, frame.pdu) && frame.unit === 17).toBe(false);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  },
);

test.each(wires)('the answer over %s is found in whatever pieces it comes', (wire, make) => {
  const cuts = fc.array(fc.nat(20), { maxLength: 6 });
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), cuts, (values, at) => {
      const framing = make();
      const asked = framing.frame(request);
      const pdu = Buffer.concat([Buffer.of(3, 6), values]);
      const frame =
        wire === 'TCP'
          ? Buffer.concat([asked.subarray(0, 4), Buffer.of(0, pdu.length + 1, 17), pdu])
          : withSum(Buffer.concat([Buffer.of(17), pdu]));
      const found: unknown[] = [];
      const edges = [0, ...at.sort((a, b) => a - b), frame.length];
      for (const [index, end] of edges.entries()) {
        framing.push(frame.subarray(edges[index - 1] ?? 0, end));
        for (let next = framing.next(); next; next = framing.next()) found.push(next);
      }
      expect(found).toEqual([{ unit: 17, pdu }]);
    }),
  );
});

test('whatever PDU comes is an exception, a fault or exactly what was asked for', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 260 }), (bytes) => {
      const verdict = checkAnswer(request, Buffer.from(bytes));
      if ('data' in verdict) expect(verdict.data.length).toBe(6);
    }),
    { numRuns: 2_000 },
  );
});

function withSum(body: Buffer): Buffer {
  const sum = Buffer.alloc(2);
  sum.writeUInt16LE(crc16(body));
  return Buffer.concat([body, sum]);
}
