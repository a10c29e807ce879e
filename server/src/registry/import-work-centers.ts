import { code, required } from './cell.ts';
import type { Desk } from './desk.ts';
import type { Importer } from './import.ts';
import { codeColumn, landed, NOTHING, nameColumn, organisationColumn } from './landed.ts';
import { codeIndex, lookUp, withOwners, withoutRepeats } from './resolve.ts';
import { SITE, WORK_CENTER } from './store.ts';
import { centersByCodes, findByCodes, upsertAll } from './store-import.ts';

const workCenterColumns = {
  organisation: organisationColumn,
  site: required({ name: 'site', aliases: ['场地'], example: 'A-01' }, code),
  code: codeColumn,
  name: nameColumn,
  process: required({ name: 'process', aliases: ['process_code', '工艺'], example: 'TURNING' }, code),
};

export function workCenterImporter(desk: Desk): Importer<typeof workCenterColumns> {
  return {
    kind: 'work-centers',
    action: 'registry.write',
    columns: workCenterColumns,
    land: async (tx, actor, { rows }, complaints) => {
      const owned = await withOwners(tx, actor, rows, (cells) => cells.organisation, complaints);
      const siteOf = codeIndex(
        await findByCodes(
          tx,
          SITE,
          actor.networkId,
          owned.map(({ cells }) => cells.site),
        ),
      );
      const existing = codeIndex(
        await centersByCodes(
          tx,
          actor.networkId,
          owned.map(({ cells }) => cells.code),
        ),
      );
      const fresh = withoutRepeats(owned, ({ owner, cells }) => `${owner} ${cells.code}`, complaints).map(
        ({ row, owner, cells }) => {
          const site = lookUp(siteOf(owner, cells.site), row, 'site', cells.site, complaints);
          const before = existing(owner, cells.code);
          if (site && before && before.siteId !== site.id) {
            complaints.add(row, 'site', 'other-site', 'a work center stays at its site, with its machines');
          }
          const values = {
            factory_org_id: owner,
            site_id: site?.id,
            code: cells.code,
            name: cells.name,
            process_code: cells.process,
          };
          return { id: desk.kernel.ids(), values };
        },
      );
      if (complaints.count > 0) return NOTHING;
      const version = await desk.directories.nextVersion(tx, actor.networkId);
      return landed(fresh.length, await upsertAll(tx, WORK_CENTERS, actor.networkId, version, fresh));
    },
  };
}

const WORK_CENTERS = {
  noun: WORK_CENTER,
  constraint: 'work_center_code',
  keep: ['factory_org_id', 'site_id', 'code'],
  columns: { factory_org_id: 'uuid', site_id: 'uuid', code: 'text', name: 'text', process_code: 'text' },
};
