import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scratchFolder } from '../../../../test/far-side/recorded-context.ts';
import { DriverFault } from '../../driver/index.ts';
import { OwnEchoes } from './own-echoes.ts';
import { RecentMessages } from './recent-messages.ts';
import { RepeatGuard } from './repeat-guard.ts';
import { REMEMBERED_MAX, SessionFile } from './session-file.ts';

function arrival(topic: string, payload: string, packetId: number, repeated = false) {
  return { topic, payload: Buffer.from(payload), retained: false, repeated, packetId };
}

test('whatever part of the acknowledgements is lost, a session that goes on hands each message on once', () => {
  const property = fc.property(
    fc.array(fc.constantFrom('true', 'false'), { minLength: 1, maxLength: 60 }),
    fc.nat(60),
    fc.nat(60),
    (payloads, reached, acknowledged) => {
      const first = new RepeatGuard([]);
      const handled = payloads.slice(0, reached);
      const got = handled.filter(
        (payload, index) => !first.isRepeat(arrival('t', payload, index + 1), false),
      );
      // The broker sends again, with the same ids, all that it has not seen acknowledged. [MQTT-4.4.0-1]
      const second = new RepeatGuard(JSON.parse(JSON.stringify(first.remembered())));
      const from = Math.min(acknowledged, handled.length);
      for (const [index, payload] of payloads.entries())
        if (index >= from && !second.isRepeat(arrival('t', payload, index + 1, index < reached), false))
          got.push(payload);
      expect(got).toEqual(payloads);
    },
  );
  fc.assert(property, { numRuns: 300 });
});

test('a packet id that is used again is another message, and old ones are forgotten', () => {
  const guard = new RepeatGuard([['x', 5]]);
  expect(guard.isRepeat(arrival('t', 'new', 5), false)).toBe(false);
  expect(guard.isRepeat(arrival('t', 'x', 5, true), false)).toBe(false);
  for (let id = 1; id <= 2 * REMEMBERED_MAX; id++) guard.isRepeat(arrival('t', String(id), id), true);
  expect(guard.remembered()).toHaveLength(REMEMBERED_MAX);
  expect(guard.isRepeat(arrival('t', String(2 * REMEMBERED_MAX), 1), true)).toBe(true);
  expect(guard.isRepeat(arrival('t', '1', 1), true)).toBe(false);
});

test('what is kept to look at stays within bounds, newest kept', () => {
  const recent = new RecentMessages(true);
  const payload = Buffer.alloc(1_000_000);
  for (let index = 0; index < 40; index++)
    recent.add({ topic: `t${index % 3}`, payload, retained: false, receivedAt: index });
  const kept = [...recent.all()].map(({ receivedAt }) => receivedAt);
  expect(kept.length).toBeLessThanOrEqual(8);
  expect(kept).toContain(39);
  const many = new RecentMessages(false);
  for (let index = 0; index < 5_000; index++)
    many.add({ topic: `t${index}`, payload: Buffer.alloc(1), retained: false, receivedAt: index });
  expect([...many.all()]).toHaveLength(2_000);
});

test('a session file that is torn or foreign is a new session, and one that cannot be written says so', () => {
  const folder = scratchFolder();
  const file = new SessionFile(folder);
  const state = { clientId: 'mr1', filters: ['a'], handled: [['digest', 3]] as const };
  file.write(state);
  expect(file.read()).toEqual(state);
  for (const rubbish of ['', '{"clientId":', '[]', '{"clientId":"","filters":[],"handled":[]}', 'null']) {
    writeFileSync(join(folder, 'session.json'), rubbish);
    expect(file.read()).toEqual({
      clientId: expect.stringMatching(/^mr[0-9a-f]{14}$/),
      filters: [],
      handled: [],
    });
  }
  mkdirSync(join(folder, 'session.json.part'));
  expect(() => file.write(state)).toThrow(DriverFault);
});

test('an echo is expected once, and not for ever', () => {
  let now = 0;
  const echoes = new OwnEchoes(true, () => now);
  const said = { topic: 't', payload: Buffer.from('1') };
  echoes.expect('t', '1');
  expect([echoes.isOwn(said), echoes.isOwn(said)]).toEqual([true, false]);
  echoes.expect('t', '1');
  now = 60_000;
  expect(echoes.isOwn(said)).toBe(false);
});
