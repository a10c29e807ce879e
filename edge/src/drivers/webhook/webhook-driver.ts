import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { BrowseNode, ReadValue, WebhookSettings } from '@millrace/contract';
import { type FarDocument, parseDocument } from '../../document/index.ts';
import {
  type Driver,
  type DriverContext,
  DriverFault,
  type Sample,
  type TagAddress,
} from '../../driver/index.ts';
import { FirstArrival, faultWords } from '../../net/index.ts';

/** What a machine tells of itself has some kilobytes. */
const BODY_BYTES = 1_048_576;
/** Senders at the same time; each holds at most one body in memory. */
const CONNECTIONS = 64;
/** A request that is not whole by then comes from a sender that hangs. */
const REQUEST_MS = 10_000;

interface Refusal {
  readonly status: number;
  readonly reason: string;
}

/** The sender hears 200 when its values were handed over, and otherwise why not. */
export class WebhookDriver implements Driver {
  readonly #context: DriverContext;
  readonly #settings: WebhookSettings;
  #server: Server | undefined;
  #bearer: Buffer | undefined;
  #closed = false;
  #tags: readonly TagAddress[] = [];
  #last: { readonly document: FarDocument; readonly at: number } | undefined;
  readonly #first = new FirstArrival();

  constructor(context: DriverContext) {
    this.#context = context;
    this.#settings = context.settings as WebhookSettings;
  }

  async connect(): Promise<void> {
    const { port, host, bearer } = this.#settings;
    if (bearer !== undefined) this.#bearer = digest(this.#context.secret(bearer));
    const server = createServer((request, response) => void this.#answer(request, response));
    this.#server = server;
    server.maxConnections = CONNECTIONS;
    server.requestTimeout = REQUEST_MS;
    server.headersTimeout = REQUEST_MS;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => {
        reject(new DriverFault(faultWords(`Port ${port} of this gateway`, cause), { cause }));
      });
      server.once('close', () => reject(new DriverFault('the connection was closed')));
      server.listen(port, host, resolve);
    });
    server.on('error', (cause) => this.#lost(cause.message));
  }

  async subscribe(tags: readonly TagAddress[]): Promise<void> {
    this.#tags = tags;
  }

  async read(tags: readonly TagAddress[]): Promise<readonly ReadValue[]> {
    if (this.#tags.length === 0) await this.#first.wait();
    return tags.map((tag) => {
      const at = this.#last?.at ?? null;
      const taken = this.#last?.document.take(tag.address, tag.type);
      const nothing =
        this.#last === undefined ? 'nothing was sent so far' : 'the last document has nothing there';
      if (taken === undefined)
        return { address: tag.address, value: null, quality: 'bad', at, error: nothing };
      return {
        address: tag.address,
        value: taken.value,
        quality: taken.quality,
        at,
        error: taken.error ?? null,
      };
    });
  }

  async browse(parent: string | undefined, limit: number): Promise<readonly BrowseNode[]> {
    await this.#first.wait();
    return this.#last?.document.children(parent, limit) ?? [];
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#first.settle();
    const server = this.#server;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #lost(reason: string): void {
    if (!this.#closed) this.#context.lost(reason);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const taken = await this.#take(request).catch((cause: unknown) => ({
      status: 400,
      reason: `the body broke off: ${cause instanceof Error ? cause.message : String(cause)}`,
    }));
    const status = 'status' in taken ? taken.status : 200;
    // The rest of a refused body is not read: its connection cannot be used again.
    if (!request.complete) response.setHeader('connection', 'close');
    if (status === 405) response.setHeader('allow', 'POST, PUT');
    if (status === 503) response.setHeader('retry-after', '5');
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify('status' in taken ? { error: taken.reason } : taken));
  }

  async #take(request: IncomingMessage): Promise<Refusal | { readonly taken: number; readonly bad: object }> {
    const refusal = this.#refuse(request);
    if (refusal !== undefined) return refusal;
    const body = await readBody(request);
    if (body === undefined) return { status: 413, reason: `a body has at most ${BODY_BYTES} bytes` };
    let document: FarDocument;
    try {
      document = parseDocument(this.#settings.format, body, request.headers['content-type']);
    } catch (fault) {
      return { status: 400, reason: fault instanceof Error ? fault.message : String(fault) };
    }
    const at = this.#context.now();
    this.#last = { document, at };
    this.#first.settle();
    return this.#closed ? { status: 503, reason: 'the gateway is stopping' } : this.#handOver(document, at);
  }

  #refuse(request: IncomingMessage): Refusal | undefined {
    const path = (request.url ?? '').split('?')[0];
    if (path !== this.#settings.path) return { status: 404, reason: 'there is nothing at this path' };
    if (request.method !== 'POST' && request.method !== 'PUT') {
      return { status: 405, reason: 'send the document with POST or PUT' };
    }
    const presented = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (this.#bearer !== undefined && !timingSafeEqual(this.#bearer, digest(presented))) {
      return { status: 401, reason: 'the bearer token is missing or wrong' };
    }
    if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES) {
      return { status: 413, reason: `a body has at most ${BODY_BYTES} bytes` };
    }
    return undefined;
  }

  /** A document may tell of some tags only: the others stay as they are. */
  #handOver(document: FarDocument, at: number): Refusal | { readonly taken: number; readonly bad: object } {
    // Taken without a tag it would be acknowledged and forgotten.
    if (this.#tags.length === 0) return { status: 503, reason: 'the gateway does not want any values yet' };
    const samples = this.#tags.flatMap((tag, index): Sample[] => {
      const taken = document.take(tag.address, tag.type);
      return taken === undefined ? [] : [{ tag: index, at, ...taken }];
    });
    if (samples.length === 0)
      return { status: 422, reason: 'none of the configured addresses is in the document' };
    this.#context.sink(samples);
    const bad = samples.filter(({ quality }) => quality !== 'good');
    return {
      taken: samples.length - bad.length,
      bad: Object.fromEntries(bad.map(({ tag, error }) => [this.#tags[tag]?.address ?? '', error])),
    };
  }
}

/** Of equal length whatever was presented, so that comparing tells nothing. */
const digest = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Undefined when it is too large. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  // Without destroyOnReturn the refusal would go down with the connection.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > BODY_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
