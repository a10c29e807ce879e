import { createServer, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { listenLocally } from './listen.ts';

/** The machines' own broker, as it stands in many halls; not the platform's. */
export interface HallBroker {
  readonly url: string;
  close(): Promise<void>;
}

export async function openHallBroker(): Promise<HallBroker> {
  const broker = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    broker.handle(socket);
  });
  const port = await listenLocally(server);
  return {
    url: `mqtt://127.0.0.1:${port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await new Promise<void>((resolve) => broker.close(() => resolve()));
    },
  };
}
