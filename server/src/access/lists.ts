import type {
  ApiKey,
  AuditEntry,
  AuditVerification,
  Gateway,
  Grant,
  Organisation,
  PageQuery,
  User,
} from '@millrace/contract';
import {
  type Database,
  decodeCursor,
  isRefusal,
  PAGE_DEFAULT,
  type Refusal,
  refuse,
  type Tx,
  toPage,
} from '../kernel/index.ts';
import { type Actor, scopeOf } from './actor.ts';
import { verifyAudit } from './audit-verify.ts';
import { listOrganisations } from './store.ts';
import { listEntries } from './store-audit.ts';
import { listGrants } from './store-grant.ts';
import { listUsers } from './store-member.ts';
import { listApiKeys, listGateways } from './store-token.ts';

type Page<T> = { rows: T[]; nextCursor: string | null } | Refusal;
type Key = (string | number | null)[];

/** Everything this module shows in pages; row-level security decides which rows. */
export interface Lists {
  organisations(actor: Actor, query: PageQuery): Promise<Page<Organisation>>;
  users(actor: Actor, query: PageQuery & { organisationId?: string }): Promise<Page<User>>;
  apiKeys(actor: Actor, query: PageQuery): Promise<Page<ApiKey>>;
  gateways(actor: Actor, query: PageQuery): Promise<Page<Gateway>>;
  grants(actor: Actor, query: PageQuery): Promise<Page<Grant>>;
  audit(actor: Actor, query: PageQuery & { action?: string; actor?: string }): Promise<Page<AuditEntry>>;
  verification(actor: Actor): Promise<AuditVerification>;
}

export function createLists(db: Database): Lists {
  return {
    organisations: (actor, query) =>
      page(db, actor, query, BY_CODE, (tx, after, limit) =>
        listOrganisations(tx, actor.networkId, text(after?.[0]), limit),
      ),
    users: (actor, query) =>
      page(db, actor, query, BY_EMAIL, (tx, after, limit) =>
        listUsers(tx, {
          networkId: actor.networkId,
          organisationId: query.organisationId ?? null,
          after: after ? [String(after[0]), String(after[1])] : null,
          limit,
        }),
      ),
    apiKeys: (actor, query) =>
      page(db, actor, query, BY_ID, (tx, after, limit) =>
        listApiKeys(tx, actor.networkId, text(after?.[0]), limit),
      ),
    gateways: (actor, query) =>
      page(db, actor, query, BY_ID, (tx, after, limit) =>
        listGateways(tx, actor.networkId, text(after?.[0]), limit),
      ),
    grants: (actor, query) =>
      page(db, actor, query, BY_ID, (tx, after, limit) =>
        listGrants(tx, actor.networkId, text(after?.[0]), limit),
      ),
    audit: (actor, query) =>
      page(db, actor, query, BY_SEQ, (tx, after, limit) =>
        listEntries(tx, actor.networkId, {
          action: query.action,
          actor: query.actor,
          beforeSeq: after ? Number(after[0]) : undefined,
          limit,
        }),
      ),
    // The chain holds the entries of all; whoever may read the audit may know that it is whole.
    verification: ({ networkId }) =>
      db.transaction({ kind: 'network', networkId }, (tx) => verifyAudit(tx, networkId)),
  };
}

/** What a list is ordered by, and what a cursor of it must look like before it reaches SQL. */
interface Order<T> {
  readonly length: number;
  readonly keyOf: (row: T) => Key;
  readonly fits: (key: Key) => boolean;
}
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const BY_CODE: Order<Organisation> = {
  length: 1,
  keyOf: ({ code }) => [code],
  fits: ([code]) => typeof code === 'string',
};
const BY_EMAIL: Order<User> = {
  length: 2,
  keyOf: ({ email, organisationId }) => [email, organisationId],
  fits: ([email, id]) => typeof email === 'string' && UUID.test(String(id)),
};
const BY_ID: Order<{ id: string }> = {
  length: 1,
  keyOf: ({ id }) => [id],
  fits: ([id]) => UUID.test(String(id)),
};
const BY_SEQ: Order<AuditEntry> = {
  length: 1,
  keyOf: ({ seq }) => [seq],
  fits: ([seq]) => Number.isSafeInteger(seq),
};

const text = (value: string | number | null | undefined): string | null =>
  value === undefined || value === null ? null : String(value);

async function page<T extends K, K>(
  db: Database,
  actor: Actor,
  query: PageQuery,
  order: Order<K>,
  read: (tx: Tx, after: Key | undefined, limit: number) => Promise<T[]>,
): Promise<Page<T>> {
  const after = decodeCursor(query.cursor, order.length);
  if (isRefusal(after)) return after;
  if (after && !order.fits(after)) return BAD_CURSOR;
  const limit = query.limit ?? PAGE_DEFAULT;
  return db.transaction(scopeOf(actor), async (tx) =>
    toPage(await read(tx, after, limit + 1), limit, order.keyOf),
  );
}

const BAD_CURSOR = refuse(
  'bad-cursor',
  400,
  'The cursor is not one this list gave out; start again without it.',
);
