import type { NewOrder, NewOrderLine } from '@millrace/contract';
import { canonicalJson, sha256 } from '@millrace/engine';
import { type Actor, findOrganisation } from '../access/index.ts';
import { isRefusal, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import type { RegisteredItem, Registry } from '../registry/index.ts';

/** P2 is the middle of P0 to P4. */
const DEFAULT_PRIORITY = 2;

export interface Buyer {
  readonly id: string;
  readonly name: string;
}

/** An order that was checked and normalised: every optional field has its value. */
export interface Draft {
  readonly buyer: Buyer;
  readonly reference: string;
  readonly destination: NewOrder['destination'];
  readonly contentHash: string;
  readonly lines: readonly DraftLine[];
}
export interface DraftLine extends Required<NewOrderLine> {
  readonly itemCode: string;
  readonly itemName: string;
}

/** The operator orders for the buyer it names; a buyer orders for itself. */
export async function buyerOf(
  tx: Tx,
  actor: Actor,
  organisationId: string | undefined,
): Promise<Buyer | Refusal> {
  const isOperator = actor.organisationKind === 'operator';
  if (!isOperator && organisationId !== undefined && organisationId !== actor.organisationId) {
    return badBuyer('foreign-organisation', 403, 'You can only order for your own organisation.');
  }
  const wanted = isOperator ? organisationId : actor.organisationId;
  if (wanted === undefined) return badBuyer('buyer-required', 422, 'Say for which buyer the order is.');
  const found = await findOrganisation(tx, actor.networkId, wanted);
  if (found?.kind === 'buyer' || found?.kind === 'hospital') return { id: found.id, name: found.name };
  return badBuyer('not-a-buyer', 422, 'Only a buyer or a hospital of this network orders.');
}

function badBuyer(code: string, status: number, detail: string): Refusal {
  return refuse(code, status, detail, {
    fields: [{ pointer: '/body/buyerOrganisationId', message: detail }],
  });
}

export async function draftOf(
  registry: Registry,
  tx: Tx,
  buyer: Buyer,
  fresh: NewOrder,
): Promise<Draft | Refusal> {
  const lines: DraftLine[] = [];
  for (const [index, line] of fresh.lines.entries()) {
    const item = await registry.item(tx, line.itemId);
    const checked = checkLine(line, item, `/body/lines/${index}`);
    if (isRefusal(checked)) return checked;
    lines.push(checked);
  }
  const { reference, destination } = fresh;
  const content = canonicalJson({
    buyer: buyer.id,
    destination: { name: destination.name, lat: destination.position.lat, lon: destination.position.lon },
    lines: lines.map(({ itemId, quantity, requestedAt, priority, splitAllowed, minimumShipment }) => ({
      itemId,
      quantity,
      requestedAt,
      priority,
      splitAllowed,
      minimumShipment,
    })),
  });
  return { buyer, reference, destination, contentHash: sha256(content), lines };
}

function checkLine(
  line: NewOrderLine,
  item: RegisteredItem | undefined,
  pointer: string,
): DraftLine | Refusal {
  if (!item) {
    return refuse('unknown-item', 422, 'The item is not in the catalogue of this network.', {
      fields: [{ pointer: `${pointer}/itemId`, message: 'is not in the catalogue' }],
    });
  }
  const minimumShipment = line.minimumShipment ?? 1;
  if (minimumShipment > line.quantity) {
    return refuse('minimum-above-quantity', 422, 'The smallest shipment is larger than the line.', {
      fields: [{ pointer: `${pointer}/minimumShipment`, message: `is above ${line.quantity}` }],
      values: { quantity: line.quantity },
    });
  }
  return {
    ...line,
    priority: line.priority ?? DEFAULT_PRIORITY,
    splitAllowed: line.splitAllowed ?? true,
    minimumShipment,
    itemCode: item.code,
    itemName: item.name,
  };
}

/** Only for new orders: the same order sent again a month later is still the same order. */
export function checkDates(draft: Draft, now: number): Refusal | undefined {
  const index = draft.lines.findIndex((line) => line.requestedAt <= now);
  if (index < 0) return undefined;
  return refuse('requested-in-past', 422, 'The requested date has already passed.', {
    fields: [{ pointer: `/body/lines/${index}/requestedAt`, message: 'lies in the past' }],
    values: { line: index + 1 },
  });
}
