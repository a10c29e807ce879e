import type { Machine, NewMachine, WorkCenter } from '@millrace/contract';
import { type Actor, findGateway } from '../access/index.ts';
import { isRefusal, notFound, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import { capacityChanged, create, type Desk, given, refer, revise, unknown } from './desk.ts';
import { checkCalendar } from './keep-sites.ts';
import type { MachinePatch } from './patch.ts';
import { findRow, MACHINE, WORK_CENTER } from './store.ts';

export async function createMachine(
  desk: Desk,
  tx: Tx,
  actor: Actor,
  fresh: NewMachine,
): Promise<Machine | Refusal> {
  const { networkId } = actor;
  const center = await refer<WorkCenter>(tx, WORK_CENTER, networkId, fresh.workCenterId, 'workCenterId');
  if (isRefusal(center)) return center;
  const owner = center.organisationId;
  const wrong =
    (await checkGateway(tx, networkId, owner, fresh.gatewayId)) ??
    (await checkCalendar(tx, networkId, owner, fresh.calendarId));
  if (wrong) return wrong;
  const id = await create(desk, tx, actor, {
    noun: MACHINE,
    unique: { factory_org_id: owner, code: fresh.code },
    columns: {
      factory_org_id: owner,
      site_id: center.siteId,
      work_center_id: center.id,
      gateway_id: fresh.gatewayId ?? null,
      code: fresh.code,
      name: fresh.name,
      calendar_id: fresh.calendarId ?? null,
      count_modulus: fresh.countModulus ?? null,
    },
  });
  if (isRefusal(id)) return id;
  await capacityChanged(desk, tx, networkId, [center.siteId], 'machine');
  return oneMachine(tx, networkId, id);
}

export async function changeMachine(
  desk: Desk,
  tx: Tx,
  actor: Actor,
  id: string,
  patch: MachinePatch,
): Promise<Machine | Refusal> {
  const { networkId } = actor;
  const before = await oneMachine(tx, networkId, id);
  if (isRefusal(before)) return before;
  const owner = before.organisationId;
  const center = await newCenter(tx, networkId, before, patch.workCenterId);
  if (isRefusal(center)) return center;
  const wrong =
    (await checkGateway(tx, networkId, owner, patch.gatewayId)) ??
    (await checkCalendar(tx, networkId, owner, patch.calendarId));
  if (wrong) return wrong;
  const retiredAt = patch.retired ? (before.retiredAt ?? desk.kernel.clock.now()) : null;
  const refused = await revise(desk, tx, actor, {
    noun: MACHINE,
    id,
    unique: patch.code === undefined ? undefined : { factory_org_id: owner, code: patch.code },
    columns: given({
      ...(center ? { work_center_id: center.id } : {}),
      gateway_id: patch.gatewayId,
      code: patch.code,
      name: patch.name,
      calendar_id: patch.calendarId,
      count_modulus: patch.countModulus,
      retired_at: patch.retired === undefined ? undefined : retiredAt && new Date(retiredAt),
    }),
  });
  if (refused) return refused;
  await capacityChanged(desk, tx, networkId, [before.siteId], 'machine');
  return oneMachine(tx, networkId, id);
}

/** A machine may join another group of its site; moved to another site it is another machine, with its own history. */
async function newCenter(
  tx: Tx,
  networkId: string,
  machine: Machine,
  workCenterId: string | undefined,
): Promise<WorkCenter | Refusal | undefined> {
  if (workCenterId === undefined || workCenterId === machine.workCenterId) return undefined;
  const center = await refer<WorkCenter>(tx, WORK_CENTER, networkId, workCenterId, 'workCenterId');
  if (isRefusal(center) || center.siteId === machine.siteId) return center;
  return refuse(
    'other-site',
    422,
    'A machine stays at its site; retire it and register it anew over there.',
    {
      fields: [{ pointer: '/body/workCenterId', message: 'belongs to another site' }],
    },
  );
}

async function checkGateway(
  tx: Tx,
  networkId: string,
  owner: string,
  gatewayId: string | null | undefined,
): Promise<Refusal | undefined> {
  if (gatewayId === undefined || gatewayId === null) return undefined;
  const gateway = await findGateway(tx, networkId, gatewayId);
  return gateway?.organisationId === owner ? undefined : unknown('gateway', 'gatewayId');
}

export async function oneMachine(tx: Tx, networkId: string, id: string): Promise<Machine | Refusal> {
  return (await findRow<Machine>(tx, MACHINE, networkId, id)) ?? notFound('machine');
}
