import { CAPABILITY_STATES, NewCapability } from '@millrace/contract';
import { can } from '../access/index.ts';
import { code, currency, number, oneOf, optional, required } from './cell.ts';
import { capacityChanged, type Desk } from './desk.ts';
import type { Importer } from './import.ts';
import { DEFAULT_CURRENCY } from './keep-capabilities.ts';
import { landed, NOTHING, organisationColumn } from './landed.ts';
import { codeIndex, lookUp, withOwners, withoutRepeats } from './resolve.ts';
import { CAPABILITY } from './store.ts';
import { capabilityStates, centersByCodes, itemsByCodes, upsertAll } from './store-import.ts';

const of = NewCapability.properties;
const columns = {
  organisation: organisationColumn,
  workCenter: required({ name: 'work_center', aliases: ['工作中心'], example: 'TURN' }, code),
  item: required({ name: 'item', aliases: ['物料'], example: 'BOLT-M8' }, code),
  state: optional({ name: 'state', aliases: ['状态'], example: 'applied' }, oneOf(CAPABILITY_STATES)),
  rate: required(
    { name: 'rate_per_hour', aliases: ['rate', '每小时产量'], example: '120' },
    number(of.ratePerHour),
  ),
  setUp: required(
    { name: 'set_up_minutes', aliases: ['setup', '换型分钟'], example: '30' },
    number(of.setUpMinutes),
  ),
  minimumLot: optional({ name: 'minimum_lot', aliases: ['最小批量'], example: '100' }, number(of.minimumLot)),
  unitCost: required(
    { name: 'unit_cost_minor', aliases: ['unit cost', '单位成本分'], example: '250' },
    number(of.unitCostMinor),
  ),
  currency: optional({ name: 'currency', aliases: ['币种'], example: 'CNY' }, currency),
};

export function capabilityImporter(desk: Desk): Importer<typeof columns> {
  return {
    kind: 'capabilities',
    action: 'registry.write',
    columns,
    land: async (tx, actor, { rows, absent }, complaints) => {
      const { networkId } = actor;
      const owned = await withOwners(tx, actor, rows, (cells) => cells.organisation, complaints);
      const centers = await centersByCodes(
        tx,
        networkId,
        owned.map(({ cells }) => cells.workCenter),
      );
      const centerOf = codeIndex(centers);
      const items = new Map(
        (
          await itemsByCodes(
            tx,
            networkId,
            owned.map(({ cells }) => cells.item),
          )
        ).map((item) => [item.code, item.id]),
      );
      const states = await capabilityStates(
        tx,
        networkId,
        centers.map(({ id }) => id),
      );
      const stateOf = new Map(states.map((row) => [`${row.workCenterId} ${row.itemId}`, row.state]));
      const qualifies = can(actor, 'registry.qualify');
      const keyOf = ({ owner, cells }: (typeof owned)[number]) =>
        `${owner} ${cells.workCenter} ${cells.item}`;
      const fresh = withoutRepeats(owned, keyOf, complaints, 'item').map(({ row, owner, cells }) => {
        const center = lookUp(
          centerOf(owner, cells.workCenter),
          row,
          'work_center',
          cells.workCenter,
          complaints,
        );
        const itemId = lookUp(items.get(cells.item), row, 'item', cells.item, complaints);
        const before = stateOf.get(`${center?.id} ${itemId}`) ?? 'applied';
        const state = cells.state ?? before;
        if (state !== before && !qualifies) {
          complaints.add(row, 'state', 'operator-qualifies', 'the operator qualifies or suspends');
        }
        const values = {
          factory_org_id: owner,
          site_id: center?.siteId,
          work_center_id: center?.id,
          item_id: itemId,
          state,
          rate_per_hour: cells.rate,
          set_up_minutes: cells.setUp,
          minimum_lot: cells.minimumLot ?? 1,
          unit_cost_minor: cells.unitCost,
          currency: cells.currency ?? DEFAULT_CURRENCY,
        };
        return { id: desk.kernel.ids(), siteId: center?.siteId, values };
      });
      if (complaints.count > 0) return NOTHING;
      const version = await desk.directories.nextVersion(tx, networkId);
      const changed = await upsertAll(tx, CAPABILITIES, networkId, version, fresh, absent);
      const sites = changed.length > 0 ? fresh.flatMap(({ siteId }) => siteId ?? []) : [];
      await capacityChanged(desk, tx, networkId, sites, 'import');
      return landed(fresh.length, changed);
    },
  };
}

const CAPABILITIES = {
  noun: CAPABILITY,
  constraint: 'capability_of_work_center',
  keep: ['factory_org_id', 'site_id', 'work_center_id', 'item_id'],
  columnOf: { minimumLot: 'minimum_lot', currency: 'currency' },
  columns: {
    factory_org_id: 'uuid',
    site_id: 'uuid',
    work_center_id: 'uuid',
    item_id: 'uuid',
    state: 'text',
    rate_per_hour: 'float8',
    set_up_minutes: 'int',
    minimum_lot: 'int',
    unit_cost_minor: 'bigint',
    currency: 'text',
  },
};
