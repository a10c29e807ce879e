import type { Problem } from '@millrace/contract';

/** The server's "no" (RFC 9457), or the lack of any answer, in one shape that every page can show. */
export class ApiProblem extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.detail, options);
    this.name = 'ApiProblem';
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }
}

export type QueryValues = Readonly<Record<string, string | number | boolean | undefined>>;
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type RequestOptions = Readonly<{
  query?: QueryValues;
  body?: unknown;
  /** Sent as it is, with this content type, instead of JSON. */
  text?: { readonly type: string; readonly content: string };
  signal?: AbortSignal;
}>;

/** A page that hangs is worse than a page that says so; the slowest question of the API takes a few seconds. */
const ANSWER_TIMEOUT_MS = 30_000;
const BASE = '/api/v3';

export async function request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
  const answer = await send(method, path, options);
  if (!answer.ok) throw await refusalOf(answer);
  if (answer.status === 204) return undefined as T;
  // The wire: the server validates its answers against the same contract these types come from.
  const type = answer.headers.get('content-type') ?? '';
  return (type.includes('json') ? await answer.json() : await answer.text()) as T;
}

export function addressOf(path: string, query: QueryValues = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return `${BASE}${path}${text === '' ? '' : `?${text}`}`;
}

async function send(method: Method, path: string, options: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json, application/problem+json' };
  const init: RequestInit = { method, headers, credentials: 'same-origin' };
  // The server refuses a state change from a browser without this header: another site's form cannot send it.
  if (method !== 'GET') headers['x-millrace-csrf'] = '1';
  if (options.text) {
    headers['content-type'] = options.text.type;
    init.body = options.text.content;
  } else if (options.body !== undefined) {
    headers['content-type'] = 'application/json';
    init.body = JSON.stringify(options.body);
  }
  const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  init.signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  try {
    return await fetch(addressOf(path, options.query), init);
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    const code = timeout.aborted ? 'no-answer' : 'unreachable';
    throw new ApiProblem(localProblem(code, 0, 'The server did not answer.'), { cause });
  }
}

async function refusalOf(answer: Response): Promise<ApiProblem> {
  const text = await answer.text();
  try {
    const problem: unknown = JSON.parse(text);
    if (isProblem(problem)) return new ApiProblem(problem);
  } catch (cause) {
    return new ApiProblem(localProblem('unexpected-answer', answer.status, answer.statusText), { cause });
  }
  return new ApiProblem(localProblem('unexpected-answer', answer.status, answer.statusText));
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'status' in value;
}

function localProblem(code: string, status: number, detail: string): Problem {
  return { type: `urn:millrace:refusal:${code}`, title: code, status, detail, code };
}
