import { createHash } from 'node:crypto';
import type { EdgeRequest, GatewayRequest } from '@millrace/contract';
import { type Actor, recordAudit } from '../access/index.ts';
import { type Kernel, notFound, PLATFORM, type Refusal, refuse } from '../kernel/index.ts';
import type { ConfigCheck } from './config-check.ts';
import type { HealthBook } from './health.ts';
import { inGateway } from './in-gateway.ts';
import {
  countPending,
  dropOldRequests,
  findRequest,
  insertRequest,
  type RequestRow,
} from './store-request.ts';
import { wakeGateway } from './wake-up.ts';

/** A person waits in front of it. */
const REQUEST_MS = 30_000;
/** A wizard asks one thing at a time; some people at once, and a tab that was reloaded. */
const PENDING_MAX = 8;
/** Long enough to show the answer in a page that was away for a while. */
const KEEP_MS = 10 * 60_000;

/** A wizard that shows live values asks every second: one entry for the same far side within this. */
const AUDITED_AGAIN_MS = 3_600_000;
/** Far sides remembered; one that was forgotten is written down again. */
const AUDITED_MAX = 5_000;

/** What an agent is asked while a person waits: nothing is changed at a machine. */
export interface Requests {
  ask(actor: Actor, gatewayId: string, request: EdgeRequest): Promise<GatewayRequest | Refusal>;
  one(actor: Actor, gatewayId: string, id: string): Promise<GatewayRequest | Refusal>;
  /** Forgets what nobody waits for any more. */
  sweep(): Promise<void>;
}

export function createRequests(kernel: Kernel, book: HealthBook, check: ConfigCheck): Requests {
  const { db, clock } = kernel;
  const audited = createRecent();
  return {
    ask: (actor, gatewayId, request) =>
      inGateway<GatewayRequest>(kernel, actor, gatewayId, async (tx, gateway) => {
        const wrong = wrongIn(check, request);
        if (wrong) return wrong;
        const { networkId } = actor;
        const now = clock.wallNow();
        const standing = (await book.standing(tx, networkId, [gatewayId])).get(gatewayId);
        if (!standing) return NEVER_HEARD;
        if (!standing.online) return offline(now - standing.row.heardAt);
        if ((await countPending(tx, networkId, gatewayId, now)) >= PENDING_MAX) return TOO_MANY;
        const row = {
          id: kernel.ids(),
          gatewayId,
          request,
          requestedBy: actor.label,
          createdAt: now,
          expiresAt: now + REQUEST_MS,
        };
        await insertRequest(tx, { ...row, networkId, organisationId: gateway.organisationId });
        const subject = `gateway/${gatewayId}`;
        if (request.kind === 'resend') {
          const detail = { gateway: gateway.code, ...request.selection };
          await recordAudit(tx, actor, { action: 'gateway.resend', subject, detail });
        } else {
          // Whoever asks looks into the factory's network through the box.
          const { kind, driver, settings } = request;
          const what = [gatewayId, actor.id, driver, settings];
          if (!audited.knows(what, now)) {
            const detail = { gateway: gateway.code, kind, driver, settings };
            await recordAudit(tx, actor, { action: 'gateway.ask', subject, detail });
            // Not before: an entry that came to nothing must be written with the next question.
            tx.afterCommit(() => audited.remember(what, now));
          }
        }
        await wakeGateway(tx, gatewayId);
        return view({ ...row, answeredAt: null, answer: null }, now);
      }),
    one: (actor, gatewayId, id) =>
      inGateway<GatewayRequest>(kernel, actor, gatewayId, async (tx) => {
        const row = await findRequest(tx, actor.networkId, gatewayId, id);
        return row ? view(row, clock.wallNow()) : notFound('request');
      }),
    sweep: async () => {
      await db.transaction(PLATFORM, (tx) => dropOldRequests(tx, clock.wallNow() - KEEP_MS));
    },
  };
}

/** Far sides asked of late, and by whom. */
interface Recent {
  knows(what: readonly unknown[], now: number): boolean;
  remember(what: readonly unknown[], now: number): void;
}

function createRecent(): Recent {
  const seen = new Map<string, number>();
  const keyOf = (what: readonly unknown[]): string =>
    createHash('sha256').update(JSON.stringify(what)).digest('base64');
  return {
    knows: (what, now) => now - (seen.get(keyOf(what)) ?? Number.NEGATIVE_INFINITY) < AUDITED_AGAIN_MS,
    remember: (what, now) => {
      const key = keyOf(what);
      seen.delete(key);
      const oldest = seen.size >= AUDITED_MAX ? seen.keys().next().value : undefined;
      if (oldest !== undefined) seen.delete(oldest);
      seen.set(key, now);
    },
  };
}

function view(row: RequestRow, now: number): GatewayRequest {
  const state = row.answeredAt !== null ? 'answered' : row.expiresAt <= now ? 'expired' : 'pending';
  return { ...row, state };
}

function wrongIn(check: ConfigCheck, request: EdgeRequest): Refusal | undefined {
  if (request.kind === 'resend') {
    const { as, machine } = request.selection;
    return as !== undefined && machine === undefined ? AS_WITHOUT_MACHINE : undefined;
  }
  const wrong = check.settings(request.driver, request.settings, '');
  return wrong.length > 0 ? wrongSettings(wrong) : undefined;
}

const AS_WITHOUT_MACHINE = refuse(
  'resend-without-machine',
  422,
  'Records can be sent again as those of one machine only if they are of one machine: say which.',
  { fields: [{ pointer: '/body/selection/machine', message: 'is missing' }] },
);

function wrongSettings(faults: readonly { readonly path: string; readonly message: string }[]): Refusal {
  const first = faults[0];
  return refuse('config-faults', 422, `${first?.path} ${first?.message}.`, {
    fields: faults.map(({ path, message }) => ({ pointer: `/body${path}`, message })),
    values: { faults: faults.length },
  });
}

const NEVER_HEARD = refuse(
  'gateway-never-heard',
  409,
  'No agent has spoken for this gateway yet; start one with its enrolment code.',
);
function offline(silentMs: number): Refusal {
  const silentS = Math.round(silentMs / 1_000);
  return refuse('gateway-offline', 409, `The gateway has been silent for ${silentS} s.`, {
    values: { silentS },
  });
}
const TOO_MANY = refuse(
  'too-many-requests-open',
  429,
  `This gateway has ${PENDING_MAX} questions to answer already; wait for them.`,
  { values: { most: PENDING_MAX } },
);
