import { EdgeExchange, EdgeOrders, EnrolmentAnswer, EnrolmentRequest } from '@millrace/contract';
import { type App, answer, isRefusal, type Refusal, refusalAnswer, refuse } from '../kernel/index.ts';
import type { GatewayDesk } from './gateway.ts';

const tags = ['edge'];
/** Health of a large box, and eight answers of a thousand nodes each. */
const EXCHANGE_BYTES_MAX = 8 * 1024 * 1024;

/** What agents call. */
export function edgeRoutes(app: App, { enrolment, exchange, watch }: GatewayDesk): void {
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
      reply.raw.once('close', () => gone.abort());
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
