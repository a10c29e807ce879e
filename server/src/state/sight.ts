import type { LiveMachine } from '@millrace/contract';
import { type Actor, readGrantedFields, scopeOf } from '../access/index.ts';
import type { Kernel } from '../kernel/index.ts';
import type { Directory, RegisteredMachine } from '../registry/index.ts';

/** Which machines of the network an actor may see, and which fields of those that are not its own. */
export interface Sight {
  readonly networkId: string;
  /** The operator sees the whole network. */
  readonly all: boolean;
  readonly organisationId: string;
  /** Fields of LiveMachine by the organisation that shares them. */
  readonly shared: ReadonlyMap<string, ReadonlySet<string>>;
}

export async function sightOf(kernel: Kernel, actor: Actor): Promise<Sight> {
  const { networkId, organisationId } = actor;
  const all = scopeOf(actor).kind !== 'organisation';
  return withGrants(kernel, { networkId, organisationId, all, shared: new Map() });
}

/** The same with the grants as they are now. */
export async function withGrants(kernel: Kernel, sight: Sight): Promise<Sight> {
  if (sight.all) return sight;
  const { networkId, organisationId } = sight;
  const shared = await kernel.db.transaction({ kind: 'organisation', networkId, organisationId }, (tx) =>
    readGrantedFields(tx, 'machine-state'),
  );
  return { ...sight, shared };
}

export function maySee(sight: Sight, organisationId: string): boolean {
  return sight.all || organisationId === sight.organisationId || sight.shared.has(organisationId);
}

/** The machines in service that the actor may see. */
export function* machinesInSight(
  sight: Sight,
  directory: Directory,
  now: number,
): Generator<RegisteredMachine> {
  for (const machine of directory.machines()) {
    if (machine.retiredAt !== null && machine.retiredAt <= now) continue;
    if (maySee(sight, machine.organisationId)) yield machine;
  }
}

/** What a grant does not open is left blank; who the machine is and where it stands is part of every grant. */
export function asSeen(sight: Sight, machine: LiveMachine): LiveMachine {
  if (sight.all || machine.organisationId === sight.organisationId) return machine;
  const fields = sight.shared.get(machine.organisationId) ?? new Set();
  return {
    ...machine,
    state: fields.has('state') ? machine.state : 'unknown',
    since: fields.has('since') ? machine.since : null,
    lastMinute: fields.has('lastMinute') ? machine.lastMinute : null,
    countToday: fields.has('countToday') ? machine.countToday : 0,
    planToday: fields.has('planToday') ? machine.planToday : null,
    itemCode: fields.has('itemCode') ? machine.itemCode : null,
    oeeToday: fields.has('oeeToday') ? machine.oeeToday : null,
    lastHour: fields.has('lastHour') ? machine.lastHour : [],
  };
}
