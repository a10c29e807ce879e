import type {
  ApiKey,
  Gateway,
  GatewayToken,
  NewApiKey,
  NewApiKeySecret,
  NewGateway,
} from '@millrace/contract';
import { isRefusal, type Kernel, notFound, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import { type Actor, scopeOf } from './actor.ts';
import type { Bearer } from './bearer.ts';
import { recordAudit } from './record-audit.ts';
import { mintToken } from './secret-token.ts';
import { findOrganisation } from './store.ts';
import {
  insertApiKey,
  insertGateway,
  raiseTokenRevision,
  revokeApiKey,
  revokeGateway,
  setGatewayToken,
} from './store-token.ts';

/** API keys and gateways: secrets are shown once and stored hashed. */
export interface Devices {
  createKey(actor: Actor, input: NewApiKey): Promise<NewApiKeySecret | Refusal>;
  revokeKey(actor: Actor, id: string): Promise<ApiKey | Refusal>;
  createGateway(actor: Actor, input: NewGateway): Promise<GatewayToken | Refusal>;
  rotateGateway(actor: Actor, id: string): Promise<GatewayToken | Refusal>;
  revokeGateway(actor: Actor, id: string): Promise<Gateway | Refusal>;
}

export function createDevices(kernel: Kernel, bearer: Bearer): Devices {
  const { db, clock } = kernel;
  /** What ends a right: in every process within seconds, in this one at once. */
  const ending = async <T>(actor: Actor, work: (tx: Tx) => Promise<T | Refusal>): Promise<T | Refusal> => {
    const result = await db.transaction(scopeOf(actor), async (tx) => {
      const done = await work(tx);
      if (!isRefusal(done)) await raiseTokenRevision(tx);
      return done;
    });
    bearer.forget();
    return result;
  };
  return {
    createKey: (actor, input) => db.transaction(scopeOf(actor), (tx) => createKey(kernel, tx, actor, input)),
    createGateway: (actor, input) =>
      db.transaction(scopeOf(actor), (tx) => createGateway(kernel, tx, actor, input)),
    revokeKey: (actor, id) =>
      ending(actor, async (tx) => {
        const key = await revokeApiKey(tx, actor.networkId, id, clock.wallNow());
        if (!key) return notFound('API key');
        await audit(tx, actor, 'key.revoke', `api-key/${id}`, { name: key.name });
        return key;
      }),
    rotateGateway: (actor, id) =>
      ending(actor, async (tx) => {
        const { token, hash } = mintToken('gw');
        const gateway = await setGatewayToken(tx, actor.networkId, id, hash);
        if (!gateway) return notFound('gateway');
        await audit(tx, actor, 'gateway.rotate', `gateway/${id}`, { code: gateway.code });
        return { gateway, token };
      }),
    revokeGateway: (actor, id) =>
      ending(actor, async (tx) => {
        const gateway = await revokeGateway(tx, actor.networkId, id, clock.wallNow());
        if (!gateway) return notFound('gateway');
        await audit(tx, actor, 'gateway.revoke', `gateway/${id}`, { code: gateway.code });
        return gateway;
      }),
  };
}

async function createKey(
  kernel: Kernel,
  tx: Tx,
  actor: Actor,
  input: NewApiKey,
): Promise<NewApiKeySecret | Refusal> {
  const now = kernel.clock.wallNow();
  const organisation = await ownOrganisation(tx, actor, input.organisationId);
  if (isRefusal(organisation)) return organisation;
  if (input.expiresAt !== undefined && input.expiresAt <= now) return EXPIRED;
  // A key must not make a stronger key.
  const excess = actor.kind === 'api-key' && input.scopes.find((scope) => !actor.scopes.includes(scope));
  if (excess) return scopeExceeded(excess);
  const { token, prefix, hash } = mintToken('key');
  const apiKey = await insertApiKey(tx, {
    networkId: actor.networkId,
    id: kernel.ids(),
    organisationId: organisation.id,
    name: input.name,
    scopes: [...new Set(input.scopes)],
    prefix,
    hash,
    createdAt: now,
    expiresAt: input.expiresAt,
  });
  const detail = { name: apiKey.name, scopes: apiKey.scopes, organisation: organisation.code };
  await audit(tx, actor, 'key.create', `api-key/${apiKey.id}`, detail);
  return { apiKey, secret: token };
}

async function createGateway(
  kernel: Kernel,
  tx: Tx,
  actor: Actor,
  input: NewGateway,
): Promise<GatewayToken | Refusal> {
  const organisation = await ownOrganisation(tx, actor, input.organisationId);
  if (isRefusal(organisation)) return organisation;
  if (organisation.kind !== 'factory') return NOT_A_FACTORY;
  const { token, hash } = mintToken('gw');
  const gateway = await insertGateway(tx, {
    networkId: actor.networkId,
    id: kernel.ids(),
    organisationId: organisation.id,
    code: input.code,
    name: input.name,
    hash,
    createdAt: kernel.clock.wallNow(),
  });
  if (!gateway) return CODE_TAKEN;
  const detail = { code: gateway.code, organisation: organisation.code };
  await audit(tx, actor, 'gateway.create', `gateway/${gateway.id}`, detail);
  return { gateway, token };
}

async function ownOrganisation(tx: Tx, actor: Actor, wanted: string | undefined) {
  const id = wanted ?? actor.organisationId;
  const isOwn = id === actor.organisationId || actor.organisationKind === 'operator';
  const found = isOwn ? await findOrganisation(tx, actor.networkId, id) : undefined;
  return found ?? notFound('organisation');
}

function audit(
  tx: Tx,
  actor: Actor,
  action: string,
  subject: string,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  return recordAudit(tx, actor, { action, subject, detail });
}

const EXPIRED = refuse('already-expired', 400, 'The expiry lies in the past.', {
  fields: [{ pointer: '/body/expiresAt', message: 'lies in the past' }],
});
const scopeExceeded = (scope: string): Refusal =>
  refuse('scope-exceeded', 403, `Your key does not have the scope ${scope} itself.`, { values: { scope } });
const NOT_A_FACTORY = refuse(
  'not-a-factory',
  400,
  'Gateways belong to factories; say which with organisationId.',
  {
    fields: [{ pointer: '/body/organisationId', message: 'must be a factory' }],
  },
);
const CODE_TAKEN = refuse('code-taken', 409, 'Your organisation has a gateway of this code already.', {
  fields: [{ pointer: '/body/code', message: 'is taken' }],
});
