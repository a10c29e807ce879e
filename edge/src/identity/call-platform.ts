import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { boundedBody, onClosedWithoutAnswer } from '../net/index.ts';

/** What the platform said, whatever its status. */
export interface PlatformAnswer {
  readonly status: number;
  /** Parsed JSON; undefined when the body was empty or none. */
  readonly body: unknown;
  readonly retryAfterMs: number | undefined;
  /** The platform's clock by its `Date` header, whole seconds; epoch ms. [RFC 9110 §6.6.1] */
  readonly platformAt: number | undefined;
}

/** The platform could not be asked, or answered something that is no answer; in words for the status page. */
export class PlatformUnreachable extends Error {
  override readonly name = 'PlatformUnreachable';
}

/** A configuration of a thousand machines is a few MiB; more is not from our platform. */
const ANSWER_BYTES_MAX = 32 * 1_048_576;
/** Of an address in words. */
const WHERE_CHARACTERS_MAX = 200;
/** A pause longer than this would look like a dead agent. */
const RETRY_AFTER_MS_MAX = 300_000;

export interface PlatformCall {
  /** Address of the platform, for example `https://millrace.example`. */
  readonly server: string;
  /** Below `/api/v3`, for example `/edge/exchange`. */
  readonly path: string;
  readonly body: object;
  readonly token?: string;
  /** For the whole call, ms: a half-open line is noticed by it. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Posts JSON to the platform's API. Rejects with `PlatformUnreachable` only. */
export async function callPlatform(call: PlatformCall): Promise<PlatformAnswer> {
  const timeout = AbortSignal.timeout(call.timeoutMs);
  const signal = call.signal === undefined ? timeout : AbortSignal.any([timeout, call.signal]);
  try {
    const response = await send(call, signal);
    refuseDetour(response);
    const text = await readBody(response);
    return {
      status: response.statusCode ?? 0,
      body: parseJson(text),
      retryAfterMs: retryAfter(response.headers['retry-after']),
      platformAt: instantOf(response.headers.date),
    };
  } catch (cause) {
    if (cause instanceof PlatformUnreachable) throw cause;
    const why = timeout.aborted
      ? `no answer within ${Math.round(call.timeoutMs / 1_000)} s`
      : cause instanceof Error
        ? cause.message || cause.name
        : String(cause);
    throw new PlatformUnreachable(`${call.server}: ${why}`, { cause });
  }
}

function send(call: PlatformCall, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const url = new URL(`${call.server.replace(/\/+$/, '')}/api/v3${call.path}`);
  const payload = Buffer.from(JSON.stringify(call.body));
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
    method: 'POST',
    signal,
    headers: {
      'content-type': 'application/json',
      'content-length': payload.byteLength,
      accept: 'application/json',
      ...(call.token === undefined ? {} : { authorization: `Bearer ${call.token}` }),
    },
  });
  request.once('response', resolve);
  request.on('error', reject);
  onClosedWithoutAnswer(request, reject);
  request.end(payload);
  return promise;
}

/** A redirect is not followed: the token goes to the address that a person wrote, and nowhere else. */
function refuseDetour(response: IncomingMessage): void {
  const { statusCode = 0, headers } = response;
  const isRedirect = statusCode >= 300 && statusCode <= 399;
  if (!isRedirect && statusCode !== 407) return;
  response.destroy();
  if (statusCode === 407)
    throw new PlatformUnreachable(
      'status 407: the proxy in between wants a user and a password; write them into HTTPS_PROXY',
    );
  const to = `${headers.location ?? 'nowhere'}`.slice(0, WHERE_CHARACTERS_MAX);
  throw new PlatformUnreachable(
    `status ${statusCode}, a redirect to ${to}: when the platform is there, give the agent that address with --server`,
  );
}

async function readBody(response: IncomingMessage): Promise<string> {
  const body = await boundedBody(response, ANSWER_BYTES_MAX);
  if (body === undefined)
    throw new PlatformUnreachable(`the answer is longer than ${ANSWER_BYTES_MAX} bytes`);
  return body.toString('utf8');
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    // A proxy or a captive portal answers HTML: that is nobody's answer.
    throw new PlatformUnreachable('the answer is not JSON; is a proxy in between?', { cause });
  }
}

function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), RETRY_AFTER_MS_MAX) : undefined;
}

function instantOf(header: string | undefined): number | undefined {
  const at = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isFinite(at) ? at : undefined;
}
