import { type Database, PLATFORM, type Refusal, type Tx } from '../kernel/index.ts';
import type { Actor } from './actor.ts';
import { recordAudit } from './record-audit.ts';
import { hashToken } from './secret-token.ts';
import {
  findTokenActor,
  promoteSuccessor,
  raiseTokenRevision,
  type TokenOwner,
  tokenRevision,
} from './store-token.ts';

/** An actor that is known until `expiresAt` (wall), unless a revocation comes first. */
interface Remembered {
  readonly actor: Actor;
  readonly expiresAt: number;
}

/** How often revocations made by another process are looked for: one row, whatever the number of gateways. */
export const REVISION_POLL_MS = 2_000;
/** Without a successful look for this long (database away) nothing remembered is trusted any more. */
const REVISION_TRUST_MS = 5_000;
/** 10,000 gateways and as many keys; about 10 MB. The oldest goes first. */
const REMEMBERED_MAX = 20_000;
/** A token longer than this is not ours. */
const TOKEN_LENGTH_MAX = 128;

export interface Bearer {
  /** `admit` is asked before an unknown token costs a query; its refusal is the answer then. */
  authenticate(token: string, admit: () => Refusal | undefined): Promise<Actor | Refusal | null>;
  /** Looks for revocations of other processes. */
  refresh(): Promise<void>;
  /** After a revocation of our own. */
  forget(): void;
}

/**
 * API keys and gateway tokens, without a query on the hot path. A revocation raises one revision number; every process
 * compares it and forgets everything when it moved, so a revoked token works for at most REVISION_TRUST_MS anywhere.
 */
export function createBearer(db: Database, wallNow: () => number): Bearer {
  const remembered = new Map<string, Remembered>();
  let revision = -1;
  let checkedAt = Number.NEGATIVE_INFINITY;

  const refresh = async (): Promise<void> => {
    const startedAt = wallNow();
    const current = await db.transaction(PLATFORM, tokenRevision);
    if (current !== revision) remembered.clear();
    revision = current;
    checkedAt = startedAt;
  };

  return {
    refresh,
    forget: () => {
      remembered.clear();
      // Whatever is being read at this moment is not remembered either.
      revision = -1;
    },
    authenticate: async (token, admit) => {
      if (token.length > TOKEN_LENGTH_MAX) return null;
      const now = wallNow();
      if (now - checkedAt > REVISION_TRUST_MS) await refresh();
      // By the token itself: it stands in the request's header anyway, and a hash for every upload is a tenth of its cost.
      const known = remembered.get(token);
      if (known) return known.expiresAt > now ? known.actor : null;
      const refusal = admit();
      if (refusal) return refusal;
      const before = revision;
      const found = await db.transaction(PLATFORM, (tx) => ownerOf(tx, hashToken(token)));
      if (!found || found.expiresAt <= now) return null;
      if (found.successor) {
        // Its predecessor is among them.
        remembered.clear();
        revision = -1;
        return found.actor;
      }
      // A revocation seen while we read may be about this very token: use it once, do not remember it.
      if (before === revision) remember(remembered, token, found);
      return found.actor;
    },
  };
}

/** A successor that is used for the first time takes the place of the token before it, in the same transaction. */
async function ownerOf(tx: Tx, hash: Buffer): Promise<TokenOwner | undefined> {
  const found = await findTokenActor(tx, hash);
  if (!found?.successor) return found;
  const came = await promoteSuccessor(tx, found.actor, hash);
  if (came === 'unknown') return undefined;
  await raiseTokenRevision(tx);
  // Enrolment was audited when the code was taken; what another request promoted a moment ago, by that one.
  if (came !== 'rotated') return found;
  const { id, label } = found.actor;
  await recordAudit(tx, found.actor, {
    action: 'gateway.rotate',
    subject: `gateway/${id}`,
    detail: { code: label, over: 'exchange' },
  });
  return found;
}

function remember(remembered: Map<string, Remembered>, token: string, found: Remembered): void {
  if (remembered.size >= REMEMBERED_MAX) {
    const oldest = remembered.keys().next().value;
    if (oldest !== undefined) remembered.delete(oldest);
  }
  remembered.set(token, found);
}
