import { fetchUnshed } from '../setup/fetch-unshed.ts';

/** An answer that was not 2xx, with the code of its problem document. */
export interface Refused {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

/** The API as a program with a key sees it. */
export interface Client {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  /** For what should be refused: the problem, or undefined when it was allowed. */
  refusal(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Refused | undefined>;
}

export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
}

export function createClient(http: string, headers: Readonly<Record<string, string>>): Client {
  const call = (method: string, path: string, body?: unknown): Promise<Response> =>
    fetchUnshed(`${http}${path.startsWith('/api/') ? '' : '/api/v3'}${path}`, {
      method,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const must = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await call(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new ApiFailure(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  return {
    get: (path) => must('GET', path),
    post: (path, body) => must('POST', path, body),
    refusal: async (method, path, body) => {
      const response = await call(method, path, body);
      const text = await response.text();
      if (response.ok) return undefined;
      const { code, detail } = JSON.parse(text) as { code: string; detail: string };
      return { status: response.status, code, detail };
    },
  };
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
