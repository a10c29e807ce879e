import { connect, createServer, type Socket } from 'node:net';

/** What a bad link does to one request and its answer. */
export const LINK_FAULTS = [
  /** The connection is gone before a byte of the request has passed. */
  'drop',
  'reset-in-request',
  'reset-in-answer',
  /** The request arrives and its answer does not: it will be sent a second time. */
  'lost-answer',
  /** The request arrives twice at once, as from a proxy that was impatient; one answer comes back. */
  'duplicate',
  /** Nothing passes any more, and nobody says so. */
  'half-open',
  'delay',
] as const;
export type LinkFault = (typeof LINK_FAULTS)[number];

export interface LossyProxyOptions {
  /** Port of the far side on loopback. */
  readonly targetPort: number;
  readonly seed: number;
  /** Part of the requests that something happens to, 0–1. */
  readonly faulty: number;
  /** How long `delay` holds a request, ms. */
  readonly delayMs: number;
  /** Only these; absent = all, equally often. */
  readonly faults?: readonly LinkFault[];
}

/** A TCP proxy on loopback that loses, delays and cuts, the same way for the same seed and order of requests. */
export interface LossyProxy {
  readonly port: number;
  /** How often each happened. */
  readonly happened: Readonly<Record<LinkFault, number>>;
  /** Requests that passed untouched. */
  passed(): number;
  /** Cuts everything and lets nobody in, until it is said to be up again. */
  setDown(isDown: boolean): void;
  setFaulty(part: number): void;
  close(): Promise<void>;
}

export async function openLossyProxy(options: LossyProxyOptions): Promise<LossyProxy> {
  const { targetPort, delayMs, faults = LINK_FAULTS } = options;
  const random = randomFrom(options.seed);
  const happened: Record<LinkFault, number> = {
    drop: 0,
    'reset-in-request': 0,
    'reset-in-answer': 0,
    'lost-answer': 0,
    duplicate: 0,
    'half-open': 0,
    delay: 0,
  };
  const open = new Set<Socket>();
  let { faulty } = options;
  let isDown = false;
  let untouched = 0;
  const draw = (): LinkFault | undefined => {
    const fault = random() < faulty ? faults[Math.floor(random() * faults.length)] : undefined;
    if (fault === undefined) untouched++;
    else happened[fault]++;
    return fault;
  };
  const keep = (socket: Socket): void => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    if (isDown) {
      client.resetAndDestroy();
      return;
    }
    const dial = (): Socket => {
      const target = connect(targetPort, '127.0.0.1');
      keep(target);
      return target;
    };
    join(client, dial, draw, delayMs);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the proxy has no port');
  const cutAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: address.port,
    happened,
    passed: () => untouched,
    setDown: (down) => {
      isDown = down;
      if (down) cutAll();
    },
    setFaulty: (part) => {
      faulty = part;
    },
    close: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      cutAll();
      await closed;
    },
  };
}

/** A request begins with the first bytes of the client after the last of the far side. */
function join(client: Socket, dial: () => Socket, draw: () => LinkFault | undefined, delayMs: number): void {
  const target = dial();
  let fault: LinkFault | undefined;
  let isAnswering = true;
  /** The way of a request's second copy, whose answer nobody reads. */
  let twin: Socket | undefined;
  const begin = (): void => {
    fault = draw();
    twin?.destroy();
    twin = fault === 'duplicate' ? dial().resume() : undefined;
  };
  const cut = (): void => {
    client.resetAndDestroy();
    target.destroy();
  };
  client.on('data', (bytes) => {
    if (isAnswering) begin();
    isAnswering = false;
    twin?.write(bytes);
    if (fault === 'half-open') return;
    if (fault === 'drop') cut();
    else if (fault === 'reset-in-request') {
      target.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), cut);
    } else if (fault === 'delay') {
      setTimeout(() => target.writable && target.write(bytes), delayMs);
    } else target.write(bytes);
  });
  target.on('data', (bytes) => {
    isAnswering = true;
    if (fault === 'half-open') return;
    if (fault === 'lost-answer') cut();
    else if (fault === 'reset-in-answer') client.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), cut);
    else client.write(bytes);
  });
  client.on('end', () => target.end());
  target.on('end', () => fault !== 'half-open' && client.end());
  client.on('close', () => {
    target.destroy();
    twin?.destroy();
  });
  target.on('close', () => fault !== 'half-open' && client.destroy());
}

/** Mulberry32: small, and good enough to choose misfortunes. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
