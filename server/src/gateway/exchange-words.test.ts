import { EdgeExchange, type EdgeExchange as Said } from '@millrace/contract';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GatewayHouse, HEALTH, openGatewayHouse } from '../../../test/setup/gateway-house.ts';

// What an agent says is material of machines: any text, any number, any id. The platform answers, or says what is wrong.

let gw: GatewayHouse;
let token: string;
beforeAll(async () => {
  gw = await openGatewayHouse();
  token = await gw.enrol();
});
afterAll(() => gw?.close());

const form = Compile(EdgeExchange);
const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('\0', '\ud83d', '__proto__', '"\\u0000', '\u2028'),
);
const whole = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constantFrom(0, -1, 2 ** 31, 2 ** 53 - 1));
const instant = fc.nat(7_258_118_400_000);
const value = fc.oneof(
  nasty,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
const tag = fc.record({
  machine: fc.constant('M-1'),
  tag: nasty,
  value,
  quality: fc.constantFrom('good', 'bad', 'uncertain'),
  at: fc.option(instant),
  lastGoodAt: fc.option(instant),
  error: fc.option(nasty),
});
const connection = fc.record({
  code: fc.constant('plc'),
  driver: nasty,
  state: fc.constantFrom('connecting', 'connected', 'failed'),
  since: instant,
  error: fc.option(nasty),
  reconnects: whole,
  restarts: whole,
  latencyMs: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
  tags: whole,
  tagsBad: whole,
  samplesPerMin: whole,
});
const outcome = fc.record({
  state: fc.constantFrom('executed', 'refused', 'failed', 'unknown'),
  refusal: fc.option(fc.constantFrom('interlock', 'expired')),
  detail: fc.option(nasty),
  readBack: value,
  at: instant,
});
const answer = fc.record({
  error: fc.option(nasty),
  latencyMs: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
});
const said = fc.record({
  waitS: fc.constant(0),
  seenVersion: fc.option(whole),
  faults: fc.array(fc.record({ path: nasty, code: nasty, message: nasty }), { maxLength: 3 }),
  answers: fc.array(fc.record({ id: fc.uuid(), answer }), { maxLength: 3 }),
  outcomes: fc.array(fc.record({ id: fc.uuid(), outcome }), { maxLength: 3 }),
  health: fc.record({
    agentVersion: nasty.map((text) => text.slice(0, 32)),
    hostName: nasty,
    configVersion: fc.option(whole),
    configSource: fc.constantFrom('platform', 'file', 'none'),
    tags: fc.array(tag, { maxLength: 3 }),
    connections: fc.array(connection, { maxLength: 3 }),
  }),
});

test('whatever an agent says is answered, stored and shown', async () => {
  let fitting = 0;
  await fc.assert(
    fc.asyncProperty(said, async ({ health, ...rest }) => {
      const body = { ...rest, health: { ...HEALTH, ...health } } as Said;
      const wire = JSON.parse(JSON.stringify(body)) as Said;
      const { status } = await gw.exchange(token, body);
      expect(status).toBe(form.Check(wire) ? 200 : 400);
      fitting += Number(status === 200);
      expect((await gw.ask('viewer', 'GET', `/gateways/${gw.gatewayId}/health`)).status).toBe(200);
      expect((await gw.ask('viewer', 'GET', '/gateway-summaries')).status).toBe(200);
    }),
    { numRuns: 80 },
  );
  expect(fitting).toBeGreaterThan(20);
  await gw.gateways.tick();
});

test('what is no exchange at all is refused with a pointer, never a fault', async () => {
  await fc.assert(
    fc.asyncProperty(fc.json(), async (text) => {
      const { status } = await gw.post(token, '/edge/exchange', JSON.parse(text));
      expect(status).toBe(400);
    }),
    { numRuns: 40 },
  );
});
