import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { boundedBody, onClosedWithoutAnswer } from '../net/index.ts';

/** How long the platform may take; each is a half-open link noticed. */
export interface LineTimeouts {
  /** Until the connection stands, with TLS. A satellite link needs 3 s. */
  readonly connectMs: number;
  /** From then to the head of the answer: the platform commits first, and under load it queues for some seconds. */
  readonly answerMs: number;
  /** Everything together, for a link that trickles. */
  readonly wholeMs: number;
}
export const LINE_TIMEOUTS: LineTimeouts = { connectMs: 10_000, answerMs: 30_000, wholeMs: 60_000 };

export interface LineAnswer {
  readonly status: number;
  /** Parsed; undefined when it is not JSON. */
  readonly body: unknown;
  readonly retryAfterMs: number | undefined;
}

/** No answer: what became of the request is not known. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

export interface LineOptions {
  /** Address of the platform, for example `https://millrace.example`. */
  readonly server: string;
  /** Asked for at every request, because it may be changed. */
  token(): string;
  readonly timeouts?: LineTimeouts;
  /** `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`; absent = no proxy, whatever the environment says. */
  readonly proxyEnv?: NodeJS.ProcessEnv | undefined;
}

/** One connection to the platform, kept open between requests. */
export interface Line {
  /** Rejects with `NoAnswer` only. */
  post(path: string, body: string, signal: AbortSignal): Promise<LineAnswer>;
  close(): void;
}

/** An answer names at most a hundred rejections. */
const ANSWER_BYTES_MAX = 1_048_576;
/** A platform that asks for more is asked again all the same: an hour of silence looks like a dead agent. */
const RETRY_AFTER_MS_MAX = 300_000;

export function createLine({ server, token, timeouts = LINE_TIMEOUTS, proxyEnv }: LineOptions): Line {
  const isSecure = server.startsWith('https:');
  const options = { keepAlive: true, maxSockets: 1, ...(proxyEnv === undefined ? {} : { proxyEnv }) };
  const agent = isSecure ? new HttpsAgent(options) : new HttpAgent(options);
  const begin = (path: string, body: string): ClientRequest => {
    const url = new URL(`${server.replace(/\/+$/, '')}${path}`);
    const headers = {
      authorization: `Bearer ${token()}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      accept: 'application/json',
    };
    return (isSecure ? requestHttps : requestHttp)(url, { method: 'POST', agent, headers });
  };
  return {
    post: async (path, body, signal) => {
      const first = begin(path, body);
      try {
        return await exchange(first, body, timeouts, signal);
      } catch (cause) {
        // The platform closed the idle connection while the request was under way. Repeats are harmless. [nodejs http: reusedSocket]
        if (!first.reusedSocket || !isReset(cause) || signal.aborted) throw noAnswer(cause);
      }
      return exchange(begin(path, body), body, timeouts, signal).catch((cause: unknown) => {
        throw noAnswer(cause);
      });
    },
    close: () => agent.destroy(),
  };
}

const isReset = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE');

function noAnswer(cause: unknown): NoAnswer {
  if (cause instanceof NoAnswer) return cause;
  return new NoAnswer(cause instanceof Error ? cause.message || cause.name : String(cause), { cause });
}

async function exchange(
  request: ClientRequest,
  body: string,
  timeouts: LineTimeouts,
  signal: AbortSignal,
): Promise<LineAnswer> {
  const { connectMs, answerMs, wholeMs } = timeouts;
  const timers = new Set<NodeJS.Timeout>();
  const limit = (ms: number, words: string): NodeJS.Timeout => {
    const timer = setTimeout(() => request.destroy(new NoAnswer(words)), ms);
    timers.add(timer);
    return timer;
  };
  const abort = (): void => void request.destroy(new NoAnswer('the agent is being stopped'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    limit(wholeMs, `not done within ${wholeMs} ms`);
    const connecting = limit(connectMs, `no connection within ${connectMs} ms`);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const connected = (): void => {
        clearTimeout(connecting);
        limit(answerMs, `no answer within ${answerMs} ms`);
      };
      request.once('socket', (socket) => {
        if (!socket.connecting) connected();
        else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', connected);
      });
      request.once('response', resolve);
      request.on('error', reject);
      onClosedWithoutAnswer(request, reject);
      request.end(body);
      if (signal.aborted) abort();
    });
    return {
      status: response.statusCode ?? 0,
      body: parse(await readBody(response)),
      retryAfterMs: retryAfter(response.headers['retry-after']),
    };
  } finally {
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

async function readBody(response: IncomingMessage): Promise<string> {
  const body = await boundedBody(response, ANSWER_BYTES_MAX);
  if (body === undefined)
    throw new NoAnswer(`the answer is longer than ${ANSWER_BYTES_MAX} bytes; is a proxy in between?`);
  return body.toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy or a captive portal answers HTML: whoever reads the answer sees that it is none.
    return undefined;
  }
}

/** Seconds or a date. [RFC 9110 §10.2.3] */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), RETRY_AFTER_MS_MAX) : undefined;
}
