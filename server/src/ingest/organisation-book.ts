import { type Database, PLATFORM } from '../kernel/index.ts';
import type { Directory } from '../registry/index.ts';
import { type GatewayBook, type MachineSource, machinesOfOrganisation } from './gateway-book.ts';
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
  forgetAll(): void;
}

interface Known extends OpenOrganisation {
  /** Version of the directory it was made from. */
  readonly version: number;
}

export function createOrganisationBook(
  db: Database,
  registry: MachineSource,
  book: GatewayBook,
): OrganisationBook {
  const known = new Map<string, Known>();
  return {
    forgetAll: () => known.clear(),
    open: async (owner) => {
      const directory = await registry.directory(owner.networkId);
      const { version } = directory;
      const before = known.get(owner.orgId);
      if (before?.version === version) return before;
      const fresh = { ...(await load(db, directory, book, owner)), version };
      known.set(owner.orgId, fresh);
      return fresh;
    },
  };
}

async function load(
  db: Database,
  directory: Directory,
  book: GatewayBook,
  owner: LayoutOwner,
): Promise<OpenOrganisation> {
  const machines = machinesOfOrganisation(directory, owner.orgId);
  const mapped = await db.transaction(PLATFORM, (tx) => mappedMachines(tx, [owner.orgId]));
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
