import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enrolment, type GatewayHouse, openGatewayHouse, until } from '../../../test/setup/gateway-house.ts';
import { PLATFORM } from '../kernel/index.ts';
import { mintCode } from './enrolment-code.ts';

let gw: GatewayHouse;
beforeAll(async () => {
  gw = await openGatewayHouse();
});
afterAll(() => gw?.close());

const newCode = async (gatewayId = gw.gatewayId): Promise<string> => {
  const { status, body } = await gw.ask('owner', 'POST', `/gateways/${gatewayId}/enrolment-code`);
  expect(status, JSON.stringify(body)).toBe(201);
  return body.code;
};
const enrol = (code: string, attemptKey?: string) =>
  gw.post(undefined, '/edge/enrolment', { ...enrolment(code), ...(attemptKey ? { attemptKey } : {}) });
const newKey = (): string => randomBytes(32).toString('base64url');
const lives = async (token: string): Promise<boolean> => (await gw.exchange(token)).status === 200;

describe('an enrolment code', () => {
  test('makes an agent the gateway, once, however it is typed', async () => {
    const code = await newCode();
    expect(code).toMatch(/^[A-HJ-NP-Z2-9]{4}(-[A-HJ-NP-Z2-9]{4}){2}$/);
    const answer = await enrol(code.toLowerCase().replaceAll('-', ' '));
    expect(answer).toMatchObject({ status: 200, body: { gatewayId: gw.gatewayId, gatewayCode: 'GW-1' } });
    expect(await lives(answer.body.token)).toBe(true);
    expect(await enrol(code)).toMatchObject({ status: 409, body: { code: 'enrolment-code-used' } });
    const { body } = await gw.ask('owner', 'GET', '/audit?action=gateway.enrol');
    expect(body.rows[0]).toMatchObject({
      action: 'gateway.enrol',
      detail: { hostName: 'box-1', agentVersion: '1.0.0' },
    });
    expect(JSON.stringify(body.rows)).not.toContain(code);
  });

  test('taken by two agents at the same time makes one of them the gateway', async () => {
    const code = await newCode();
    const answers = await Promise.all(Array.from({ length: 6 }, () => enrol(code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(5);
  });

  test('ends the code before, also when two are made at once, and lives half an hour', async () => {
    const first = await newCode();
    const second = await newCode();
    expect(await enrol(first)).toMatchObject({ status: 409, body: { code: 'enrolment-code-replaced' } });
    const many = await Promise.all(Array.from({ length: 4 }, () => newCode()));
    const answers = await Promise.all(many.map((code) => enrol(code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await enrol(second)).status).not.toBe(200);
    const last = await newCode();
    gw.house.ahead += 30 * 60_000 + 1;
    expect(await enrol(last)).toMatchObject({ status: 410, body: { code: 'enrolment-code-expired' } });
  });

  test('is forgotten a day later, as if there had been none', async () => {
    const code = await newCode();
    await enrol(code);
    gw.house.ahead += 25 * 3_600_000;
    await gw.gateways.tick();
    expect(await enrol(code)).toMatchObject({ status: 404, body: { code: 'enrolment-code-unknown' } });
  });

  test('is made by owners and the operator, for their own gateways only', async () => {
    const path = `/gateways/${gw.gatewayId}/enrolment-code`;
    expect((await gw.ask('admin', 'POST', path)).status).toBe(201);
    expect((await gw.ask('planner', 'POST', path)).body.code).toBe('forbidden');
    expect((await gw.ask('rival', 'POST', path)).status).toBe(404);
    expect((await gw.ask('rival', 'POST', `/gateways/${gw.gatewayId}/rotation`)).status).toBe(404);
  });

  test('does not bring a revoked gateway back', async () => {
    const id = await gw.addGateway('GW-revoked');
    const code = await newCode(id);
    await gw.ask('owner', 'DELETE', `/gateways/${id}`);
    expect(await enrol(code)).toMatchObject({ status: 409, body: { code: 'gateway-revoked' } });
    expect((await gw.ask('owner', 'POST', `/gateways/${id}/enrolment-code`)).status).toBe(404);
  });

  test('an agent that enrols anew ends the token of the one before', async () => {
    const id = await gw.addGateway('GW-again');
    const before = await gw.enrol(id);
    const after = await gw.enrol(id);
    expect([await lives(before), await lives(after)]).toEqual([false, true]);
  });
});

describe('an enrolment whose answer was lost', () => {
  test('is answered again to the same key until a token is used, and whichever arrived is the token', async () => {
    const id = await gw.addGateway('GW-repeat');
    const [code, key] = [await newCode(id), newKey()];
    const answers = [await enrol(code, key), await enrol(code, key), await enrol(code, key)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const [first, second, third] = answers.map(({ body }) => body.token);
    expect(new Set([first, second, third]).size).toBe(3);
    expect(await enrol(code, newKey())).toMatchObject({ status: 409, body: { code: 'enrolment-code-used' } });
    expect(await enrol(code)).toMatchObject({ status: 409, body: { code: 'enrolment-code-used' } });
    expect(await lives(second)).toBe(true);
    expect([await lives(first), await lives(third), await lives(second)]).toEqual([false, false, true]);
    expect(await enrol(code, key)).toMatchObject({ status: 409, body: { code: 'enrolment-code-used' } });
  });

  test('lies in the database as hashes only, and is one entry of the audit', async () => {
    const id = await gw.addGateway('GW-hash');
    const [code, key] = [await newCode(id), newKey()];
    const { token } = (await enrol(code, key)).body;
    await enrol(code, key);
    const rows = await gw.house.kernel.db.transaction(PLATFORM, (tx) =>
      tx.rows<{ text: string }>(
        `SELECT row_to_json(t)::text AS text FROM gateway_next_token t WHERE gateway_id = $1
         UNION ALL SELECT row_to_json(e)::text FROM gateway_enrolment e WHERE gateway_id = $1`,
        [id],
      ),
    );
    expect(rows).toHaveLength(3);
    const said = JSON.stringify(rows);
    for (const secret of [token, key, code]) {
      expect(said).not.toContain(secret);
      expect(said).not.toContain(Buffer.from(secret).toString('hex'));
    }
    await lives(token);
    const { body } = await gw.ask('owner', 'GET', '/audit?action=gateway.');
    const about = body.rows.filter((row: { subject: string }) => row.subject === `gateway/${id}`);
    expect(about.map(({ action }: { action: string }) => action)).toEqual([
      'gateway.enrol',
      'gateway.enrolment-code',
      'gateway.create',
    ]);
  });

  test('is not answered again after a newer code, a token by hand or a revocation', async () => {
    const newer = await gw.addGateway('GW-newer');
    const [first, key] = [await newCode(newer), newKey()];
    await enrol(first, key);
    await newCode(newer);
    expect(await enrol(first, key)).toMatchObject({ status: 409, body: { code: 'enrolment-code-used' } });
    const byHand = await gw.addGateway('GW-by-hand');
    const code = await newCode(byHand);
    const { token } = (await enrol(code, key)).body;
    expect((await gw.ask('owner', 'POST', `/gateways/${byHand}/token`)).status).toBe(200);
    expect(await enrol(code, key)).toMatchObject({ status: 409, body: { code: 'enrolment-code-used' } });
    expect(await lives(token)).toBe(false);
    const revoked = await gw.addGateway('GW-gone');
    const last = await newCode(revoked);
    await enrol(last, key);
    await gw.ask('owner', 'DELETE', `/gateways/${revoked}`);
    expect(await enrol(last, key)).toMatchObject({ status: 409, body: { code: 'gateway-revoked' } });
  });

  test('is answered again after the half hour in which a code must be typed', async () => {
    const id = await gw.addGateway('GW-late');
    const [code, key] = [await newCode(id), newKey()];
    await enrol(code, key);
    gw.house.ahead += 3_600_000;
    const { body } = await enrol(code, key);
    expect(await lives(body.token)).toBe(true);
  });

  test('asked again by many at once leaves one token that lives', async () => {
    const id = await gw.addGateway('GW-storm');
    const [code, key] = [await newCode(id), newKey()];
    const answers = await Promise.all(Array.from({ length: 8 }, () => enrol(code, key)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    const used = await Promise.all(answers.map(({ body }) => lives(body.token)));
    expect(used.filter(Boolean)).toHaveLength(1);
  });
});

describe('a rotation while the agent is at work', () => {
  const rotate = (id: string) => gw.ask('owner', 'POST', `/gateways/${id}/rotation`);

  test('hands out a new token at the next exchange; the old one works until the new one is used', async () => {
    const id = await gw.addGateway('GW-rotate');
    const old = await gw.enrol(id);
    expect((await rotate(id)).status).toBe(202);
    const { token } = (await gw.exchange(old)).body;
    expect(token).toMatch(/^mr_gw_/);
    expect(await lives(old)).toBe(true);
    expect(await lives(token)).toBe(true);
    expect(await lives(old)).toBe(false);
    expect((await gw.exchange(token)).body.token).toBeUndefined();
    const { body } = await gw.ask('owner', 'GET', '/audit?action=gateway.rotat');
    expect(body.rows.slice(0, 2).map(({ action }: { action: string }) => action)).toEqual([
      'gateway.rotate',
      'gateway.rotation-ask',
    ]);
  });

  test('wakes an agent that waits', async () => {
    const id = await gw.addGateway('GW-wake');
    const old = await gw.enrol(id);
    const waiting = gw.exchange(old, { waitS: 20 });
    await until(async () => (await online(id)) || undefined);
    await rotate(id);
    expect((await waiting).body.token).toMatch(/^mr_gw_/);
  });

  test('whose answer got lost is offered again, and whichever token arrives works', async () => {
    const id = await gw.addGateway('GW-lost');
    const old = await gw.enrol(id);
    await rotate(id);
    const offered: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      offered.push((await gw.exchange(old)).body.token);
      gw.house.ahead += 5_001;
    }
    expect(new Set(offered).size).toBe(3);
    const [first, second] = offered;
    expect(await lives(first ?? '')).toBe(true);
    expect([await lives(second ?? ''), await lives(old), await lives(first ?? '')]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('used by many requests at once moves over once', async () => {
    const id = await gw.addGateway('GW-race');
    const old = await gw.enrol(id);
    await rotate(id);
    const { token } = (await gw.exchange(old)).body;
    const both = await Promise.all(Array.from({ length: 8 }, () => gw.exchange(token)));
    expect(both.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(await lives(old)).toBe(false);
  });
});

const online = async (id: string): Promise<boolean> =>
  (await gw.ask('owner', 'GET', `/gateways/${id}/health`)).body.online;

test('guessing codes is bounded by address, and answered with how long to wait', async () => {
  let answer = await enrol(mintCode());
  for (let guess = 0; guess < 25 && answer.status !== 429; guess++) answer = await enrol(mintCode());
  expect(answer).toMatchObject({ status: 429, body: { code: 'too-many-attempts' } });
  expect((await enrol(await newCode())).status).toBe(429);
  gw.house.ahead += 6 * 60_000;
  expect((await enrol(await newCode())).status).toBe(200);
});
