import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Arrived, NodeSession } from './node-session.ts';
import type { Metric } from './payload.ts';
import { MESSAGE_KINDS, type MessageKind } from './sparkplug-address.ts';

const NOW = 1_750_000_000_000;
const LIMITS = { room: () => 1_000, isWanted: () => false };

const integer = (raw: number): Metric['value'] => ({ field: 'integer', bits: 32, raw: BigInt(raw) });
const metric = (name: string, alias: number, value: number): Metric => ({
  name,
  alias: String(alias),
  type: 'Int32',
  timestamp: NOW,
  isHistorical: false,
  isNull: false,
  value: integer(value),
});
const bare = (alias: number, value: number): Metric => ({
  alias: String(alias),
  isHistorical: false,
  isNull: false,
  value: integer(value),
});

function arrived(
  kind: MessageKind,
  device: string,
  seq: number | undefined,
  metrics: readonly Metric[],
): Arrived {
  const digest = JSON.stringify([kind, device, seq, metrics], (_key, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return { kind, device, payload: { metrics, ...(seq !== undefined && { seq }) }, digest, receivedAt: NOW };
}

/** An edge node with one device, by the book. */
class Node {
  readonly truth = { '': 0, d: 0 };
  #seq = 0;
  #bdSeq = 0;
  #aliases = 1;

  birth(): Arrived[] {
    this.#seq = 0;
    this.#aliases += 2;
    const bdSeq: Metric = { ...metric('bdSeq', 0, this.#bdSeq), type: 'UInt64' };
    return [
      arrived('NBIRTH', '', this.#next(), [bdSeq, metric('n', this.#aliases, this.truth[''])]),
      arrived('DBIRTH', 'd', this.#next(), [metric('v', this.#aliases + 1, this.truth.d)]),
    ];
  }

  data(device: '' | 'd', value: number): Arrived {
    this.truth[device] = value;
    const alias = this.#aliases + (device === '' ? 0 : 1);
    return arrived(device === '' ? 'NDATA' : 'DDATA', device, this.#next(), [bare(alias, value)]);
  }

  restart(): Arrived[] {
    const death = arrived('NDEATH', '', undefined, [{ ...metric('bdSeq', 0, this.#bdSeq), type: 'UInt64' }]);
    this.#bdSeq++;
    return [death, ...this.birth()];
  }

  #next(): number {
    const seq = this.#seq;
    this.#seq = (this.#seq + 1) % 256;
    return seq;
  }
}

const step = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constant('data' as const),
      device: fc.constantFrom('' as const, 'd' as const),
      value: fc.integer({ min: 0, max: 1_000_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rebirth' as const) }) },
);

test('whatever is lost or comes twice, a good value is the true one', () => {
  const property = fc.property(
    fc.array(step, { maxLength: 400 }),
    fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
    (steps, chances) => {
      const node = new Node();
      const session = new NodeSession(LIMITS);
      const deliver = (messages: readonly Arrived[]) => {
        for (const message of messages) {
          const chance = chances.next().value ?? 50;
          if (chance < 3) continue;
          session.take(message);
          if (chance > 97) session.take(message);
          for (const [device, name] of [
            ['', 'n'],
            ['d', 'v'],
          ] as const) {
            const shown = session.find(device, name)?.shown;
            // Of the other scope a change may just have been lost: that shows at the next message.
            if (shown?.quality === 'good' && message.device === device && message.kind !== 'NDEATH')
              expect(shown.value).toBe(node.truth[device]);
          }
        }
      };
      deliver(node.birth());
      for (const each of steps) {
        if (each.do === 'data') deliver([node.data(each.device, each.value)]);
        else deliver(each.do === 'restart' ? node.restart() : node.birth());
      }
      // A birth that arrives whole heals everything.
      for (const message of node.birth()) session.take(message);
      expect(session.find('', 'n')?.shown).toMatchObject({ value: node.truth[''], quality: 'good' });
      expect(session.find('d', 'v')?.shown).toMatchObject({ value: node.truth.d, quality: 'good' });
    },
  );
  fc.assert(property, { numRuns: 100 });
});

test('a message that is missing makes everything of the node uncertain, once, and asks for a rebirth each time', () => {
  const node = new Node();
  const session = new NodeSession(LIMITS);
  for (const message of node.birth()) session.take(message);
  node.data('d', 1);
  const news = session.take(node.data('', 2));
  expect(news.rebirth).toBe('message 2 is missing');
  expect(news.metrics.map(({ metric: name, shown }) => [name, shown.value, shown.quality])).toEqual([
    ['bdSeq', 0, 'uncertain'],
    ['n', 0, 'uncertain'],
    ['v', 0, 'uncertain'],
    ['n', 2, 'uncertain'],
  ]);
  expect(session.take(node.data('', 3))).toMatchObject({
    metrics: [{ shown: { value: 3, quality: 'uncertain' } }],
  });
});

test('sequence numbers begin again after 255, also when 0 is left out', () => {
  for (const zero of [0, undefined]) {
    const session = new NodeSession(LIMITS);
    session.take(arrived('NBIRTH', '', zero, [metric('n', 1, 0)]));
    for (let count = 1; count <= 600; count++) {
      const seq = count % 256 === 0 ? zero : count % 256;
      expect(session.take(arrived('NDATA', '', seq, [bare(1, count)])).rebirth).toBeUndefined();
    }
    expect(session.find('', 'n')?.shown).toMatchObject({ value: 600, quality: 'good' });
  }
});

test('after a rebirth of the node a device must be born again before it is believed, and is gone when it is not', () => {
  const node = new Node();
  const session = new NodeSession(LIMITS);
  for (const message of node.birth()) session.take(message);
  const [rebirth] = node.birth();
  if (rebirth) session.take(rebirth);
  expect(session.take(arrived('DDATA', 'd', 1, [bare(4, 9)]))).toMatchObject({
    metrics: [],
    rebirth: expect.any(String),
  });
  expect(session.tick(NOW + 1_000).metrics).toEqual([]);
  expect(session.tick(NOW + 60_000).metrics).toMatchObject([
    { metric: 'v', shown: { value: null, quality: 'bad' } },
  ]);
});

test('births beyond the room keep what is wanted, and what was left out asks for nothing', () => {
  const session = new NodeSession({ room: () => 1, isWanted: (_device, name) => name === 'c' });
  session.take(arrived('NBIRTH', '', 0, [metric('a', 1, 1), metric('b', 2, 2), metric('c', 3, 3)]));
  expect(['a', 'b', 'c'].map((name) => session.find('', name)?.shown.value)).toEqual([1, undefined, 3]);
  expect(session.take(arrived('NDATA', '', 1, [bare(2, 5), bare(3, 6)]))).toEqual({
    metrics: [{ device: '', metric: 'c', shown: expect.objectContaining({ value: 6 }) }],
  });
});

test('no order of messages makes it fail or shows a value of a dead scope', () => {
  const message = fc.record({
    kind: fc.constantFrom(...MESSAGE_KINDS),
    device: fc.constantFrom('d', 'e'),
    seq: fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined }),
    metrics: fc.array(
      fc.oneof(
        fc
          .record({ name: fc.constantFrom('a', 'b', 'bdSeq'), alias: fc.nat(3), value: fc.nat() })
          .map((one) => metric(one.name, one.alias, one.value)),
        fc.record({ alias: fc.nat(5), value: fc.nat() }).map((one) => bare(one.alias, one.value)),
      ),
      { maxLength: 4 },
    ),
  });
  const property = fc.property(fc.array(message, { maxLength: 60 }), (messages) => {
    const session = new NodeSession(LIMITS);
    for (const { kind, device, seq, metrics } of messages) {
      session.take(arrived(kind, kind.startsWith('D') ? device : '', seq, metrics));
      for (const birth of session.births())
        if (!session.isAlive(birth.device))
          expect(birth.shown).toMatchObject({ value: null, quality: 'bad' });
    }
  });
  fc.assert(property, { numRuns: 300 });
});
