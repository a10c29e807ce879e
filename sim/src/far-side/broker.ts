import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import { connectionsOf, cutOff } from './connections.ts';
import { listenAgain } from './listen.ts';

/** The machines' own broker, as it stands in many halls; not the platform's. */
export interface HallBroker {
  readonly url: string;
  close(): Promise<void>;
}

export async function openHallBroker(folder: string): Promise<HallBroker> {
  const broker = await Aedes.createBroker({
    preConnect: (_client, packet, done) => {
      // Aedes hands out new messages amid those that it kept for somebody, against [MQTT-4.6.0-6], and a counter would seem to
      // fall. So this broker keeps none, as small ones do: the next message has all pieces in it.
      packet.clean = true;
      done(null, true);
    },
  });
  const server = createServer((socket) => void broker.handle(socket));
  const sockets = connectionsOf(server);
  const port = await listenAgain(server, folder);
  return {
    url: `mqtt://127.0.0.1:${port}`,
    close: async () => {
      cutOff(server, sockets);
      await new Promise<void>((resolve) => broker.close(() => resolve()));
    },
  };
}
