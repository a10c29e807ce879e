import type { NewOrder, Order } from '@millrace/contract';
import { ApiProblem, type Client } from './client.ts';
import type { Fixture, FixtureLine } from './fixture.ts';
import { lineHours, type Network } from './network.ts';
import type { Random } from './random.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BUYERS_AT_ONCE = 6;
/** What was wanted long ago is now wanted as soon as it can be made and flown. */
const SOONEST_H = { from: 90, to: 190 };

/** Cumulative share of lines, hours from order to wanted arrival, by priority. Far places need a flight, hence never under two and a half days. */
const LEAD_TIMES = [
  { priority: 0, below: 0.04, fromH: 60, toH: 84 },
  { priority: 1, below: 0.18, fromH: 84, toH: 144 },
  { priority: 2, below: 0.7, fromH: 96, toH: 216 },
  { priority: 3, below: 0.95, fromH: 168, toH: 336 },
  { priority: 4, below: 1, fromH: 240, toH: 504 },
] as const;

/** Domain instants. The books of the first start were wanted since some days, so that there is work from the first hour on. */
export interface OrderTime {
  readonly now: number;
  readonly since: number;
}

export interface OrderDesk {
  readonly fixture: Fixture;
  readonly network: Network;
  /** By item code. */
  readonly itemIds: ReadonlyMap<string, string>;
  /** By row of countries.tsv. */
  readonly buyers: readonly { organisationId: string; client: Client }[];
  readonly random: Random;
  /** Number of lines already ordered in earlier runs; the stream goes on behind them. */
  position: number;
}

/** Orders that many machine-hours of the real stream, a few buyers at the same time; returns what it came to. */
export async function orderHours(desk: OrderDesk, hours: number, when: OrderTime): Promise<number> {
  let ordered = 0;
  const buyer = async (): Promise<void> => {
    while (ordered < hours) {
      const group = nextGroup(desk);
      const position = desk.position;
      desk.position += group.length;
      ordered += group.reduce((sum, line) => sum + lineHours(desk.fixture, line), 0);
      await submit(desk, group, position, when);
    }
  };
  await Promise.all(Array.from({ length: BUYERS_AT_ONCE }, buyer));
  return ordered;
}

/** Neighbours of one purchase order and country become one order. */
function nextGroup(desk: OrderDesk): FixtureLine[] {
  const { lines } = desk.fixture;
  const at = desk.position % lines.length;
  const first = lines[at];
  if (!first) throw new RangeError('the order stream is empty');
  const group = [first];
  for (let index = at + 1; index < lines.length; index++) {
    const line = lines[index];
    if (line?.purchaseOrder !== first.purchaseOrder || line.country !== first.country) break;
    group.push(line);
  }
  return group;
}

async function submit(
  desk: OrderDesk,
  group: readonly FixtureLine[],
  position: number,
  when: OrderTime,
): Promise<void> {
  const first = group[0];
  const country = desk.fixture.countries[first?.country ?? -1];
  const buyer = desk.buyers[first?.country ?? -1];
  if (!first || !country || !buyer) throw new RangeError('an order line without a buyer');
  // The stream begins again after the last line; the round keeps references unique.
  const round = Math.floor(position / desk.fixture.lines.length);
  const order: NewOrder = {
    reference: `${first.purchaseOrder}/${position}${round > 0 ? `/${round}` : ''}`,
    destination: {
      name: `${country.city}, ${country.name}`,
      position: { lat: country.lat, lon: country.lon },
    },
    lines: group.map((line) => newLine(desk, line, when)),
  };
  try {
    await buyer.client.post<Order>('/orders', order);
  } catch (error) {
    // The same reference was ordered before a stop that lost our position: it is there, so go on behind it.
    if (!(error instanceof ApiProblem && error.code === 'reference-reused')) throw error;
  }
}

function newLine(desk: OrderDesk, line: FixtureLine, { now, since }: OrderTime): NewOrder['lines'][number] {
  const item = desk.fixture.items[line.item];
  const draw = desk.random.next();
  const lead = LEAD_TIMES.find((one) => draw < one.below) ?? LEAD_TIMES[2];
  const hours = desk.random.between(lead.fromH, lead.toH) + Math.min(10 * 24, line.quantity / 5_000);
  const soonest = now + desk.random.between(SOONEST_H.from, SOONEST_H.to) * HOUR_MS;
  const hour = Math.round(Math.max(soonest, since + hours * HOUR_MS) / HOUR_MS) * HOUR_MS;
  return {
    itemId: desk.itemIds.get(item?.code ?? '') ?? '',
    quantity: line.quantity,
    requestedAt: hour,
    priority: lead.priority,
    splitAllowed: line.quantity >= 1_000,
    minimumShipment: Math.max(1, Math.floor(line.quantity / 10)),
  };
}

/** Domain milliseconds from an order of so many machine-hours to the next one. */
export function pauseAfter(network: Network, hours: number): number {
  return (DAY_MS * hours) / network.orderHoursPerDay;
}

/** Machine-hours of orders that belong to a span of domain time. */
export function hoursBetween(network: Network, from: number, to: number): number {
  return ((to - from) * network.orderHoursPerDay) / DAY_MS;
}
