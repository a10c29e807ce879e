import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPacketBudget, createPacketTracker, PACKET_BYTES_MAX } from './packet-limit.ts';

function packet(bytes: number): Uint8Array {
  const head = [0x30];
  let rest = bytes;
  do {
    head.push((rest % 128) + (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  const whole = new Uint8Array(head.length + bytes);
  whole.set(head);
  return whole;
}

test('packets of any allowed size pass, however the stream is cut', () => {
  const sizes = fc.array(fc.nat(20_000), { maxLength: 8 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 3_000 }), (lengths, step) => {
      const tracker = createPacketTracker();
      const stream = Buffer.concat([packet(100), ...lengths.map(packet)]);
      for (let at = 0; at < stream.length; at += step)
        expect(tracker(stream.subarray(at, at + step))).toBe(true);
    }),
  );
});

test('the announcement of a packet too large is enough to be refused', () => {
  const tracker = createPacketTracker();
  expect(tracker(packet(10))).toBe(true);
  expect(tracker(packet(PACKET_BYTES_MAX + 1).subarray(0, 5))).toBe(false);
  expect(createPacketTracker()(packet(20_000).subarray(0, 4))).toBe(false);
  expect(createPacketTracker()(Uint8Array.of(0x10, 0xff, 0xff, 0xff, 0xff))).toBe(false);
});

test('larger packets share one budget, and what a packet took comes back with its end', () => {
  const budget = createPacketBudget(50_000);
  const trackers = [0, 1].map(() => {
    let held = 0;
    return createPacketTracker({
      began: (bytes) => {
        held = bytes;
        return budget.take(bytes);
      },
      ended: () => budget.give(held),
    });
  });
  const [one, other] = trackers;
  const large = packet(30_000);
  for (const tracker of trackers) expect(tracker(packet(10))).toBe(true);
  expect(one?.(large.subarray(0, 100))).toBe(true);
  expect(budget.take(30_000)).toBe(false);
  expect(budget.take(4_000)).toBe(true);
  expect(one?.(large.subarray(100))).toBe(true);
  expect(other?.(large)).toBe(true);
  expect(budget.take(50_000)).toBe(true);
});
