import { NewSite } from '@millrace/contract';
import { code, flag, latitude, longitude, name, number, optional, required } from './cell.ts';
import { capacityChanged, type Desk } from './desk.ts';
import type { Importer } from './import.ts';
import { codeColumn, landed, NOTHING, nameColumn, organisationColumn, updatedIds } from './landed.ts';
import { isNullIsland, isZone } from './place.ts';
import { codeIndex, lookUp, withOwners, withoutRepeats } from './resolve.ts';
import { CALENDAR, SITE } from './store.ts';
import { findByCodes, upsertAll } from './store-import.ts';

const siteColumns = {
  organisation: organisationColumn,
  code: codeColumn,
  name: nameColumn,
  lat: required({ name: 'lat', aliases: ['latitude', '纬度'], example: '31.2304' }, latitude),
  lon: required({ name: 'lon', aliases: ['lng', 'longitude', '经度'], example: '121.4737' }, longitude),
  approximate: optional(
    { name: 'position_approximate', aliases: ['approximate', '位置近似'], example: 'no' },
    flag,
  ),
  zone: required(
    { name: 'zone', aliases: ['timezone', 'time zone', '时区'], example: 'Asia/Shanghai' },
    name,
  ),
  offered: optional(
    { name: 'offered_percent', aliases: ['offered', '开放比例'], example: '100' },
    number(NewSite.properties.offeredPercent),
  ),
  autoAccept: optional({ name: 'auto_accept', aliases: ['自动接单'], example: 'no' }, flag),
  calendar: optional({ name: 'calendar', aliases: ['日历'], example: '2SHIFT' }, code),
};

export function siteImporter(desk: Desk): Importer<typeof siteColumns> {
  return {
    kind: 'sites',
    action: 'registry.write',
    columns: siteColumns,
    land: async (tx, actor, { rows, absent }, complaints) => {
      const owned = await withOwners(tx, actor, rows, (cells) => cells.organisation, complaints);
      const calendarOf = codeIndex(
        await findByCodes(
          tx,
          CALENDAR,
          actor.networkId,
          owned.flatMap(({ cells }) => cells.calendar ?? []),
        ),
      );
      const fresh = withoutRepeats(owned, ({ owner, cells }) => `${owner} ${cells.code}`, complaints).map(
        ({ row, owner, cells }) => {
          const { lat, lon, zone, calendar } = cells;
          if (isNullIsland({ lat, lon }))
            complaints.add(row, 'lat', 'position-missing', '0°, 0° is in the ocean');
          if (!isZone(zone)) complaints.add(row, 'zone', 'unknown-zone', `“${zone}” is no IANA time zone`);
          const found =
            calendar && lookUp(calendarOf(owner, calendar), row, 'calendar', calendar, complaints);
          const values = {
            factory_org_id: owner,
            code: cells.code,
            name: cells.name,
            lat,
            lon,
            position_approximate: cells.approximate ?? false,
            zone,
            offered_percent: cells.offered ?? 100,
            auto_accept: cells.autoAccept ?? false,
            calendar_id: found ? found.id : null,
          };
          return { id: desk.kernel.ids(), values };
        },
      );
      if (complaints.count > 0) return NOTHING;
      const version = await desk.directories.nextVersion(tx, actor.networkId);
      const changed = await upsertAll(tx, SITES, actor.networkId, version, fresh, absent);
      await capacityChanged(desk, tx, actor.networkId, updatedIds(changed), 'import');
      return landed(fresh.length, changed);
    },
  };
}

const SITES = {
  noun: SITE,
  constraint: 'site_code',
  keep: ['factory_org_id', 'code'],
  columnOf: {
    approximate: 'position_approximate',
    offered: 'offered_percent',
    autoAccept: 'auto_accept',
    calendar: 'calendar_id',
  },
  columns: {
    factory_org_id: 'uuid',
    code: 'text',
    name: 'text',
    lat: 'float8',
    lon: 'float8',
    position_approximate: 'boolean',
    zone: 'text',
    offered_percent: 'int',
    auto_accept: 'boolean',
    calendar_id: 'uuid',
  },
};
