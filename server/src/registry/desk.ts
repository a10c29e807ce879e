import { type Actor, findOrganisation, organisationsById, recordAudit, scopeOf } from '../access/index.ts';
import { isRefusal, type Kernel, notFound, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import type { Directories } from './directories.ts';
import { type Columns, findRow, insertRow, isTaken, type Noun, updateRow } from './store.ts';

/** Where changes to the registry are made: every one is a transaction with its version, audit entry and news. */
export interface Desk {
  readonly kernel: Kernel;
  readonly directories: Directories;
}

/** Waits until this process's directory holds the change, so that the next request already meets it. */
export async function write<T>(
  desk: Desk,
  actor: Actor,
  work: (tx: Tx) => Promise<T | Refusal>,
): Promise<T | Refusal> {
  const result = await desk.kernel.db.transaction<T | Refusal>(scopeOf(actor), work);
  if (!isRefusal(result)) await desk.directories.settle(actor.networkId);
  return result;
}

export interface Draft {
  readonly noun: Noun;
  /** All columns but network, id and version. */
  readonly columns: Columns;
  /** Columns that no other row of the network may have in common. */
  readonly unique: Columns;
}

/** The id of the new row, or why there is none. */
export async function create(desk: Desk, tx: Tx, actor: Actor, draft: Draft): Promise<string | Refusal> {
  const { networkId } = actor;
  const version = await desk.directories.nextVersion(tx, networkId);
  if (await isTaken(tx, draft.noun, networkId, draft.unique)) return taken(draft.noun);
  const id = desk.kernel.ids();
  await insertRow(tx, draft.noun, { network_id: networkId, id, ...draft.columns, version });
  await audit(tx, actor, draft.noun, 'create', id, draft.columns);
  return id;
}

export interface Revision {
  readonly noun: Noun;
  readonly id: string;
  /** Only what changes. */
  readonly columns: Columns;
  readonly unique?: Columns | undefined;
}

export async function revise(
  desk: Desk,
  tx: Tx,
  actor: Actor,
  { noun, id, columns, unique }: Revision,
): Promise<Refusal | undefined> {
  const { networkId } = actor;
  const version = await desk.directories.nextVersion(tx, networkId);
  if (unique && (await isTaken(tx, noun, networkId, unique, id))) return taken(noun);
  if (!(await updateRow(tx, noun, networkId, id, { ...columns, version }))) return notFound(noun.name);
  await audit(tx, actor, noun, 'update', id, columns);
  return undefined;
}

function audit(tx: Tx, actor: Actor, noun: Noun, act: string, id: string, columns: Columns): Promise<void> {
  return recordAudit(tx, actor, {
    action: `${noun.table.replaceAll('_', '-')}.${act}`,
    subject: `${noun.table.replaceAll('_', '-')}/${id}`,
    detail: columns,
  });
}

function taken(noun: Noun): Refusal {
  return refuse('code-taken', 409, `There is already a ${noun.name} with this code.`, {
    fields: [{ pointer: '/body/code', message: 'is already in use' }],
    values: { noun: noun.name },
  });
}

/** What a request refers to must exist and be the actor's to use; row-level security hides the rest. */
export async function refer<T extends object>(
  tx: Tx,
  noun: Noun,
  networkId: string,
  id: string,
  field: string,
): Promise<T | Refusal> {
  return (await findRow<T>(tx, noun, networkId, id)) ?? unknown(noun.name, field);
}

export function unknown(noun: string, field: string): Refusal {
  return refuse('unknown-reference', 422, `${field} names no ${noun} that you may use.`, {
    fields: [{ pointer: `/body/${field}`, message: `is no ${noun} that you may use` }],
    values: { noun },
  });
}

/** Whose the new row is: a factory's own, or the factory the operator names. */
export async function ownerOf(
  tx: Tx,
  actor: Actor,
  organisationId: string | undefined,
): Promise<string | Refusal> {
  const isOperator = actor.organisationKind === 'operator';
  if (!isOperator && organisationId !== undefined && organisationId !== actor.organisationId) {
    return refuse(
      'foreign-organisation',
      403,
      'You can only register what belongs to your own organisation.',
      {
        fields: [{ pointer: '/body/organisationId', message: 'is not your organisation' }],
      },
    );
  }
  const wanted = isOperator ? organisationId : actor.organisationId;
  if (wanted === undefined) {
    return refuse('organisation-required', 422, 'Say which factory it belongs to.', {
      fields: [{ pointer: '/body/organisationId', message: 'is missing' }],
    });
  }
  const owner = await findOrganisation(tx, actor.networkId, wanted);
  if (owner?.kind === 'factory') return wanted;
  return refuse('not-a-factory', 422, 'Only a factory has sites, machines and calendars.', {
    fields: [{ pointer: '/body/organisationId', message: 'is not a factory of this network' }],
  });
}

/** Names of organisations for a list; an organisation that the scope may not see is named by nothing. */
export async function namesOf(
  tx: Tx,
  networkId: string,
  rows: readonly { readonly organisationId: string }[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(rows.map((row) => row.organisationId))];
  const found = await organisationsById(tx, networkId, ids);
  return new Map(found.map(({ id, name }) => [id, name]));
}

/** Tells planning that the hours of the sites may have changed. */
export async function capacityChanged(
  { kernel }: Desk,
  tx: Tx,
  networkId: string,
  siteIds: Iterable<string>,
  reason: string,
): Promise<void> {
  for (const siteId of new Set(siteIds)) {
    await kernel.bus.publish(tx, networkId, 'capacity-changed', { siteId, reason });
  }
}

/** Columns of the patch's fields that were given. */
export function given(fields: Columns): Columns {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
