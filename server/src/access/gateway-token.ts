import type { Gateway } from '@millrace/contract';
import type { Clock, Tx } from '../kernel/index.ts';
import type { Actor } from './actor.ts';
import type { Bearer } from './bearer.ts';
import { recordAudit } from './record-audit.ts';
import { mintToken } from './secret-token.ts';
import {
  addSuccessor,
  askGatewayRotation,
  endTokens,
  isOffered,
  raiseTokenRevision,
  rotationOf,
} from './store-token.ts';

/**
 * Handed out again when the one before was not used: its answer may have been lost. Not sooner, because one that is on its
 * way is used within a second.
 */
const HAND_OUT_AGAIN_MS = 5_000;

/** Tokens of gateways for the module that speaks with them, always in the caller's transaction. */
export interface GatewayTokens {
  /** The first token of an agent; every earlier one dies. Undefined when the gateway is revoked or gone. */
  enrol(
    tx: Tx,
    actor: Actor,
    attemptHash: Buffer,
    detail: Readonly<Record<string, unknown>>,
  ): Promise<string | undefined>;
  /** Another first token for the same attempt, whose answer was lost; undefined once a token was used. */
  enrolAgain(tx: Tx, actor: Actor, attemptHash: Buffer): Promise<string | undefined>;
  /** From now on the gateway is offered a successor of its token; undefined when it is revoked or not the actor's. */
  askRotation(tx: Tx, actor: Actor, gatewayId: string): Promise<Gateway | undefined>;
  /** A successor for the gateway itself, when one was asked for. The old token works until it is first used. */
  successor(tx: Tx, actor: Actor): Promise<string | undefined>;
}

export function createGatewayTokens(clock: Clock, bearer: Bearer): GatewayTokens {
  const offer = async (tx: Tx, actor: Actor, attemptHash?: Buffer): Promise<string> => {
    const { networkId, organisationId, id: gatewayId } = actor;
    const { token, hash } = mintToken('gw');
    const row = { networkId, gatewayId, organisationId, hash, createdAt: clock.wallNow() };
    await addSuccessor(tx, attemptHash ? { ...row, attemptHash } : row);
    return token;
  };
  return {
    enrol: async (tx, actor, attemptHash, detail) => {
      if (!(await endTokens(tx, actor.networkId, actor.id, mintToken('gw').hash))) return undefined;
      await raiseTokenRevision(tx);
      tx.afterCommit(bearer.forget);
      await recordAudit(tx, actor, { action: 'gateway.enrol', subject: `gateway/${actor.id}`, detail });
      return offer(tx, actor, attemptHash);
    },
    enrolAgain: async (tx, actor, attemptHash) =>
      (await isOffered(tx, actor.networkId, actor.id, attemptHash))
        ? offer(tx, actor, attemptHash)
        : undefined,
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
    successor: async (tx, actor) => {
      const rotation = await rotationOf(tx, actor.networkId, actor.id);
      const now = clock.wallNow();
      if (!rotation?.asked || (rotation.handedOutAt ?? 0) > now - HAND_OUT_AGAIN_MS) return undefined;
      return offer(tx, actor);
    },
  };
}
