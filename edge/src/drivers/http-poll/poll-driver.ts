import type { BrowseNode, HttpPollSettings, ReadValue } from '@millrace/contract';
import { type FarDocument, parseDocument, type TakenValue } from '../../document/index.ts';
import { type Driver, type DriverContext, DriverFault, type TagAddress } from '../../driver/index.ts';
import { faultWords, WebClient } from '../../net/index.ts';

const DEFAULT_POLL_MS = 1_000;
const DEFAULT_TIMEOUT_MS = 3_000;
/** A page of all values of a machine has some kilobytes; what is larger is the wrong address. */
const DOCUMENT_BYTES = 4_194_304;
/** One answer that does not come may be chance; after so many the connection is opened anew. */
const FAILURES = 3;

/** A server that answers each poll with the same document says that its values still hold, also by 304. */
export class PollDriver implements Driver {
  readonly #context: DriverContext;
  readonly #settings: HttpPollSettings;
  #web: WebClient | undefined;
  #url: URL | undefined;
  #tags: readonly TagAddress[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #failures = 0;
  #kept: { readonly etag: string; readonly document: FarDocument } | undefined;

  constructor(context: DriverContext) {
    this.#context = context;
    this.#settings = context.settings as HttpPollSettings;
  }

  async connect(): Promise<void> {
    this.#url = webAddress(this.#settings.url);
    const bearer = this.#settings.bearer;
    this.#web = new WebClient({
      headers: {
        accept: this.#settings.format === 'json' ? 'application/json' : 'application/xml, text/xml',
        ...this.#settings.headers,
        ...(bearer === undefined ? {} : { authorization: `Bearer ${this.#context.secret(bearer)}` }),
      },
      timeoutMs: this.#settings.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    });
    await this.#document();
  }

  async subscribe(tags: readonly TagAddress[]): Promise<void> {
    this.#tags = tags;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#poll(), 0);
  }

  async read(tags: readonly TagAddress[]): Promise<readonly ReadValue[]> {
    const document = await this.#document();
    const at = this.#context.now();
    return tags.map((tag) => {
      const { value, quality, error } = valueAt(document, tag);
      return { address: tag.address, value, quality, at, error: error ?? null };
    });
  }

  async browse(parent: string | undefined, limit: number): Promise<readonly BrowseNode[]> {
    return (await this.#document()).children(parent, limit);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#web?.close();
  }

  async #poll(): Promise<void> {
    const began = performance.now();
    const tags = this.#tags;
    const answer = await this.#document().then(
      (document) => ({ document }),
      (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
    );
    // Other tags were asked for meanwhile: their own poll is on its way.
    if (this.#closed || tags !== this.#tags) return;
    const at = this.#context.now();
    if ('document' in answer) {
      this.#failures = 0;
      this.#context.sink(tags.map((tag, index) => ({ tag: index, at, ...valueAt(answer.document, tag) })));
    } else {
      const bad = { value: null, quality: 'bad', at, error: answer.error } as const;
      this.#context.sink(tags.map((_, index) => ({ tag: index, ...bad })));
      this.#failures += 1;
      if (this.#failures >= FAILURES) {
        this.#context.lost(answer.error);
        return;
      }
    }
    const pollMs = this.#settings.pollMs ?? DEFAULT_POLL_MS;
    this.#timer = setTimeout(() => void this.#poll(), Math.max(0, pollMs - (performance.now() - began)));
  }

  async #document(): Promise<FarDocument> {
    const { url, web } = { url: this.#url, web: this.#web };
    if (url === undefined || web === undefined) throw new DriverFault('not connected');
    const who = `The server at ${url.host}`;
    const began = performance.now();
    const kept = this.#kept;
    const headers = kept === undefined ? {} : { 'if-none-match': kept.etag };
    const answer = await web.text(url, DOCUMENT_BYTES, headers).catch((cause: unknown) => {
      throw new DriverFault(faultWords(who, cause), { cause });
    });
    this.#context.latency(performance.now() - began);
    if (answer.status === 304 && kept !== undefined) return kept.document;
    if (answer.status !== 200) {
      throw new DriverFault(statusWords(who, answer.status), {
        lasting: answer.status === 401,
      });
    }
    try {
      const document = parseDocument(this.#settings.format, answer.bytes, answer.headers['content-type']);
      const etag = answer.headers.etag;
      this.#kept = etag === undefined ? undefined : { etag, document };
      return document;
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new DriverFault(`${who} answers what cannot be read: ${why}`, { cause });
    }
  }
}

/** Also refuses a password in the address: it would lie on the platform. */
function webAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new DriverFault(`${text} is no address that begins with http:// or https://`, { lasting: true });
  }
  if (url.username !== '' || url.password !== '') {
    throw new DriverFault('A password belongs into secrets.yaml, not into the address', { lasting: true });
  }
  return url;
}

function valueAt(document: FarDocument, tag: TagAddress): TakenValue {
  return (
    document.take(tag.address, tag.type) ?? {
      value: null,
      quality: 'bad',
      error: `the document has nothing at ${tag.address}`,
    }
  );
}

function statusWords(who: string, status: number): string {
  if (status === 401) return `${who} answers 401: it wants another password`;
  if (status === 403) return `${who} answers 403: this is not allowed to the agent`;
  if (status === 404) return `${who} answers 404: there is nothing at this address`;
  return `${who} answers with status ${status}`;
}
