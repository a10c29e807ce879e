import type { Socket } from 'node:net';

/** An upload of 10,000 records is about 1 MB; nothing a gateway sends is larger than what HTTP takes. */
export const PACKET_BYTES_MAX = 2 * 1024 * 1024;
/** CONNECT carries an id, a token and perhaps a will; who sends more before that is not a device. */
const FIRST_PACKET_BYTES_MAX = 16 * 1024;
/** Packets up to this size are not accounted for: with every connection open they are 80 MB together. */
const SMALL_BYTES = 4 * 1024;
/** Bytes of larger packets under way at once, of all connections: half received, or waiting for their COMMIT. */
const BUDGET_BYTES = 128 * 1024 * 1024;

/** What larger packets may take of the memory, together. */
export interface PacketBudget {
  /** False when there is no room; then nothing was taken. */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

export function createPacketBudget(bytesMax = BUDGET_BYTES): PacketBudget {
  let left = bytesMax;
  return {
    take: (bytes) => {
      if (bytes <= SMALL_BYTES) return true;
      if (bytes > left) return false;
      left -= bytes;
      return true;
    },
    give: (bytes) => {
      if (bytes > SMALL_BYTES) left += bytes;
    },
  };
}

/**
 * Follows the packet boundaries of the stream [MQTT-2.2.3] and cuts the connection at the first packet whose announced length
 * is too large, or for which there is no room: the parser behind it would otherwise gather up to 256 MB for each client.
 */
export function limitPacketSize(
  socket: Socket,
  budget: PacketBudget,
  refused: (code: 'packet-too-large' | 'no-room') => void,
): void {
  let held = 0;
  let full = false;
  const tracker = createPacketTracker({
    began: (bytes) => {
      full = !budget.take(bytes);
      if (!full) held = bytes;
      return !full;
    },
    ended: () => {
      budget.give(held);
      held = 0;
    },
  });
  socket.once('close', () => {
    budget.give(held);
    held = 0;
  });
  const read = socket.read.bind(socket);
  socket.read = (size?: number) => {
    const chunk: unknown = read(size);
    if (chunk instanceof Uint8Array && !tracker(chunk)) {
      refused(full ? 'no-room' : 'packet-too-large');
      socket.destroy();
      return null;
    }
    return chunk;
  };
}

export interface PacketObserver {
  /** The length of a packet is known; false refuses it. */
  began(bytes: number): boolean;
  ended(): void;
}
const INDIFFERENT: PacketObserver = { began: () => true, ended: () => undefined };

/** False when a packet is too large, or its length is no length [MQTT-2.2.3: at most four bytes]. */
export function createPacketTracker(observer = INDIFFERENT): (chunk: Uint8Array) => boolean {
  let body = 0;
  let length = 0;
  let shift = 0;
  let inLength = false;
  let limit = FIRST_PACKET_BYTES_MAX;
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (body > 0) {
        const taken = Math.min(body, chunk.length - at);
        body -= taken;
        at += taken;
        if (body === 0) observer.ended();
      } else if (!inLength) {
        inLength = true;
        length = 0;
        shift = 0;
        at++;
      } else {
        const byte = chunk[at++] as number;
        length += (byte & 0x7f) * 2 ** shift;
        shift += 7;
        if (length > limit || (byte > 0x7f && shift > 21)) return false;
        if (byte > 0x7f) continue;
        inLength = false;
        body = length;
        limit = PACKET_BYTES_MAX;
        if (body > 0 && !observer.began(body)) return false;
      }
    }
    return true;
  };
}
