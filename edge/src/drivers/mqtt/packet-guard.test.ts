import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DriverFault } from '../../driver/index.ts';
import { PacketGuard } from './packet-guard.ts';

const MAX = 200;

function guardOf(version: 4 | 5 = 4): { guard: PacketGuard; cuts: [string, number][] } {
  const cuts: [string, number][] = [];
  return {
    cuts,
    guard: new PacketGuard({ version, maxBytes: MAX, onCut: (topic, bytes) => cuts.push([topic, bytes]) }),
  };
}

/** In pieces as a socket might deliver them. */
function inPieces(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

interface Publication {
  readonly topic: string;
  readonly qos: 0 | 1;
  readonly messageId: number;
  readonly payload: Buffer;
}

/** A PUBLISH of MQTT 3.1.1. [MQTT-3.3] */
function encode({ topic, qos, messageId, payload }: Publication): Buffer {
  const body: Buffer[] = [Buffer.from([0, topic.length]), Buffer.from(topic)];
  if (qos > 0) body.push(Buffer.from([messageId >> 8, messageId & 0xff]));
  body.push(payload);
  const length = body.reduce((sum, part) => sum + part.length, 0);
  const size = length < 128 ? [length] : [(length % 128) | 0x80, length >> 7];
  return Buffer.concat([Buffer.from([0x30 | (qos << 1), ...size]), ...body]);
}

function decode(bytes: Buffer): Publication[] {
  const read: Publication[] = [];
  for (let at = 0; at < bytes.length; ) {
    const qos = ((bytes[at] ?? 0) & 6) === 0 ? 0 : 1;
    const isLong = (bytes[at + 1] ?? 0) >= 128;
    const length = ((bytes[at + 1] ?? 0) & 0x7f) + (isLong ? (bytes[at + 2] ?? 0) * 128 : 0);
    const body = bytes.subarray(at + (isLong ? 3 : 2), at + (isLong ? 3 : 2) + length);
    const topicEnd = 2 + body.readUInt16BE(0);
    read.push({
      qos,
      topic: body.subarray(2, topicEnd).toString(),
      messageId: qos > 0 ? body.readUInt16BE(topicEnd) : 0,
      payload: body.subarray(topicEnd + (qos > 0 ? 2 : 0)),
    });
    at += (isLong ? 3 : 2) + length;
  }
  return read;
}

const publication = fc.record({
  topic: fc.stringMatching(/^[a-z/]{1,60}$/),
  size: fc.integer({ min: 0, max: 600 }),
  qos: fc.constantFrom(0 as const, 1 as const),
  messageId: fc.integer({ min: 1, max: 65_535 }),
});

test('messages within the bound pass as they are, others arrive empty with topic and packet id, whatever the pieces', () => {
  const property = fc.property(
    fc.array(publication, { minLength: 1, maxLength: 8 }),
    fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 }),
    (publications, sizes) => {
      const sent = publications.map(({ size, ...rest }) => ({ ...rest, payload: Buffer.alloc(size, 'x') }));
      const { guard, cuts } = guardOf();
      const pieces = inPieces(Buffer.concat(sent.map(encode)), sizes);
      const read = decode(Buffer.concat(pieces.map((piece) => guard.feed(piece))));
      expect(read).toHaveLength(sent.length);
      let cutSeen = 0;
      for (const [index, packet] of sent.entries()) {
        const got = read[index];
        const whole = packet.topic.length + 2 + (packet.qos > 0 ? 2 : 0) + packet.payload.length;
        expect([got?.topic, got?.qos]).toEqual([packet.topic, packet.qos]);
        if (packet.qos > 0) expect(got?.messageId).toBe(packet.messageId);
        expect(got?.payload).toHaveLength(whole > MAX ? 0 : packet.payload.length);
        if (whole > MAX) expect(cuts[cutSeen++]).toEqual([packet.topic, whole]);
      }
      expect(cuts).toHaveLength(cutSeen);
    },
  );
  fc.assert(property, { numRuns: 200 });
});

test('an MQTT 5 broker that disobeys the limit is dropped', () => {
  const packet = encode({ topic: 't', qos: 0, messageId: 0, payload: Buffer.alloc(300) });
  expect(() => guardOf(5).guard.feed(packet)).toThrow(DriverFault);
});

test('any bytes at all end in output no longer than them or in a fault in words', () => {
  const property = fc.property(
    fc.uint8Array({ maxLength: 2_000 }),
    fc.constantFrom(4 as const, 5 as const),
    (bytes, version) => {
      const { guard } = guardOf(version);
      try {
        expect(guard.feed(Buffer.from(bytes)).length).toBeLessThanOrEqual(bytes.length);
      } catch (fault) {
        expect(fault).toBeInstanceOf(DriverFault);
      }
    },
  );
  fc.assert(property, { numRuns: 500 });
});
