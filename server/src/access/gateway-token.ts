import type { Gateway } from '@millrace/contract';
import type { Clock, Tx } from '../kernel/index.ts';
import type { Actor } from './actor.ts';
import type { Bearer } from './bearer.ts';
import { recordAudit } from './record-audit.ts';
import { mintToken } from './secret-token.ts';
import {
  addSuccessor,
  askGatewayRotation,
  raiseTokenRevision,
  rotationOf,
  setEnrolledToken,
} from './store-token.ts';

/**
 * Handed out again when the one before was not used: its answer may have been lost. Not sooner, because one that is on its
 * way is used within a second.
 */
const HAND_OUT_AGAIN_MS = 5_000;

/** Tokens of gateways for the module that speaks with them, always in the caller's transaction. */
export interface GatewayTokens {
  /** The first token of an agent; every earlier one dies. Undefined when the gateway is revoked or gone. */
  enrol(tx: Tx, actor: Actor, detail: Readonly<Record<string, unknown>>): Promise<string | undefined>;
  /** From now on the gateway is offered a successor of its token; undefined when it is revoked or not the actor's. */
  askRotation(tx: Tx, actor: Actor, gatewayId: string): Promise<Gateway | undefined>;
  /** A successor for the gateway itself, when one was asked for. The old token works until it is first used. */
  successor(tx: Tx, actor: Actor): Promise<string | undefined>;
}

export function createGatewayTokens(clock: Clock, bearer: Bearer): GatewayTokens {
  return {
    enrol: async (tx, actor, detail) => {
      const { token, hash } = mintToken('gw');
      if (!(await setEnrolledToken(tx, actor.networkId, actor.id, hash))) return undefined;
      await raiseTokenRevision(tx);
      tx.afterCommit(bearer.forget);
      await recordAudit(tx, actor, { action: 'gateway.enrol', subject: `gateway/${actor.id}`, detail });
      return token;
    },
    askRotation: async (tx, actor, gatewayId) => {
      const asked = await askGatewayRotation(tx, actor.networkId, gatewayId, clock.wallNow());
      if (!asked) return undefined;
      const detail = { code: asked.code };
      await recordAudit(tx, actor, {
        action: 'gateway.rotation-ask',
        subject: `gateway/${gatewayId}`,
        detail,
      });
      return asked;
    },
    successor: async (tx, { networkId, organisationId, id }) => {
      const rotation = await rotationOf(tx, networkId, id);
      const now = clock.wallNow();
      if (!rotation?.asked || (rotation.handedOutAt ?? 0) > now - HAND_OUT_AGAIN_MS) return undefined;
      const { token, hash } = mintToken('gw');
      await addSuccessor(tx, { networkId, gatewayId: id, organisationId, hash, createdAt: now });
      return token;
    },
  };
}
