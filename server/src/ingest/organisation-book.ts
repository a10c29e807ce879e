import { type Database, PLATFORM } from '../kernel/index.ts';
import { machinesOfOrganisation } from '../registry/index.ts';
import type { GatewayBook } from './gateway-book.ts';
import type { GatewayEntry, LayoutOwner } from './layout.ts';
import { positionOf } from './layout.ts';
import { mappedMachines } from './store-mapping.ts';

/** The machines an API key may upload for: all of its organisation, each in the row of its own gateway. */
export interface OpenOrganisation {
  locate(machine: string): { entry: GatewayEntry; position: number } | undefined;
  entryOf(gatewayId: string): GatewayEntry;
}

export interface OrganisationBook {
  open(owner: LayoutOwner): Promise<OpenOrganisation>;
  forget(orgId: string): void;
  forgetAll(): void;
}

interface Known extends OpenOrganisation {
  readonly registryVersion: number;
}

export function createOrganisationBook(db: Database, book: GatewayBook): OrganisationBook {
  const known = new Map<string, Known>();
  return {
    forget: (orgId) => void known.delete(orgId),
    forgetAll: () => known.clear(),
    open: async (owner) => {
      const registryVersion = book.registryVersion(owner.networkId);
      const before = known.get(owner.orgId);
      if (before?.registryVersion === registryVersion) return before;
      const fresh = { ...(await load(db, book, owner)), registryVersion };
      known.set(owner.orgId, fresh);
      return fresh;
    },
  };
}

async function load(db: Database, book: GatewayBook, owner: LayoutOwner): Promise<OpenOrganisation> {
  const { machines, mapped } = await db.transaction(PLATFORM, async (tx) => ({
    machines: await machinesOfOrganisation(tx, owner.networkId, owner.orgId),
    mapped: await mappedMachines(tx, [owner.orgId]),
  }));
  const gatewayIds = new Set(machines.map((machine) => machine.gatewayId ?? owner.orgId));
  const entries = new Map<string, GatewayEntry>();
  for (const gatewayId of gatewayIds) entries.set(gatewayId, await book.load({ ...owner, gatewayId }));
  const places = new Map<string, { entry: GatewayEntry; position: number }>();
  for (const { id, code, gatewayId } of machines) {
    // A mapped device speaks for its machine alone: two sources would be counted twice.
    if (mapped.has(id)) continue;
    const entry = entries.get(gatewayId ?? owner.orgId) as GatewayEntry;
    const place = { entry, position: positionOf(entry, id, 0) };
    places.set(id, place);
    places.set(code, place);
  }
  return {
    locate: (machine) => places.get(machine),
    entryOf: (gatewayId) => entries.get(gatewayId) as GatewayEntry,
  };
}
