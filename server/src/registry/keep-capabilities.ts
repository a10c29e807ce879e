import type { Capability, Item, NewCapability, WorkCenter } from '@millrace/contract';
import { type Actor, can } from '../access/index.ts';
import { isRefusal, notFound, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import { create, type Desk, given, refer, revise } from './desk.ts';
import type { CapabilityPatch } from './patch.ts';
import { CAPABILITY, findRow, ITEM, WORK_CENTER } from './store.ts';

/** What an installation counts in until somebody says otherwise. [ISO 4217] */
export const DEFAULT_CURRENCY = 'USD';

export async function createCapability(
  desk: Desk,
  tx: Tx,
  actor: Actor,
  fresh: NewCapability,
): Promise<Capability | Refusal> {
  const { networkId } = actor;
  const center = await refer<WorkCenter>(tx, WORK_CENTER, networkId, fresh.workCenterId, 'workCenterId');
  if (isRefusal(center)) return center;
  const item = await refer<Item>(tx, ITEM, networkId, fresh.itemId, 'itemId');
  if (isRefusal(item)) return item;
  const state = fresh.state ?? 'applied';
  if (state !== 'applied' && !can(actor, 'registry.qualify')) return OPERATOR_QUALIFIES;
  const id = await create(desk, tx, actor, {
    noun: CAPABILITY,
    unique: { work_center_id: center.id, item_id: item.id },
    columns: {
      factory_org_id: center.organisationId,
      site_id: center.siteId,
      work_center_id: center.id,
      item_id: item.id,
      state,
      rate_per_hour: fresh.ratePerHour,
      set_up_minutes: fresh.setUpMinutes,
      minimum_lot: fresh.minimumLot ?? 1,
      unit_cost_minor: fresh.unitCostMinor,
      currency: fresh.currency ?? DEFAULT_CURRENCY,
    },
  });
  if (isRefusal(id)) return id.code === 'code-taken' ? ALREADY_CAPABLE : id;
  await desk.kernel.bus.publish(tx, networkId, 'capability-changed', {
    capabilityId: id,
    siteId: center.siteId,
  });
  return oneCapability(tx, networkId, id);
}

export async function changeCapability(
  desk: Desk,
  tx: Tx,
  actor: Actor,
  id: string,
  patch: CapabilityPatch,
): Promise<Capability | Refusal> {
  const { networkId } = actor;
  const before = await oneCapability(tx, networkId, id);
  if (isRefusal(before)) return before;
  const qualifies = patch.state !== undefined && patch.state !== before.state;
  if (qualifies && !can(actor, 'registry.qualify')) return OPERATOR_QUALIFIES;
  const refused = await revise(desk, tx, actor, {
    noun: CAPABILITY,
    id,
    columns: given({
      state: patch.state,
      rate_per_hour: patch.ratePerHour,
      set_up_minutes: patch.setUpMinutes,
      minimum_lot: patch.minimumLot,
      unit_cost_minor: patch.unitCostMinor,
      currency: patch.currency,
    }),
  });
  if (refused) return refused;
  await desk.kernel.bus.publish(tx, networkId, 'capability-changed', {
    capabilityId: id,
    siteId: before.siteId,
  });
  return oneCapability(tx, networkId, id);
}

export async function oneCapability(tx: Tx, networkId: string, id: string): Promise<Capability | Refusal> {
  return (await findRow<Capability>(tx, CAPABILITY, networkId, id)) ?? notFound('capability');
}

export const OPERATOR_QUALIFIES = refuse(
  'operator-qualifies',
  403,
  'A factory applies for an item; the operator qualifies or suspends it.',
  { fields: [{ pointer: '/body/state', message: 'can be set by the operator only' }] },
);
const ALREADY_CAPABLE = refuse(
  'capability-exists',
  409,
  'This work center already has a capability for the item.',
  {
    fields: [{ pointer: '/body/itemId', message: 'already has a capability here' }],
  },
);
