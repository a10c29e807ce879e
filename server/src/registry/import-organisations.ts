import { ORGANISATION_KINDS } from '@millrace/contract';
import { organisationsByCode, upsertOrganisations } from '../access/index.ts';
import { name, oneOf, optional, required } from './cell.ts';
import type { Desk } from './desk.ts';
import type { Importer } from './import.ts';
import { codeColumn, landed, NOTHING, nameColumn } from './landed.ts';
import { withoutRepeats } from './resolve.ts';

const columns = {
  kind: required({ name: 'kind', aliases: ['类型'], example: 'factory' }, oneOf(ORGANISATION_KINDS)),
  code: codeColumn,
  name: nameColumn,
  country: optional({ name: 'country', aliases: ['国家'], example: 'CN' }, name),
};

/** The table is access's; the file is read here like all others. */
export function organisationImporter(desk: Desk): Importer<typeof columns> {
  return {
    kind: 'organisations',
    action: 'organisation.write',
    columns,
    land: async (tx, actor, { rows, absent }, complaints) => {
      const { networkId } = actor;
      const unique = withoutRepeats(rows, ({ cells }) => cells.code, complaints);
      const found = await organisationsByCode(
        tx,
        networkId,
        unique.map(({ cells }) => cells.code),
      );
      const kinds = new Map(found.map((one) => [one.code, one.kind]));
      for (const { row, cells } of unique) {
        const before = kinds.get(cells.code);
        if ((before ?? cells.kind) !== cells.kind) {
          complaints.add(row, 'kind', 'kind-is-fixed', `is ${before} and cannot become ${cells.kind}`);
        }
        if (cells.country && cells.country.length > 64) {
          complaints.add(row, 'country', 'bad-country', 'has 64 characters at most');
        }
        if (cells.kind === 'operator' && before === undefined) {
          complaints.add(row, 'kind', 'one-operator', 'a network has one operator');
        }
      }
      if (complaints.count > 0) return NOTHING;
      const fresh = unique.map(({ cells }) => ({
        id: desk.kernel.ids(),
        kind: cells.kind,
        code: cells.code,
        name: cells.name,
        country: cells.country ?? null,
      }));
      const changed = await upsertOrganisations(
        tx,
        networkId,
        fresh,
        desk.kernel.clock.wallNow(),
        absent.includes('country'),
      );
      return landed(fresh.length, changed);
    },
  };
}
