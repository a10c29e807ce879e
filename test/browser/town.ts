import type { OneTimeLink, Order, Role, User } from '@millrace/contract';
import { fetchUnshed } from '../setup/fetch-unshed.ts';
import type { Client } from '../spine/client.ts';
import { openWorld, type World } from '../spine/world.ts';

const HOUR_MS = 3_600_000;
const LAGOS = { name: 'Lagos', position: { lat: 6.45, lon: 3.39 } };
const GDANSK = { name: 'Gdańsk', position: { lat: 54.35, lon: 18.65 } };

export type Person = 'operator' | 'factory' | 'buyer';

/** The spine's little world, with work in it and people who sign in by links. */
export interface Town {
  readonly world: World;
  readonly http: string;
  /** A fresh one-time link; each works once. */
  linkOf(person: Person): Promise<string>;
  readonly firstOrder: Order;
}

export async function openTown(): Promise<Town> {
  const world = await openWorld();
  const address = world.platform.app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const http = `http://127.0.0.1:${port}`;
  const firstOrder = await placeOrders(world);
  await world.settle();
  await world.pass(8 * 60);
  const people = await invitePeople(world, http);
  return {
    world,
    http,
    firstOrder,
    linkOf: async (person) => {
      const { url } = await world.operator.post<OneTimeLink>(`/users/${people[person]}/link`, {});
      return new URL(url).pathname + new URL(url).search;
    },
  };
}

/** Enough that both factories run, one waits for an answer, and one cannot be on time. */
async function placeOrders(world: World): Promise<Order> {
  const order = (reference: string, quantity: number, hours: number, priority: number, place = GDANSK) =>
    world.buyer.post<Order>('/orders', {
      reference,
      destination: place,
      lines: [
        {
          itemId: world.itemId,
          quantity,
          requestedAt: world.clock.now() + hours * HOUR_MS,
          priority,
          splitAllowed: true,
          minimumShipment: 10,
        },
      ],
    });
  const first = await order('CUPS-1', 240, 5 * 24, 1);
  await order('CUPS-2', 3_000, 60, 0);
  await order('CUPS-3', 900, 9 * 24, 2, LAGOS);
  await order('CUPS-4', 600, 12 * 24, 3);
  await order('CUPS-5', 4_000, 30, 2, LAGOS);
  return first;
}

async function invitePeople(world: World, http: string): Promise<Record<Person, string>> {
  const users = await world.operator.get<{ rows: readonly User[] }>('/users');
  const operator = users.rows.find(({ role }) => role === 'admin')?.id ?? '';
  const order = await world.buyer.get<Order>(
    `/orders/${(await world.buyer.get<{ rows: readonly { orderId: string }[] }>('/orders')).rows[0]?.orderId}`,
  );
  return {
    operator,
    factory: await invite(world.operator, http, 'owner', world.far.organisationId),
    buyer: await invite(world.operator, http, 'purchaser', order.buyerOrganisationId),
  };
}

/** Invited and already through the first door: the password is chosen, links sign in from now on. */
async function invite(operator: Client, http: string, role: Role, organisationId: string): Promise<string> {
  const { user, link } = await operator.post<{ user: User; link: OneTimeLink }>('/users', {
    email: `${role}@browser.example`,
    name: `The ${role}`,
    role,
    organisationId,
  });
  const token = new URL(link.url).searchParams.get('token');
  await fetchUnshed(`${http}/api/v3/sign-in/link`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-millrace-csrf': '1' },
    body: JSON.stringify({ token, password: `long enough for ${role}` }),
  });
  return user.id;
}
