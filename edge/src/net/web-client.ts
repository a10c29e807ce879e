import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { boundedBody } from './bounded-body.ts';
import { onClosedWithoutAnswer } from './closed-without-answer.ts';

/** A controller moved to another path of its own server; a longer chain is a loop. */
const REDIRECTS = 3;
/** One stream and one request beside it, with one to spare. */
const SOCKETS = 3;
const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];

/** A whole answer. */
interface WebText {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** Asks one far side over HTTP, with bounds on time, size and redirects; the connection is kept between requests. */
export class WebClient {
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;
  readonly #closing = new AbortController();
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets: SOCKETS });
  readonly #https = new HttpsAgent({ keepAlive: true, maxSockets: SOCKETS });

  /** `headers` go with every request, never to another host. `timeoutMs` is for the first byte of an answer, and for the whole of a `text`. */
  constructor(options: { readonly headers: Readonly<Record<string, string>>; readonly timeoutMs: number }) {
    // Compressed bytes would defeat the bound on size.
    this.#headers = { ...options.headers, 'accept-encoding': 'identity' };
    this.#timeoutMs = options.timeoutMs;
  }

  /** The whole answer, at most `maxBytes`. Rejects with a `TypeError` in words for what the far side does wrong. */
  async text(url: URL, maxBytes: number, headers: Readonly<Record<string, string>> = {}): Promise<WebText> {
    const deadline = AbortSignal.timeout(this.#timeoutMs);
    try {
      const answer = await this.#follow(url, headers, deadline);
      const bytes = await readAll(answer, maxBytes);
      return { status: answer.statusCode ?? 0, headers: answer.headers, bytes };
    } catch (cause) {
      if (deadline.aborted) throw new TypeError(`no whole answer in ${this.#timeoutMs} ms`, { cause });
      throw cause;
    }
  }

  /** The beginning of an answer whose body may go on for ever; who asked reads or destroys it. */
  async stream(url: URL): Promise<IncomingMessage> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.#timeoutMs);
    try {
      return await this.#follow(url, {}, deadline.signal);
    } catch (cause) {
      if (deadline.signal.aborted) throw new TypeError(`no answer in ${this.#timeoutMs} ms`, { cause });
      throw cause;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Breaks off what is under way; what is asked for afterwards fails. */
  close(): void {
    this.#closing.abort();
    this.#http.destroy();
    this.#https.destroy();
  }

  async #follow(
    first: URL,
    headers: Readonly<Record<string, string>>,
    deadline: AbortSignal,
  ): Promise<IncomingMessage> {
    let url = first;
    for (let hop = 0; hop <= REDIRECTS; hop += 1) {
      const answer = await this.#ask(url, headers, deadline);
      const location = answer.headers.location;
      if (!REDIRECT_STATUSES.includes(answer.statusCode ?? 0) || location === undefined) return answer;
      answer.destroy();
      url = sameHost(url, location);
    }
    throw new TypeError(`more than ${REDIRECTS} redirects`);
  }

  #ask(url: URL, headers: Readonly<Record<string, string>>, deadline: AbortSignal): Promise<IncomingMessage> {
    const secure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const asked = (secure ? httpsRequest : httpRequest)(url, {
        agent: secure ? this.#https : this.#http,
        headers: { ...this.#headers, ...headers },
        signal: AbortSignal.any([deadline, this.#closing.signal]),
      });
      asked.once('response', (answer) => {
        // After the answer its reader hears of a break; without a listener the process would end.
        answer.on('error', () => asked.destroy());
        resolve(answer);
      });
      asked.on('error', reject);
      onClosedWithoutAnswer(asked, reject);
      asked.end();
    });
  }
}

/** A password in the headers must not travel to wherever a hostile answer points. */
function sameHost(from: URL, location: string): URL {
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (to === undefined) throw new TypeError('a redirect to no address');
  if (to.host !== from.host || to.protocol !== from.protocol) {
    throw new TypeError(`a redirect to ${to.origin}, another host, is refused`);
  }
  return to;
}

async function readAll(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const encoding = answer.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    answer.destroy();
    throw new TypeError(`answers in ${encoding}, which was not asked for`);
  }
  const bytes = await boundedBody(answer, maxBytes);
  if (bytes === undefined) throw new TypeError(`answers with more than ${maxBytes} bytes`);
  return bytes;
}
