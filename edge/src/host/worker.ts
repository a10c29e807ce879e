import { mkdirSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { type Driver, type DriverContext, DriverFault, type DriverKind, within } from '../driver/index.ts';
import { type Connection, openConnection } from './connection.ts';
import { isFault, reasonOf } from './fault.ts';
import { loadDriver } from './load-driver.ts';
import type { FromWorker, OpenConnection, Pace, ToWorker } from './message.ts';
import { askDriver } from './requests.ts';

/** Samples wait so long for company: a tenth of what a person notices, and a message costs as much as some hundred samples. */
const GATHER_MS = 50;
const BATCH_MAX = 2_000;
/** Batches on their way to the agent; beyond, samples wait here, where they are bounded. */
const UNDER_WAY_MAX = 8;

/** Runs the connections that one worker thread carries; everything it knows came in by message. */
function serve(port: NonNullable<typeof parentPort>, pace: Pace): void {
  const connections = new Map<number, Connection>();
  const latencies = new Map<number, number>();
  const skipped = new Map<number, number>();
  let underWay = 0;
  let gathering = false;
  const post = (message: FromWorker): void => port.postMessage(message);
  const send = (connection: number, { told }: Connection, underWayMax: number): void => {
    while (told[0] !== undefined && underWay < underWayMax) {
      const { generation, queue } = told[0];
      if (queue.size > 0) {
        post({ kind: 'samples', connection, generation, batch: queue.take(BATCH_MAX) });
        underWay++;
      } else if (told.length > 1) told.shift();
      else break;
    }
  };
  const flush = (): void => {
    gathering = false;
    for (const [code, connection] of connections) send(code, connection, UNDER_WAY_MAX);
  };
  const filled = (): void => {
    if (gathering) return;
    gathering = true;
    setTimeout(flush, GATHER_MS);
  };
  const contextOf = (open: OpenConnection): Omit<DriverContext, 'sink' | 'lost'> => ({
    settings: open.settings,
    latency: (ms) => latencies.set(open.connection, ms),
    skipped: (polls) => skipped.set(open.connection, (skipped.get(open.connection) ?? 0) + polls),
    now: () => Date.now(),
    secret: (name) => secretOf(open, name),
    folder: () => {
      mkdirSync(open.folder, { recursive: true, mode: 0o700 });
      return open.folder;
    },
  });
  const open = async (message: ToWorker & { kind: 'open' }): Promise<Connection> => {
    const { connection, generation, tags } = message;
    const kind = await loadDriver(message.driver);
    return openConnection(
      {
        kind,
        context: contextOf(message),
        pace,
        random: Math.random,
        state: (state, error) => post({ kind: 'state', connection, state, error }),
        filled,
        broken: (reason) => post({ kind: 'broken', connection, reason }),
      },
      { generation, tags },
    );
  };
  // What a connection still has when it is closed is bounded by its queue.
  const sendAll = (code: number, connection: Connection): void =>
    send(code, connection, Number.POSITIVE_INFINITY);
  const handle = createHandler({ connections, latencies, skipped, post, open, sendAll, contextOf, pace });
  port.on('message', (message: ToWorker) => {
    if (message.kind !== 'taken') return handle(message);
    underWay--;
    flush();
  });
}

interface HandlerParts {
  readonly connections: Map<number, Connection>;
  readonly latencies: Map<number, number>;
  readonly skipped: Map<number, number>;
  post(message: FromWorker): void;
  open(message: ToWorker & { kind: 'open' }): Promise<Connection>;
  sendAll(code: number, connection: Connection): void;
  contextOf(open: OpenConnection): Omit<DriverContext, 'sink' | 'lost'>;
  readonly pace: Pace;
}

function createHandler(parts: HandlerParts): (message: Exclude<ToWorker, { kind: 'taken' }>) => void {
  const { connections, latencies, skipped, post } = parts;
  /** Loading a driver takes a moment; what is asked meanwhile waits for it. */
  const opened = new Map<number, Promise<Connection | undefined>>();
  const answer = (connection: number, ask: number, work: ReturnType<Connection['ask']>): void => {
    const from = performance.now();
    work.then(
      (result) => post({ kind: 'answer', ask, result, latencyMs: performance.now() - from }),
      (cause: unknown) => {
        // A bug of the driver says nothing of what it had sent before.
        const said = isFault(cause) ? cause : { lasting: false, unanswered: true };
        const { lasting, unanswered } = said;
        const fault = { message: reasonOf(cause), lasting, unanswered: unanswered === true };
        post({ kind: 'refused', ask, fault });
        if (!isFault(cause)) post({ kind: 'broken', connection, reason: fault.message });
      },
    );
  };
  const open = async (message: ToWorker & { kind: 'open' }): Promise<Connection | undefined> => {
    try {
      const life = await parts.open(message);
      connections.set(message.connection, life);
      return life;
    } catch (cause) {
      // Only loading can fail here: a package is missing, which a person must install.
      post({ kind: 'state', connection: message.connection, state: 'failed', error: reasonOf(cause) });
      return undefined;
    }
  };
  const ask = async ({ connection, request }: ToWorker & { kind: 'ask' }): ReturnType<Connection['ask']> => {
    const life = await opened.get(connection);
    if (life === undefined) throw new DriverFault('not connected');
    return await life.ask(request);
  };
  const close = async (connection: number): Promise<void> => {
    const life = await opened.get(connection);
    opened.delete(connection);
    await life?.close();
    if (life !== undefined) parts.sendAll(connection, life);
    connections.delete(connection);
    post({ kind: 'closed', connection });
  };
  return (message) => {
    switch (message.kind) {
      case 'ping':
        post({ kind: 'pong', latencies, skipped });
        latencies.clear();
        return skipped.clear();
      case 'open':
        return void opened.set(message.connection, open(message));
      case 'subscribe':
        return void opened.get(message.connection)?.then((life) => life?.subscribe(message));
      case 'ask':
        return answer(message.connection, message.ask, ask(message));
      case 'look':
        return answer(message.connection, message.ask, look(message, parts.contextOf(message), parts.pace));
      case 'close':
        return void close(message.connection);
    }
  };
}

/** A connection only to look: opened, asked, closed. */
async function look(
  message: ToWorker & { kind: 'look' },
  context: Omit<DriverContext, 'sink' | 'lost'>,
  pace: Pace,
): ReturnType<Connection['ask']> {
  const kind = await loadDriver(message.driver);
  // Only a look needs the schema compiler; a thread that counts starts without it.
  const { settingsFault } = await import('./settings.ts');
  const wrong = settingsFault(kind, message.settings) ?? addressFault(kind, message);
  if (wrong !== undefined) throw new DriverFault(wrong, { lasting: true });
  const { request } = message;
  if (request.kind === 'discover') return await within(request.kind, pace.lookMaxMs, offersOf(kind, context));
  const lost = Promise.withResolvers<never>();
  const driver: Driver = kind.open({
    ...context,
    sink: () => undefined,
    lost: (reason) => lost.reject(new DriverFault(reason)),
  });
  try {
    const work = driver.connect().then(() => askDriver(driver, request));
    return await within(request.kind, pace.lookMaxMs, Promise.race([work, lost.promise]));
  } finally {
    // The thread ends with the look: what does not close is closed with it, and the answer stands.
    await within('closing the connection', pace.closeMaxMs, driver.close()).catch(() => undefined);
  }
}

async function offersOf(
  kind: DriverKind,
  context: Omit<DriverContext, 'sink' | 'lost'>,
): ReturnType<Connection['ask']> {
  if (kind.discover === undefined)
    throw new DriverFault('this protocol has no way to ask what there is: type the settings');
  return { offers: await kind.discover(context) };
}

function addressFault(kind: DriverKind, { request }: ToWorker & { kind: 'look' }): string | undefined {
  if (request.kind !== 'read') return undefined;
  // Each address answers for itself; only when none can be read is there nothing to open.
  const faults = request.tags.map((tag) => kind.checkAddress(tag));
  return faults.every((fault) => fault !== undefined) ? faults[0] : undefined;
}

function secretOf({ secrets, withheld }: OpenConnection, name: string): string {
  const value = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
  if (value !== undefined) return value;
  const why = Object.hasOwn(withheld, name) ? withheld[name] : undefined;
  throw new DriverFault(why ?? `there is no entry "${name}" in the gateway's secrets.yaml`, {
    lasting: true,
  });
}

if (parentPort !== null) serve(parentPort, (workerData as { readonly pace: Pace }).pace);
