import { connect } from 'node:net';

/** The least of an MQTT 3.1.1 client: connects, publishes at QoS 1, hears acknowledgements; the generator must stay cheap. */
export interface MqttSocket {
  publish(topic: string, payload: string, id: number): void;
  close(): void;
}

const CONNACK = 0x20;
const PUBACK = 0x40;
/** Every packet of a broker to a client that only publishes is this long [MQTT-3.1.1 §3.2, §3.4]. */
const ANSWER_BYTES = 4;
const KEEP_ALIVE_S = 300;

export interface MqttEvents {
  acknowledged(id: number): void;
  closed(): void;
}

export function openMqttSocket(
  port: number,
  name: string,
  token: string,
  events: MqttEvents,
): Promise<MqttSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let rest: Buffer = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('close', events.closed);
    socket.once('connect', () => {
      socket.write(
        packet(0x10, [text('MQTT'), Buffer.of(4, 0x82, 0, 0), text(name), text(token)], (body) =>
          body.writeUInt16BE(KEEP_ALIVE_S, 8),
        ),
      );
    });
    socket.on('data', (chunk: Buffer) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      for (; at + ANSWER_BYTES <= bytes.length; at += ANSWER_BYTES) {
        const kind = (bytes[at] ?? 0) & 0xf0;
        const number = bytes.readUInt16BE(at + 2);
        if (kind === PUBACK) events.acknowledged(number);
        else if (kind === CONNACK && number === 0) resolve(client);
        else reject(new TypeError(`unexpected packet ${kind} ${number}`));
      }
      rest = bytes.subarray(at);
    });
    const client: MqttSocket = {
      publish: (topic, payload, id) => {
        const number = Buffer.alloc(2);
        number.writeUInt16BE(id);
        socket.write(packet(0x32, [text(topic), number, Buffer.from(payload)]));
      },
      close: () => socket.destroy(),
    };
  });
}

function text(words: string): Buffer {
  const bytes = Buffer.from(`  ${words}`);
  bytes.writeUInt16BE(bytes.length - 2);
  return bytes;
}

function packet(head: number, parts: readonly Buffer[], patch?: (body: Buffer) => void): Buffer {
  const body = Buffer.concat(parts);
  patch?.(body);
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.of(head, ...length), body]);
}
