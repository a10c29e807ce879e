import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Access, openAccess } from '../../server/src/access/index.ts';
import { type App, createApp, type Kernel, openKernel, readConfig } from '../../server/src/kernel/index.ts';
import { freshDatabase } from './database.ts';

export const PASSWORD = 'correct horse battery';
export const SET_UP = {
  email: 'Ada@Operator.example',
  name: 'Ada',
  password: PASSWORD,
  networkName: 'Delta',
  organisationName: 'Delta Operations',
};

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
interface Ask {
  readonly body?: object;
  /** Sent as a browser of our own page would. */
  readonly cookie?: string;
  readonly bearer?: string;
  readonly headers?: Record<string, string>;
}

/** One installation of kernel and access on a database of its own, with a wall clock the test can move. */
export interface House {
  readonly kernel: Kernel;
  readonly access: Access;
  readonly app: App;
  readonly adminUrl: string;
  /** Wall milliseconds by which the clock runs ahead. */
  ahead: number;
}

/** `furnish` opens the modules that a test needs beside access; their routes are added before the app is ready. */
export async function openHouse(
  setupToken?: string,
  furnish?: (kernel: Kernel, access: Access) => readonly { routes(app: App): void }[],
): Promise<House> {
  const { adminUrl } = await freshDatabase();
  const env = setupToken ? { MILLRACE_SETUP_TOKEN: setupToken } : {};
  const opened = { ahead: 0 };
  const wallNow = (): number => Date.now() + opened.ahead;
  const clock = { now: wallNow, wallNow, speed: 1 };
  const config = { ...readConfig(env), databaseUrl: adminUrl, logLevel: 'silent' };
  const kernel = await openKernel(config, { clock });
  const app = await createApp(kernel);
  const access = openAccess(kernel);
  access.routes(app);
  for (const module of furnish?.(kernel, access) ?? []) module.routes(app);
  app.get('/api/v3/nothing', { config: { action: 'match.run' } }, async () => ({}));
  await app.ready();
  return Object.assign(opened, { kernel, access, app, adminUrl });
}

export async function closeHouse({ app, kernel }: House): Promise<void> {
  await app.close();
  await kernel.stop();
}

/** A machine that also runs other tests makes the platform shed load; it says so before it does anything. */
const SHED_TRIES = 60;
const SHED_PAUSE_MS = 250;

/** Like any client, comes again. */
export async function unshed<T>(ask: () => Promise<T>, statusOf: (answer: T) => number): Promise<T> {
  let answer = await ask();
  for (let tries = 1; statusOf(answer) === 503 && tries < SHED_TRIES; tries++) {
    await sleep(SHED_PAUSE_MS);
    answer = await ask();
  }
  return answer;
}

export async function askHouse(
  house: House,
  method: Method,
  path: string,
  { body, cookie, bearer, headers }: Ask,
) {
  const inject = () =>
    house.app.inject({
      method,
      url: `/api/v3${path}`,
      ...(body ? { payload: body } : {}),
      headers: {
        ...(cookie ? { 'x-millrace-csrf': '1', cookie: `millrace_session=${cookie}` } : {}),
        ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
        ...headers,
      },
    });
  const response = await unshed(inject, ({ statusCode }) => statusCode);
  return {
    status: response.statusCode,
    body: response.body === '' ? undefined : response.json(),
    cookie: response.cookies.find(({ name }) => name === 'millrace_session')?.value ?? '',
    response,
  };
}

export const tokenOf = (link: { url: string }): string => new URL(link.url).searchParams.get('token') ?? '';

/** What people do in it; `current` because every test opens another. */
export function peopleOf(current: () => House) {
  const ask = (method: Method, path: string, more: Ask = {}) => askHouse(current(), method, path, more);
  const invite = (cookie: string, email: string, role: string, organisationId?: string) => {
    const body = { email, name: email, role, ...(organisationId ? { organisationId } : {}) };
    return ask('POST', '/users', { cookie, body });
  };
  return {
    ask,
    invite,
    /** The first administrator; the cookie of the session. */
    setUp: async (): Promise<string> => {
      const link = await current().access.setupLink('http://localhost:1');
      const done = await ask('POST', '/setup', { body: { ...SET_UP, token: tokenOf({ url: link ?? '' }) } });
      expect(done.status, JSON.stringify(done.body)).toBe(200);
      return done.cookie;
    },
    signIn: (email: string, password = PASSWORD, totp?: string) =>
      ask('POST', '/sign-in', { body: { email, password, ...(totp ? { totp } : {}) } }),
    organisation: async (cookie: string, kind: string, code: string): Promise<string> => {
      const made = await ask('POST', '/organisations', { cookie, body: { kind, code, name: code } });
      expect(made.status, JSON.stringify(made.body)).toBe(201);
      return made.body.id;
    },
    /** Invites, opens the link, chooses the password. */
    member: async (cookie: string, email: string, role: string, organisationId?: string) => {
      const invited = await invite(cookie, email, role, organisationId);
      expect(invited.status, JSON.stringify(invited.body)).toBe(201);
      const body = { token: tokenOf(invited.body.link), password: PASSWORD };
      const entered = await ask('POST', '/sign-in/link', { body });
      expect(entered.status, JSON.stringify(entered.body)).toBe(200);
      return { cookie: entered.cookie, id: invited.body.user.id as string };
    },
  };
}
