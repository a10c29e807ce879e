import type { Calendar, NewCalendar } from '@millrace/contract';
import type { Actor } from '../access/index.ts';
import { isRefusal, notFound, type Refusal, type Tx } from '../kernel/index.ts';
import { checkPattern } from './calendar.ts';
import { capacityChanged, create, type Desk, given, ownerOf, revise } from './desk.ts';
import type { CalendarPatch } from './patch.ts';
import { CALENDAR, findRow, sitesOfCalendar } from './store.ts';

export async function createCalendar(
  desk: Desk,
  tx: Tx,
  actor: Actor,
  fresh: NewCalendar,
): Promise<Calendar | Refusal> {
  const owner = await ownerOf(tx, actor, fresh.organisationId);
  if (isRefusal(owner)) return owner;
  const exceptions = fresh.exceptions ?? [];
  const wrong = checkPattern({ shifts: fresh.shifts, exceptions });
  if (wrong) return wrong;
  const id = await create(desk, tx, actor, {
    noun: CALENDAR,
    unique: { factory_org_id: owner, code: fresh.code },
    columns: {
      factory_org_id: owner,
      code: fresh.code,
      name: fresh.name,
      shifts: JSON.stringify(fresh.shifts),
      exceptions: JSON.stringify(exceptions),
    },
  });
  return isRefusal(id) ? id : oneCalendar(tx, actor.networkId, id);
}

export async function changeCalendar(
  desk: Desk,
  tx: Tx,
  actor: Actor,
  id: string,
  patch: CalendarPatch,
): Promise<Calendar | Refusal> {
  const { networkId } = actor;
  const before = await oneCalendar(tx, networkId, id);
  if (isRefusal(before)) return before;
  const wrong = checkPattern({
    shifts: patch.shifts ?? before.shifts,
    exceptions: patch.exceptions ?? before.exceptions,
  });
  if (wrong) return wrong;
  const refused = await revise(desk, tx, actor, {
    noun: CALENDAR,
    id,
    unique:
      patch.code === undefined ? undefined : { factory_org_id: before.organisationId, code: patch.code },
    columns: given({
      code: patch.code,
      name: patch.name,
      shifts: patch.shifts && JSON.stringify(patch.shifts),
      exceptions: patch.exceptions && JSON.stringify(patch.exceptions),
    }),
  });
  if (refused) return refused;
  await capacityChanged(desk, tx, networkId, await sitesOfCalendar(tx, networkId, id), 'calendar');
  return oneCalendar(tx, networkId, id);
}

export async function oneCalendar(tx: Tx, networkId: string, id: string): Promise<Calendar | Refusal> {
  return (await findRow<Calendar>(tx, CALENDAR, networkId, id)) ?? notFound('calendar');
}
