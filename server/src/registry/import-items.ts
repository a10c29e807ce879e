import { NewItem } from '@millrace/contract';
import { name, number, optional } from './cell.ts';
import type { Desk } from './desk.ts';
import type { Importer } from './import.ts';
import { codeColumn, landed, NOTHING, nameColumn } from './landed.ts';
import { withoutRepeats } from './resolve.ts';
import { ITEM } from './store.ts';
import { upsertAll } from './store-import.ts';

const itemColumns = {
  code: codeColumn,
  name: nameColumn,
  unit: optional({ name: 'unit', aliases: ['单位'], example: '{piece}' }, name),
  weight: optional(
    { name: 'weight_gram', aliases: ['weight', '重量克'], example: '120' },
    number(NewItem.properties.weightGram),
  ),
};

export function itemImporter(desk: Desk): Importer<typeof itemColumns> {
  return {
    kind: 'items',
    action: 'registry.write',
    columns: itemColumns,
    land: async (tx, actor, { rows, absent }, complaints) => {
      if (actor.organisationKind !== 'operator') {
        complaints.add(1, null, 'operators-catalogue', 'the network operator keeps the catalogue');
        return NOTHING;
      }
      const fresh = withoutRepeats(rows, ({ cells }) => cells.code, complaints).map(({ row, cells }) => {
        if (cells.unit && cells.unit.length > 32)
          complaints.add(row, 'unit', 'bad-unit', 'has 32 characters at most');
        const { code: itemCode, name: itemName, unit, weight } = cells;
        const values = { code: itemCode, name: itemName, unit: unit ?? '{piece}', weight_gram: weight };
        return { id: desk.kernel.ids(), values };
      });
      if (complaints.count > 0) return NOTHING;
      const version = await desk.directories.nextVersion(tx, actor.networkId);
      return landed(fresh.length, await upsertAll(tx, ITEMS, actor.networkId, version, fresh, absent));
    },
  };
}

const ITEMS = {
  noun: ITEM,
  constraint: 'item_code',
  keep: ['code'],
  columnOf: { unit: 'unit', weight: 'weight_gram' },
  columns: { code: 'text', name: 'text', unit: 'text', weight_gram: 'bigint' },
};
