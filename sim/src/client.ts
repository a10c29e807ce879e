import { setTimeout as pause } from 'node:timers/promises';

/** A refusal or failure of the platform, with its code. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: string;
  constructor(method: string, path: string, status: number, code: string, detail: string) {
    super(`${method} ${path}: ${status} ${code}: ${detail}`);
    this.status = status;
    this.code = code;
  }
}

export interface Client {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  put<T>(path: string, body: unknown): Promise<T>;
  patch<T>(path: string, body: unknown): Promise<T>;
  delete(path: string): Promise<void>;
  /** Text bodies: CSV imports. */
  upload<T>(path: string, text: string): Promise<T>;
}

/** Overload and restarts pass: this many tries, a little later each time. */
const TRIES = 6;
const PAUSE_MS = 250;

/** Speaks to the platform as any integrator would: with a key, or with the cookie of a session. */
export function createClient(baseUrl: string, auth: { bearer: string } | { cookie: string }): Client {
  const headers: Record<string, string> =
    'bearer' in auth
      ? { authorization: `Bearer ${auth.bearer}` }
      : { cookie: auth.cookie, 'x-millrace-csrf': '1' };
  const call = async <T>(
    method: string,
    path: string,
    body: string | undefined,
    type: string,
  ): Promise<T> => {
    const response = await askPatiently(() =>
      fetch(`${baseUrl}/api/v3${path}`, {
        method,
        headers: body === undefined ? headers : { ...headers, 'content-type': type },
        ...(body === undefined ? {} : { body }),
      }),
    );
    if (!response.ok) throw await problemOf(method, path, response);
    return (response.status === 204 ? undefined : await response.json()) as T;
  };
  const json = (body: unknown): string | undefined => (body === undefined ? undefined : JSON.stringify(body));
  return {
    get: (path) => call('GET', path, undefined, ''),
    post: (path, body) => call('POST', path, json(body), 'application/json'),
    put: (path, body) => call('PUT', path, json(body), 'application/json'),
    patch: (path, body) => call('PATCH', path, json(body), 'application/json'),
    delete: (path) => call('DELETE', path, undefined, ''),
    upload: (path, text) => call('POST', path, text, 'text/csv'),
  };
}

/** Asks again while the platform has too much to do. */
export async function askPatiently(ask: () => Promise<Response>): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await ask();
    const passing = response.status === 503 || response.status === 429;
    if (!passing || attempt === TRIES) return response;
    await response.body?.cancel();
    await pause(PAUSE_MS * attempt);
  }
}

async function problemOf(method: string, path: string, response: Response): Promise<ApiProblem> {
  const text = await response.text();
  const { code = 'unknown', detail = text.slice(0, 300) } = parse(text);
  return new ApiProblem(method, path, response.status, code, detail);
}

function parse(text: string): { code?: string; detail?: string } {
  try {
    return JSON.parse(text) as { code?: string; detail?: string };
  } catch {
    return {};
  }
}

/** Every row of a list, page by page. */
export async function allRows<T>(client: Client, path: string): Promise<T[]> {
  const rows: T[] = [];
  let cursor: string | null = null;
  do {
    const join: string = path.includes('?') ? '&' : '?';
    const page: { rows: T[]; nextCursor: string | null } = await client.get(
      `${path}${join}limit=500${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    rows.push(...page.rows);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return rows;
}
