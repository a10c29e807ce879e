import type { NewSite, Site } from '@millrace/contract';
import type { Actor } from '../access/index.ts';
import { isRefusal, notFound, type Refusal, type Tx } from '../kernel/index.ts';
import { capacityChanged, create, type Desk, given, namesOf, ownerOf, refer, revise } from './desk.ts';
import type { SitePatch } from './patch.ts';
import { checkPlace } from './place.ts';
import { CALENDAR, findRow, SITE } from './store.ts';

type SiteRow = Omit<Site, 'position' | 'organisationName'> & { lat: number; lon: number };

export async function createSite(desk: Desk, tx: Tx, actor: Actor, fresh: NewSite): Promise<Site | Refusal> {
  const owner = await ownerOf(tx, actor, fresh.organisationId);
  if (isRefusal(owner)) return owner;
  const wrong = checkPlace(fresh) ?? (await checkCalendar(tx, actor.networkId, owner, fresh.calendarId));
  if (wrong) return wrong;
  const id = await create(desk, tx, actor, {
    noun: SITE,
    unique: { factory_org_id: owner, code: fresh.code },
    columns: {
      factory_org_id: owner,
      code: fresh.code,
      name: fresh.name,
      lat: fresh.position.lat,
      lon: fresh.position.lon,
      position_approximate: fresh.positionApproximate ?? false,
      zone: fresh.zone,
      offered_percent: fresh.offeredPercent ?? 100,
      auto_accept: fresh.autoAccept ?? false,
      calendar_id: fresh.calendarId ?? null,
    },
  });
  return isRefusal(id) ? id : oneSite(tx, actor.networkId, id);
}

export async function changeSite(
  desk: Desk,
  tx: Tx,
  actor: Actor,
  id: string,
  patch: SitePatch,
): Promise<Site | Refusal> {
  const { networkId } = actor;
  const before = await findRow<SiteRow>(tx, SITE, networkId, id);
  if (!before) return notFound('site');
  const wrong =
    checkPlace(patch) ?? (await checkCalendar(tx, networkId, before.organisationId, patch.calendarId));
  if (wrong) return wrong;
  const refused = await revise(desk, tx, actor, {
    noun: SITE,
    id,
    unique:
      patch.code === undefined ? undefined : { factory_org_id: before.organisationId, code: patch.code },
    columns: given({
      code: patch.code,
      name: patch.name,
      lat: patch.position?.lat,
      lon: patch.position?.lon,
      position_approximate: patch.positionApproximate,
      zone: patch.zone,
      offered_percent: patch.offeredPercent,
      auto_accept: patch.autoAccept,
      calendar_id: patch.calendarId,
    }),
  });
  if (refused) return refused;
  await capacityChanged(desk, tx, networkId, [id], 'site');
  return oneSite(tx, networkId, id);
}

/** A calendar of another factory must not decide over one's own hours. */
export async function checkCalendar(
  tx: Tx,
  networkId: string,
  owner: string,
  calendarId: string | null | undefined,
): Promise<Refusal | undefined> {
  if (calendarId === undefined || calendarId === null) return undefined;
  const found = await refer<{ organisationId: string }>(tx, CALENDAR, networkId, calendarId, 'calendarId');
  if (isRefusal(found)) return found;
  return found.organisationId === owner ? undefined : notFound('calendar');
}

export async function oneSite(tx: Tx, networkId: string, id: string): Promise<Site | Refusal> {
  const row = await findRow<SiteRow>(tx, SITE, networkId, id);
  const [site] = row ? await viewSites(tx, networkId, [row]) : [];
  return site ?? notFound('site');
}

export async function viewSites(tx: Tx, networkId: string, rows: readonly object[]): Promise<Site[]> {
  const sites = rows as readonly SiteRow[]; // what SITE.select gives
  const names = await namesOf(tx, networkId, sites);
  return sites.map(({ lat, lon, ...site }) => ({
    ...site,
    position: { lat, lon },
    organisationName: names.get(site.organisationId) ?? '–',
  }));
}
