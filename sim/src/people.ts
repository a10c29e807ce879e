import type { Allocation, Operation, ProductionOrder, Shipment } from '@millrace/contract';
import { ApiProblem, allRows, type Client } from './client.ts';
import type { Random } from './random.ts';

const HOUR_MS = 3_600_000;

/** The people around the machines: planners who answer offers, workers who report scrap, drivers, receiving clerks. */
export interface People {
  /** By organisation. */
  readonly clients: ReadonlyMap<string, Client>;
  readonly operator: Client;
  readonly random: Random;
  /** Scrap is reported once per operation. */
  readonly reported: Set<string>;
}

/** A few offers are declined, as in life; the answer is given by the factory's own key. */
const DECLINE_SHARE = 0.02;
/** Share of finished sub-lots in which somebody finds scrap, and how much of the lot at most. */
const SCRAP_SHARE = 0.15;
const SCRAP_MAX = 0.01;
/** Finished goods wait this long for the carrier, at most. */
const PICK_UP_HOURS = 3;

export async function answerOffers(people: People): Promise<void> {
  for (const offer of await allRows<Allocation>(people.operator, '/allocations?state=offered')) {
    const client = people.clients.get(offer.factoryOrganisationId);
    if (!client) continue;
    const declines = people.random.chance(DECLINE_SHARE);
    await unlessTooLate(() =>
      declines
        ? client.post(`/allocations/${offer.id}/decline`, {
            reason: people.random.pick(['no-material', 'no-people', 'other']),
          })
        : client.post(`/allocations/${offer.id}/accept`, {}),
    );
  }
}

export async function reportScrap(people: People): Promise<void> {
  for (const order of await allRows<ProductionOrder>(people.operator, '/production-orders?state=running')) {
    const client = people.clients.get(order.factoryOrganisationId);
    if (!client) continue;
    for (const operation of order.operations) await inspect(people, client, operation);
  }
}

async function inspect(people: People, client: Client, operation: Operation): Promise<void> {
  if (operation.state !== 'running' || operation.goodQuantity < operation.quantity / 2) return;
  if (people.reported.has(operation.id)) return;
  people.reported.add(operation.id);
  const scrap = Math.floor(operation.quantity * SCRAP_MAX * people.random.next());
  if (scrap === 0 || !people.random.chance(SCRAP_SHARE)) return;
  await unlessTooLate(() =>
    client.post('/output-reports', {
      operationId: operation.id,
      good: 0,
      scrap,
      scrapReason: people.random.pick(['weight out of range', 'print unreadable', 'seal open', 'chipped']),
      reportKey: `scrap-${operation.id}`,
    }),
  );
}

export async function moveShipments(people: People, now: number): Promise<void> {
  for (const state of ['ready', 'in-transit', 'arrived'] as const) {
    for (const shipment of await allRows<Shipment>(people.operator, `/shipments?state=${state}`)) {
      await unlessTooLate(() => moveOne(people, shipment, now));
    }
  }
}

async function moveOne(people: People, shipment: Shipment, now: number): Promise<void> {
  const milestone = (kind: string) => shipment.milestones.find((one) => one.kind === kind);
  const factory = people.clients.get(shipment.factoryOrganisationId);
  const buyer = people.clients.get(shipment.buyerOrganisationId);
  if (shipment.state === 'ready' && factory) {
    const ready = milestone('ready')?.actualAt ?? now;
    const wait = people.random.fork(shipment.id).between(0.5, PICK_UP_HOURS) * HOUR_MS;
    if (now >= ready + wait)
      await factory.post(`/shipments/${shipment.id}/milestones`, { kind: 'departure', actualAt: now });
  }
  if (shipment.state === 'in-transit' && factory) {
    const due = milestone('arrival')?.estimatedAt ?? milestone('arrival')?.plannedAt ?? now;
    const drift = people.random.fork(shipment.id).between(-3, 4) * HOUR_MS;
    if (now >= due + drift)
      await factory.post(`/shipments/${shipment.id}/milestones`, { kind: 'arrival', actualAt: now });
  }
  if (shipment.state === 'arrived' && buyer) {
    const arrived = milestone('arrival')?.actualAt ?? now;
    if (now >= arrived + HOUR_MS)
      await buyer.post(`/shipments/${shipment.id}/receipt`, { quantity: shipment.quantity });
  }
}

/** Somebody or something else was faster: an offer was withdrawn, an operation finished. The next look shows it. */
async function unlessTooLate(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof ApiProblem && (error.status === 409 || error.status === 404))) throw error;
  }
}
