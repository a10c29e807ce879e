import type { Socket } from 'node:net';

/** An upload of 10,000 records is about 1 MB; nothing a gateway sends is larger than what HTTP takes. */
export const PACKET_BYTES_MAX = 2 * 1024 * 1024;
/** CONNECT carries an id, a token and perhaps a will; who sends more before that is not a device. */
const FIRST_PACKET_BYTES_MAX = 16 * 1024;

/**
 * Follows the packet boundaries of the stream [MQTT-2.2.3] and cuts the connection at the first packet whose announced length
 * is too large: the parser behind it would otherwise gather up to 256 MB.
 */
export function limitPacketSize(socket: Socket, refused: () => void): void {
  const tracker = createPacketTracker();
  const read = socket.read.bind(socket);
  socket.read = (size?: number) => {
    const chunk: unknown = read(size);
    if (chunk instanceof Uint8Array && !tracker(chunk)) {
      refused();
      socket.destroy();
      return null;
    }
    return chunk;
  };
}

/** False when a packet is too large, or its length is no length [MQTT-2.2.3: at most four bytes]. */
export function createPacketTracker(): (chunk: Uint8Array) => boolean {
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
      }
    }
    return true;
  };
}
