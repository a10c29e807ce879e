import type { Item, NewItem } from '@millrace/contract';
import type { Actor } from '../access/index.ts';
import { isRefusal, notFound, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import { create, type Desk, given, revise } from './desk.ts';
import type { ItemPatch } from './patch.ts';
import { findRow, ITEM } from './store.ts';

export async function createItem(desk: Desk, tx: Tx, actor: Actor, fresh: NewItem): Promise<Item | Refusal> {
  if (actor.organisationKind !== 'operator') return OPERATORS_CATALOGUE;
  const id = await create(desk, tx, actor, {
    noun: ITEM,
    unique: { code: fresh.code },
    columns: {
      code: fresh.code,
      name: fresh.name,
      unit: fresh.unit ?? '{piece}',
      weight_gram: fresh.weightGram ?? null,
    },
  });
  return isRefusal(id) ? id : oneItem(tx, actor.networkId, id);
}

export async function changeItem(
  desk: Desk,
  tx: Tx,
  actor: Actor,
  id: string,
  patch: ItemPatch,
): Promise<Item | Refusal> {
  if (actor.organisationKind !== 'operator') return OPERATORS_CATALOGUE;
  const refused = await revise(desk, tx, actor, {
    noun: ITEM,
    id,
    unique: patch.code === undefined ? undefined : { code: patch.code },
    columns: given({ code: patch.code, name: patch.name, unit: patch.unit, weight_gram: patch.weightGram }),
  });
  return refused ?? oneItem(tx, actor.networkId, id);
}

export async function oneItem(tx: Tx, networkId: string, id: string): Promise<Item | Refusal> {
  return (await findRow<Item>(tx, ITEM, networkId, id)) ?? notFound('item');
}

/** Two factories that name the same thing differently could never be matched against each other. */
const OPERATORS_CATALOGUE = refuse(
  'operators-catalogue',
  403,
  'Items are shared by the whole network; its operator keeps the catalogue.',
);
