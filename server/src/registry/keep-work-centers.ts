import type { NewWorkCenter, Site, WorkCenter } from '@millrace/contract';
import type { Actor } from '../access/index.ts';
import { isRefusal, notFound, type Refusal, type Tx } from '../kernel/index.ts';
import { capacityChanged, create, type Desk, given, refer, revise } from './desk.ts';
import type { WorkCenterPatch } from './patch.ts';
import { findRow, SITE, WORK_CENTER } from './store.ts';

export async function createWorkCenter(
  desk: Desk,
  tx: Tx,
  actor: Actor,
  fresh: NewWorkCenter,
): Promise<WorkCenter | Refusal> {
  const site = await refer<Site>(tx, SITE, actor.networkId, fresh.siteId, 'siteId');
  if (isRefusal(site)) return site;
  const id = await create(desk, tx, actor, {
    noun: WORK_CENTER,
    unique: { factory_org_id: site.organisationId, code: fresh.code },
    columns: {
      factory_org_id: site.organisationId,
      site_id: site.id,
      code: fresh.code,
      name: fresh.name,
      process_code: fresh.processCode,
    },
  });
  return isRefusal(id) ? id : oneWorkCenter(tx, actor.networkId, id);
}

export async function changeWorkCenter(
  desk: Desk,
  tx: Tx,
  actor: Actor,
  id: string,
  patch: WorkCenterPatch,
): Promise<WorkCenter | Refusal> {
  const { networkId } = actor;
  const before = await oneWorkCenter(tx, networkId, id);
  if (isRefusal(before)) return before;
  const refused = await revise(desk, tx, actor, {
    noun: WORK_CENTER,
    id,
    unique:
      patch.code === undefined ? undefined : { factory_org_id: before.organisationId, code: patch.code },
    columns: given({ code: patch.code, name: patch.name, process_code: patch.processCode }),
  });
  if (refused) return refused;
  await capacityChanged(desk, tx, networkId, [before.siteId], 'work-center');
  return oneWorkCenter(tx, networkId, id);
}

export async function oneWorkCenter(tx: Tx, networkId: string, id: string): Promise<WorkCenter | Refusal> {
  return (await findRow<WorkCenter>(tx, WORK_CENTER, networkId, id)) ?? notFound('work center');
}
