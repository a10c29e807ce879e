import type { Tx } from '../kernel/index.ts';
import { MINUTE_MS } from './local-day.ts';
import { encodeFloats, encodeInts } from './pg-array.ts';
import type { TelemetryMessage } from './telemetry.ts';

/** One row per organisation, whatever the number of messages. */
export async function insertTelemetry(
  tx: Tx,
  messages: readonly TelemetryMessage[],
  receivedAt: number,
  newId: () => string,
): Promise<void> {
  const byOrganisation = Map.groupBy(messages, ({ orgId }) => orgId);
  for (const [orgId, group] of [...byOrganisation].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const packed = pack(group);
    await tx.run(
      `INSERT INTO telemetry_group (org_id, received_at, id, network_id, first_at, last_at, machines, signals,
         message_machine, message_at_ms, value_message, value_signal, value, text_message, text_signal, text_value)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
      [
        orgId,
        new Date(receivedAt),
        newId(),
        group[0]?.networkId,
        new Date(packed.firstAt),
        new Date(packed.lastAt),
        packed.machines,
        packed.signals,
        ints('int4', packed.messageMachine),
        ints('int4', packed.messageAtMs),
        ints('int4', packed.valueMessage),
        ints('int2', packed.valueSignal),
        encodeFloats(Float64Array.from(packed.values)),
        ...(packed.texts.length === 0
          ? [null, null, null]
          : [ints('int4', packed.textMessage), ints('int2', packed.textSignal), packed.texts]),
      ],
    );
  }
}

interface Packed {
  readonly firstAt: number;
  readonly lastAt: number;
  readonly machines: string[];
  readonly signals: string[];
  readonly messageMachine: number[];
  readonly messageAtMs: number[];
  readonly valueMessage: number[];
  readonly valueSignal: number[];
  readonly values: number[];
  readonly textMessage: number[];
  readonly textSignal: number[];
  readonly texts: string[];
}

function pack(messages: readonly TelemetryMessage[]): Packed {
  const machines = createDictionary();
  const signals = createDictionary();
  let firstAt = Number.POSITIVE_INFINITY;
  let lastAt = 0;
  for (const { at } of messages) {
    firstAt = Math.min(firstAt, at);
    lastAt = Math.max(lastAt, at);
  }
  const packed: Packed = {
    firstAt,
    lastAt,
    machines: machines.words,
    signals: signals.words,
    messageMachine: [],
    messageAtMs: [],
    valueMessage: [],
    valueSignal: [],
    values: [],
    textMessage: [],
    textSignal: [],
    texts: [],
  };
  messages.forEach((message, index) => {
    packed.messageMachine.push(machines.indexOf(message.machineId));
    packed.messageAtMs.push(message.at - firstAt);
    for (const [name, value] of message.numbers) {
      packed.valueMessage.push(index);
      packed.valueSignal.push(signals.indexOf(name));
      packed.values.push(value);
    }
    for (const [name, value] of message.texts) {
      packed.textMessage.push(index);
      packed.textSignal.push(signals.indexOf(name));
      packed.texts.push(value);
    }
  });
  return packed;
}

function createDictionary(): { readonly words: string[]; indexOf(word: string): number } {
  const words: string[] = [];
  const index = new Map<string, number>();
  return {
    words,
    indexOf: (word) => {
      let at = index.get(word);
      if (at === undefined) {
        at = words.push(word) - 1;
        index.set(word, at);
      }
      return at;
    },
  };
}

function ints(type: 'int2' | 'int4', numbers: readonly number[]): Buffer {
  const values = Int32Array.from(numbers);
  return encodeInts(type, values, 0, values.length, values, 0);
}

/** Every touched minute is marked each time: the row lock makes the fold in progress and the writer take turns. */
export async function markMinutes(tx: Tx, messages: readonly TelemetryMessage[]): Promise<void> {
  const marks = new Map<string, readonly [orgId: string, networkId: string, minute: number]>();
  for (const { orgId, networkId, at } of messages) {
    const minute = Math.floor(at / MINUTE_MS);
    marks.set(`${orgId} ${minute}`, [orgId, networkId, minute]);
  }
  const wanted = [...marks.values()];
  await tx.run(
    `INSERT INTO telemetry_minute_dirty AS d (org_id, network_id, minute)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS m (org_id, network_id, minute) ORDER BY 1, 3
     ON CONFLICT (org_id, minute) DO UPDATE SET marks = d.marks + 1`,
    [
      wanted.map(([orgId]) => orgId),
      wanted.map(([, networkId]) => networkId),
      wanted.map(([, , minute]) => new Date(minute * MINUTE_MS)),
    ],
  );
}
