import { NewMachine } from '@millrace/contract';
import { gatewaysByCode } from '../access/index.ts';
import { code, number, optional, required } from './cell.ts';
import { capacityChanged, type Desk } from './desk.ts';
import type { Importer } from './import.ts';
import { codeColumn, landed, NOTHING, nameColumn, organisationColumn } from './landed.ts';
import { codeIndex, lookUp, withOwners, withoutRepeats } from './resolve.ts';
import { CALENDAR, MACHINE } from './store.ts';
import { centersByCodes, findByCodes, machinesByCodes, upsertAll } from './store-import.ts';

const columns = {
  organisation: organisationColumn,
  workCenter: required({ name: 'work_center', aliases: ['工作中心'], example: 'TURN' }, code),
  code: codeColumn,
  name: nameColumn,
  gateway: optional({ name: 'gateway', aliases: ['网关'], example: 'GW-1' }, code),
  calendar: optional({ name: 'calendar', aliases: ['日历'], example: '2SHIFT' }, code),
  modulus: optional(
    { name: 'count_modulus', aliases: ['计数模'], example: '65536' },
    number(NewMachine.properties.countModulus),
  ),
};

export function machineImporter(desk: Desk): Importer<typeof columns> {
  return {
    kind: 'machines',
    action: 'registry.write',
    columns,
    land: async (tx, actor, { rows, absent }, complaints) => {
      const { networkId } = actor;
      const owned = await withOwners(tx, actor, rows, (cells) => cells.organisation, complaints);
      const codesOf = (field: 'workCenter' | 'code' | 'gateway' | 'calendar'): string[] =>
        owned.flatMap(({ cells }) => cells[field] ?? []);
      const centerOf = codeIndex(await centersByCodes(tx, networkId, codesOf('workCenter')));
      const gatewayOf = codeIndex(await gatewaysByCode(tx, networkId, [...new Set(codesOf('gateway'))]));
      const calendarOf = codeIndex(await findByCodes(tx, CALENDAR, networkId, codesOf('calendar')));
      const existing = codeIndex(await machinesByCodes(tx, networkId, codesOf('code')));
      const unique = withoutRepeats(owned, ({ owner, cells }) => `${owner} ${cells.code}`, complaints);
      const fresh = unique.map(({ row, owner, cells }) => {
        const find = <T>(of: (owner: string, code: string) => T | undefined, column: string, text: string) =>
          lookUp(of(owner, text), row, column, text, complaints);
        const center = find(centerOf, 'work_center', cells.workCenter);
        const before = existing(owner, cells.code);
        if (center && before && before.siteId !== center.siteId) {
          complaints.add(row, 'work_center', 'other-site', 'a machine stays at its site; retire it instead');
        }
        const values = {
          factory_org_id: owner,
          site_id: center?.siteId,
          work_center_id: center?.id,
          gateway_id: cells.gateway && find(gatewayOf, 'gateway', cells.gateway)?.id,
          code: cells.code,
          name: cells.name,
          calendar_id: cells.calendar && find(calendarOf, 'calendar', cells.calendar)?.id,
          count_modulus: cells.modulus,
        };
        return { id: before?.id ?? desk.kernel.ids(), siteId: center?.siteId, values };
      });
      if (complaints.count > 0) return NOTHING;
      const version = await desk.directories.nextVersion(tx, networkId);
      const changed = await upsertAll(tx, MACHINES, networkId, version, fresh, absent);
      const touched = new Set(changed.map((row) => row.id));
      const sites = fresh.flatMap(({ id, siteId }) => (siteId && touched.has(id) ? [siteId] : []));
      await capacityChanged(desk, tx, networkId, sites, 'import');
      return landed(fresh.length, changed);
    },
  };
}

const MACHINES = {
  noun: MACHINE,
  constraint: 'machine_code',
  keep: ['factory_org_id', 'site_id', 'code'],
  columnOf: { gateway: 'gateway_id', calendar: 'calendar_id', modulus: 'count_modulus' },
  columns: {
    factory_org_id: 'uuid',
    site_id: 'uuid',
    work_center_id: 'uuid',
    gateway_id: 'uuid',
    code: 'text',
    name: 'text',
    calendar_id: 'uuid',
    count_modulus: 'bigint',
  },
};
