import { type Kernel, PLATFORM, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import type { Actor } from './actor.ts';
import type { AttemptLimit } from './attempt-limit.ts';
import type { Identity } from './identity.ts';
import { recordAudit } from './record-audit.ts';
import { findTotp, putTotp, setTotpEnabled, type TotpRow, useTotpStep } from './store-session.ts';
import { acceptTotp, newTotpSecret, totpUri } from './totp.ts';

/** What an authenticator app shows above the code. */
const ISSUER = 'Millrace';

export interface SecondFactor {
  begin(actor: Actor): Promise<{ secret: string; uri: string } | Refusal>;
  confirm(actor: Actor, code: string): Promise<undefined | Refusal>;
  remove(actor: Actor, code: string): Promise<undefined | Refusal>;
}

export function createSecondFactor(kernel: Kernel, identity: Identity, limit: AttemptLimit): SecondFactor {
  /** Shows a code of the factor, counts the failures, and does `then` when it is right. */
  const withCode = async (
    actor: Actor,
    code: string,
    enabled: boolean,
    then: (tx: Tx) => Promise<void>,
  ): Promise<undefined | Refusal> => {
    const locked = limit.check(actor.label);
    if (locked) return locked;
    const refusal = await kernel.db.transaction(PLATFORM, async (tx) => {
      const factor = await findTotp(tx, actor.id);
      if (!factor || factor.enabled !== enabled) return enabled ? TOTP_ABSENT : TOTP_NOT_BEGUN;
      if (!(await useCode(tx, identity, actor.id, factor, code))) return WRONG_CODE;
      await then(tx);
      return undefined;
    });
    if (refusal === WRONG_CODE) limit.fail(actor.label);
    return refusal;
  };
  const audit = (tx: Tx, actor: Actor, action: string): Promise<void> =>
    recordAudit(tx, actor, { action, subject: `user/${actor.label}`, detail: {} });

  return {
    begin: async (actor) => {
      const secret = newTotpSecret();
      const encrypted = await identity.encrypt(secret);
      return kernel.db.transaction(PLATFORM, async (tx) => {
        // A factor in use is removed with a code first; otherwise a stolen session could replace it.
        if ((await findTotp(tx, actor.id))?.enabled) return TOTP_PRESENT;
        await putTotp(tx, actor.id, encrypted);
        return { secret, uri: totpUri(secret, actor.label, ISSUER) };
      });
    },
    confirm: (actor, code) =>
      withCode(actor, code, false, async (tx) => {
        await setTotpEnabled(tx, actor.id, true);
        await audit(tx, actor, 'user.totp-enable');
      }),
    remove: (actor, code) =>
      withCode(actor, code, true, async (tx) => {
        await setTotpEnabled(tx, actor.id, false);
        await audit(tx, actor, 'user.totp-disable');
      }),
  };
}

/** At sign-in: nothing to do for who has no second factor. */
export async function checkTotp(
  tx: Tx,
  identity: Identity,
  userId: string,
  code: string | undefined,
): Promise<Refusal | undefined> {
  const factor = await findTotp(tx, userId);
  if (!factor?.enabled) return undefined;
  if (code === undefined) return TOTP_REQUIRED;
  return (await useCode(tx, identity, userId, factor, code)) ? undefined : WRONG_TOTP;
}

async function useCode(
  tx: Tx,
  identity: Identity,
  userId: string,
  factor: TotpRow,
  code: string,
): Promise<boolean> {
  const secret = await identity.decrypt(factor.secret);
  const step = acceptTotp(secret, code, tx.clock.wallNow(), factor.lastStep);
  return step !== null && useTotpStep(tx, userId, step);
}

const TOTP_REQUIRED = refuse('totp-required', 401, 'Enter the code of your authenticator app too.');
const WRONG_SENTENCE = 'The code is wrong or was used already; wait for the next one.';
const WRONG_TOTP = refuse('wrong-totp', 401, WRONG_SENTENCE);
/** For someone who is signed in and stays so. */
const WRONG_CODE = refuse('wrong-totp', 403, WRONG_SENTENCE);
const TOTP_PRESENT = refuse('totp-present', 409, 'You have a second factor already; remove it first.');
const TOTP_NOT_BEGUN = refuse('totp-not-begun', 409, 'Begin with a new secret first.');
const TOTP_ABSENT = refuse('totp-absent', 409, 'You have no second factor.');
