import type { EnrolmentAnswer, EnrolmentCode, EnrolmentRequest, Gateway } from '@millrace/contract';
import {
  type Access,
  type Actor,
  createAttemptLimit,
  findGateway,
  recordAudit,
  scopeOf,
} from '../access/index.ts';
import {
  isRefusal,
  type Kernel,
  notFound,
  PLATFORM,
  type Refusal,
  refuse,
  type Tx,
} from '../kernel/index.ts';
import { hashAttempt, hashCode, mintCode } from './enrolment-code.ts';
import { type CodeRow, dropOldCodes, insertCode, lockCode, markCodeUsed } from './store-enrolment.ts';
import { wakeGateway } from './wake-up.ts';

/** Long enough to walk from the office to the box, short enough not to lie about. */
const CODE_MS = 30 * 60_000;
/** So long a dead code is told apart from one that never was. */
const REMEMBERED_MS = 24 * 3_600_000;
/** A whole hall is fitted from one address, and people mistype; a guesser needs 2^59 tries. */
const WRONG_CODES = { failuresMax: 20, windowMs: 15 * 60_000, lockMs: 5 * 60_000 };

/** How an agent becomes a gateway, and how it changes its token later. */
export interface Enrolment {
  createCode(actor: Actor, gatewayId: string): Promise<EnrolmentCode | Refusal>;
  enrol(request: EnrolmentRequest, address: string): Promise<EnrolmentAnswer | Refusal>;
  askRotation(actor: Actor, gatewayId: string): Promise<Gateway | Refusal>;
  /** Forgets dead codes. */
  sweep(): Promise<void>;
}

export function createEnrolment(kernel: Kernel, access: Access): Enrolment {
  const { db, clock } = kernel;
  const guesses = createAttemptLimit(WRONG_CODES, () => clock.wallNow());
  return {
    createCode: (actor, gatewayId) =>
      db.transaction(scopeOf(actor), async (tx) => {
        const gateway = await findGateway(tx, actor.networkId, gatewayId);
        if (!gateway) return notFound('gateway');
        const code = mintCode();
        const now = clock.wallNow();
        const expiresAt = now + CODE_MS;
        await insertCode(tx, {
          networkId: actor.networkId,
          gatewayId,
          organisationId: gateway.organisationId,
          hash: hashCode(code),
          createdBy: actor.label,
          createdAt: now,
          expiresAt,
        });
        const detail = { code: gateway.code, expiresAt };
        const subject = `gateway/${gatewayId}`;
        await recordAudit(tx, actor, { action: 'gateway.enrolment-code', subject, detail });
        return { code, gatewayId, expiresAt };
      }),
    enrol: async (request, address) => {
      const locked = guesses.check(address);
      if (locked) return locked;
      const result = await db.transaction(PLATFORM, (tx) => enrol(tx, access, request, address));
      if (isRefusal(result)) {
        guesses.fail(address);
        kernel.log.warn({ address, code: result.code, hostName: request.hostName }, 'enrolment refused');
      }
      return result;
    },
    askRotation: (actor, gatewayId) =>
      db.transaction(scopeOf(actor), async (tx) => {
        const asked = await access.gatewayTokens.askRotation(tx, actor, gatewayId);
        if (asked) await wakeGateway(tx, gatewayId);
        return asked ?? notFound('gateway');
      }),
    sweep: async () => {
      await db.transaction(PLATFORM, (tx) => dropOldCodes(tx, clock.wallNow() - REMEMBERED_MS));
    },
  };
}

/** One hash and one look whatever was typed; why a code does not work is told only to whoever has a real one. */
async function enrol(
  tx: Tx,
  access: Access,
  { code, attemptKey, agentVersion, hostName }: EnrolmentRequest,
  address: string,
): Promise<EnrolmentAnswer | Refusal> {
  const hash = hashCode(code);
  const now = tx.clock.wallNow();
  const found = await lockCode(tx, hash);
  if (!found) return UNKNOWN;
  const dead = deadCode(found, now);
  if (dead) return dead;
  const { networkId, gatewayId, organisationId } = found;
  const gateway = await findGateway(tx, networkId, gatewayId);
  if (!gateway) return REVOKED;
  const actor: Actor = {
    kind: 'gateway',
    id: gatewayId,
    label: gateway.code,
    networkId,
    organisationId,
    organisationKind: 'factory',
    role: null,
    scopes: ['ingest'],
  };
  const answered = (token: string): EnrolmentAnswer => ({ gatewayId, gatewayCode: gateway.code, token });
  const attempt = hashAttempt(code, attemptKey);
  if (found.usedAt !== null) {
    const again = await access.gatewayTokens.enrolAgain(tx, actor, attempt);
    return again === undefined ? USED : answered(again);
  }
  const detail = { code: gateway.code, hostName, agentVersion, address };
  const token = await access.gatewayTokens.enrol(tx, actor, attempt, detail);
  if (token === undefined) return REVOKED;
  await markCodeUsed(tx, networkId, hash, now);
  return answered(token);
}

/** Why a code cannot work whoever has it. A used one may: for the agent that used it and lost the answer. */
function deadCode(found: CodeRow, now: number): Refusal | undefined {
  // Whoever lost the answer and had a newer code made has that one typed.
  if (found.usedAt !== null) return found.replacedAt === null ? undefined : USED;
  if (found.replacedAt !== null) return REPLACED;
  return found.expiresAt <= now ? EXPIRED : undefined;
}

const UNKNOWN = refuse(
  'enrolment-code-unknown',
  404,
  'There is no such enrolment code; look at it again, or have a new one shown in the console.',
  { fields: [{ pointer: '/body/code', message: 'is no code of this platform' }] },
);
const USED = refuse(
  'enrolment-code-used',
  409,
  'This enrolment code was used already; a new agent needs a new code.',
);
const REPLACED = refuse(
  'enrolment-code-replaced',
  409,
  'A newer enrolment code was made for this gateway; this one does not work any more.',
);
const EXPIRED = refuse(
  'enrolment-code-expired',
  410,
  'This enrolment code is older than half an hour; have a new one shown in the console.',
);
const REVOKED = refuse('gateway-revoked', 409, 'This gateway was revoked after the code was made.');
