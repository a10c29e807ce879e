import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRunningPlatform, type RunningPlatform } from '../../../test/setup/running-platform.ts';

type Headers = Record<string, string>;
const STREAMS = ['/events/stream', '/machine-states/stream'] as const;

let house: RunningPlatform;
let people = 0;

beforeAll(async () => {
  house = await openRunningPlatform();
});
afterAll(() => house?.close());

interface Person {
  readonly id: string;
  readonly headers: Headers;
}

async function call(
  method: string,
  path: string,
  headers: Headers,
  body?: object,
): Promise<{ status: number; response: Response }> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(`${house.http}/api/v3${path}`, {
    method,
    headers: { ...headers, ...json },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.status, `${method} ${path}`).toBeLessThan(300);
  return { status: response.status, response };
}

async function invite(email: string, organisation: 'F1' | 'F2', role: string): Promise<[string, string]> {
  const input = { email, name: 'Grace', role, organisationId: house.organisations[organisation] };
  const { body } = await house.ask('OP', 'POST', '/users', input);
  return [body.user.id, new URL(body.link.url).searchParams.get('token') ?? ''];
}

/** A planner of F1 with a session in a browser. */
async function planner(): Promise<Person> {
  const [id, token] = await invite(`grace-${++people}@f1.example`, 'F1', 'planner');
  const { response } = await call('POST', '/sign-in/link', {}, { token, password: 'correct horse battery' });
  const cookie = response.headers.getSetCookie().map((one) => one.split(';')[0]);
  return { id, headers: { 'x-millrace-csrf': '1', cookie: cookie.join('; ') } };
}

/** Both kinds of stream; `ended` waits until the server has ended them. The test's time limit ends a wait in vain. */
async function listen(headers: Headers): Promise<{ ended(): Promise<void> }> {
  const open = STREAMS.map((path) => call('GET', path, headers));
  const responses = await Promise.all(open);
  return {
    ended: async () => {
      await Promise.all(responses.map(({ response }) => response.text()));
    },
  };
}

describe('live streams end', () => {
  test('when the person signs out, and those of others go on', async () => {
    const [leaving, staying] = [await planner(), await planner()];
    const other = new AbortController();
    const feed = await fetch(`${house.http}/api/v3/events/stream`, {
      headers: staying.headers,
      signal: other.signal,
    });
    const streams = await listen(leaving.headers);
    await call('POST', '/sign-out', leaving.headers);
    await streams.ended();
    // What does not touch the right to listen ends nothing.
    await call('PATCH', '/me', staying.headers, { language: 'en' });
    const { bus, db } = house.platform.kernel;
    const { machineId, siteId } = house.places.F1;
    await db.transaction({ kind: 'network', networkId: house.networkId }, (tx) =>
      bus.publish(tx, house.networkId, 'machine-stopped-long', {
        machineId,
        siteId,
        state: 'down',
        since: house.clock.ms,
      }),
    );
    await bus.settle();
    let text = '';
    for await (const chunk of feed.body ?? []) {
      text += new TextDecoder().decode(chunk as Uint8Array);
      if (text.includes('machine-stopped-long')) break;
    }
    expect(text).toContain(machineId);
    other.abort();
  });

  test('when the role changes, and can be opened again in the new one', async () => {
    const person = await planner();
    const streams = await listen(person.headers);
    await house.ask('OP', 'PATCH', `/users/${person.id}`, { role: 'worker' });
    await streams.ended();
    const again = await listen(person.headers);
    await house.ask('OP', 'PATCH', `/users/${person.id}`, { role: 'auditor' });
    await again.ended();
    const refused = await fetch(`${house.http}/api/v3/events/stream`, { headers: person.headers });
    expect(refused.status).toBe(403);
  });

  test('when the person is disabled', async () => {
    const person = await planner();
    const streams = await listen(person.headers);
    await house.ask('OP', 'PATCH', `/users/${person.id}`, { disabled: true });
    await streams.ended();
  });

  test('when the person acts for another organisation', async () => {
    const person = await planner();
    await invite(`grace-${people}@f1.example`, 'F2', 'planner');
    const streams = await listen(person.headers);
    await call('POST', '/me/organisation', person.headers, { organisationId: house.organisations.F2 });
    await streams.ended();
  });

  test('when the key they were opened with is revoked', async () => {
    const { body } = await house.ask('OP', 'POST', '/api-keys', {
      name: 'wall display',
      scopes: ['read'],
      organisationId: house.organisations.F1,
    });
    const streams = await listen({ authorization: `Bearer ${body.secret}` });
    await call('DELETE', `/api-keys/${body.apiKey.id}`, house.headers('OP'));
    await streams.ended();
  });
});
