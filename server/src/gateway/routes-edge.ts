import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { EdgeExchange, EdgeOrders, EnrolmentAnswer, EnrolmentRequest } from '@millrace/contract';
import { type App, answer, isRefusal, type Refusal, refusalAnswer, refuse } from '../kernel/index.ts';
import type { GatewayDesk } from './gateway.ts';

const tags = ['edge'];
/** Health of a large box, and eight answers of a thousand nodes each. */
const EXCHANGE_BYTES_MAX = 8 * 1024 * 1024;

/** A platform that stops does not wait longer for a last answer to be sent; agents come back either way. */
const LAST_ANSWERS_MS = 2_000;

/** What agents call. */
export function edgeRoutes(app: App, desk: GatewayDesk): void {
  enrolmentRoute(app, desk);
  const open = new Set<ServerResponse>();
  // Before the server cuts its connections: these would otherwise wait for their whole time.
  app.addHook('preClose', async () => {
    desk.goHome();
    const answered = Promise.all([...open].map((response) => once(response, 'close')));
    await Promise.race([answered, sleep(LAST_ANSWERS_MS, undefined, { ref: false })]);
  });
  exchangeRoute(app, desk, open);
}

function enrolmentRoute(app: App, { enrolment }: GatewayDesk): void {
  app.post(
    '/api/v3/edge/enrolment',
    {
      config: { action: 'public' },
      schema: {
        tags,
        summary: 'An agent turns its one-time code into a token, said once',
        body: EnrolmentRequest,
        response: { 200: EnrolmentAnswer },
      },
    },
    async (request, reply) => {
      const result = await enrolment.enrol(request.body, request.ip);
      // Guessing is answered with how long to wait.
      const retryAfterS = isRefusal(result) ? result.values?.retryAfterS : undefined;
      if (retryAfterS !== undefined) reply.header('retry-after', String(retryAfterS));
      return answer(reply, result);
    },
  );
}

function exchangeRoute(app: App, { exchange, watch }: GatewayDesk, open: Set<ServerResponse>): void {
  app.post(
    '/api/v3/edge/exchange',
    {
      config: { action: 'gateway.exchange' },
      bodyLimit: EXCHANGE_BYTES_MAX,
      schema: {
        tags,
        summary: 'An agent tells how it is and waits up to waitS seconds for what the platform wants',
        body: EdgeExchange,
        response: { 200: EdgeOrders },
      },
    },
    async (request, reply) => {
      const gone = new AbortController();
      const ended: { as?: Refusal } = {};
      // A revoked gateway is told nothing more, however long it has been waiting.
      const unwatch = watch(request, () => {
        ended.as = NO_LONGER;
        gone.abort();
      });
      open.add(reply.raw);
      reply.raw.once('close', () => {
        open.delete(reply.raw);
        gone.abort();
      });
      try {
        const orders = await exchange.exchange(request.actor, request.body, gone.signal);
        if (isRefusal(orders)) reply.header('retry-after', String(orders.values?.retryAfterS ?? 5));
        return ended.as ? refusalAnswer(reply, ended.as) : answer(reply, orders);
      } finally {
        unwatch();
      }
    },
  );
}

const NO_LONGER = refuse(
  'bad-token',
  401,
  'The token of this request was revoked or replaced while it waited.',
);
