import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Store } from '../store/index.ts';
import { checkUpload } from './check-upload.ts';

export interface IntakeOptions {
  readonly port: number;
  /** Absent = every interface: it is there for others. */
  readonly host?: string;
  /** Every collector presents it; asked for at every request, because it may be changed. */
  token(): string;
  /** Undefined for the moment in which the log is opened again. */
  store(): Store | undefined;
}

/** The agent as a workstation: other collectors of the factory upload to it as they would to the platform. */
export interface Intake {
  /** As given, or chosen by the system for 0. */
  readonly port: number;
  health(): {
    readonly uploads: number;
    readonly accepted: number;
    readonly rejected: number;
    readonly refused: number;
  };
  close(): Promise<void>;
}

/** As the platform has it. */
const BODY_BYTES_MAX = 2 * 1_048_576;
/** Of all uploads under way: the agent has to fit beside its drivers into 200 MB. */
const BODIES_BYTES_MAX = 16 * 1_048_576;
/** Collectors of one factory. */
const CONNECTIONS_MAX = 256;
/** A client that sends its request slower than this is cut off (slow-loris). */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than the widest fsync interval would be a fault of the disk; the collector keeps its records and comes again. */
const DURABLE_TIMEOUT_MS = 65_000;
const RETRY_AFTER_S = 10;
/** Records in one entry of the log, so that one entry stays far below what the log takes. */
const ENTRY_RECORDS_MAX = 500;

/** Rejects when the port is taken. */
export async function openIntake(options: IntakeOptions): Promise<Intake> {
  const counted = { uploads: 0, accepted: 0, rejected: 0, refused: 0 };
  let bodyBytes = 0;
  const room: BodyRoom = {
    take: (bytes) => {
      if (bodyBytes + bytes > BODIES_BYTES_MAX) return false;
      bodyBytes += bytes;
      return true;
    },
    give: (bytes) => {
      bodyBytes -= bytes;
    },
  };
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 5_000,
    },
    (request, response) => {
      response.on('error', () => request.destroy());
      void serve(request, room, options).then((reply) => {
        if (reply.status === 200) {
          counted.uploads++;
          counted.accepted += reply.accepted ?? 0;
          counted.rejected += reply.rejected ?? 0;
        } else counted.refused++;
        send(request, response, reply);
      });
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.on('clientError', (_cause, socket) => socket.destroy());
  const port = await listen(server, options);
  return {
    port,
    health: () => ({ ...counted }),
    close: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface BodyRoom {
  take(bytes: number): boolean;
  give(bytes: number): void;
}

interface Reply {
  readonly status: number;
  readonly body: object;
  readonly accepted?: number;
  readonly rejected?: number;
}

function listen(server: Server, { port, host }: IntakeOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Without a host Node tries `::`, which takes IPv4 too, and then 0.0.0.0: a box without IPv6 listens as well.
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

async function serve(request: IncomingMessage, room: BodyRoom, options: IntakeOptions): Promise<Reply> {
  if (request.url !== '/api/v3/machine-records')
    return refusal(404, 'not-found', 'Machine records are uploaded to /api/v3/machine-records.');
  if (request.method !== 'POST') return refusal(405, 'method-not-allowed', 'Machine records are posted.');
  if (!isAllowed(request.headers.authorization, options.token()))
    return refusal(401, 'unauthorised', 'The bearer token is not the one of this gateway’s intake.');
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? ''))
    return refusal(415, 'wrong-content-type', 'The body must be application/json.');
  const store = options.store();
  const full = store === undefined ? 'disk' : store.full();
  if (store === undefined || full !== undefined) return busy(`Nothing more can be kept now (${full}).`);
  let taken = 0;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      if (taken + chunk.length > BODY_BYTES_MAX)
        return refusal(413, 'body-too-large', `A body has at most ${BODY_BYTES_MAX} bytes.`);
      if (!room.take(chunk.length)) return busy('Too many uploads are under way.');
      taken += chunk.length;
      chunks.push(chunk);
    }
    return await keep(store, Buffer.concat(chunks));
  } catch (cause) {
    // The collector went away in the middle of its request, or the log was closed under it: it keeps what it has.
    return busy(cause instanceof Error ? cause.message : String(cause));
  } finally {
    room.give(taken);
  }
}

async function keep(store: Store, body: Buffer): Promise<Reply> {
  const parsed = parse(body);
  if (parsed === undefined) return refusal(400, 'malformed-json', 'The body is not JSON in UTF-8.');
  const checked = checkUpload(parsed.value);
  if ('code' in checked) return refusal(400, checked.code, checked.detail);
  const { records, answer } = checked;
  for (let from = 0; from < records.length; from += ENTRY_RECORDS_MAX) {
    const appended = store.append({
      kind: 'records',
      records: records.slice(from, from + ENTRY_RECORDS_MAX),
    });
    if ('refused' in appended) return busy(`Nothing more can be kept now (${appended.refused}).`);
  }
  if (records.length > 0 && !(await isDurable(store))) return busy('The disk has not taken it in time.');
  return { status: 200, body: answer, accepted: answer.accepted, rejected: answer.rejected };
}

/** What was appended and not answered comes a second time: the platform knows it as a duplicate. */
async function isDurable(store: Store): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), DURABLE_TIMEOUT_MS);
  store.durable().then(
    () => resolve(true),
    () => resolve(false),
  );
  const done = await promise;
  clearTimeout(timer);
  return done;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function parse(body: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(UTF8.decode(body)) };
  } catch {
    // Not JSON, or not UTF-8: both are told as one.
    return undefined;
  }
}

/** Digests have the same length whatever is presented, and comparing them takes the same time. */
function isAllowed(header: string | undefined, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const presented = /^Bearer (.+)$/i.exec(header ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(presented), digest(token)) && token !== '';
}

const busy = (detail: string): Reply =>
  refusal(503, 'intake-full', `${detail} Keep the records and come again.`);

/** As the platform's refusals. [RFC 9457] */
function refusal(status: number, code: string, detail: string): Reply {
  const title = code.replaceAll('-', ' ');
  return { status, body: { type: `urn:millrace:refusal:${code}`, title, status, detail, code } };
}

function send(request: IncomingMessage, response: ServerResponse, { status, body }: Reply): void {
  if (response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': status === 200 ? 'application/json' : 'application/problem+json',
    'content-length': Buffer.byteLength(text),
    ...(status === 503 ? { 'retry-after': String(RETRY_AFTER_S) } : {}),
    // What is left of a body that is not wanted is not read.
    ...(request.complete ? {} : { connection: 'close' }),
  });
  response.end(text);
}
