/** Sites, work centers, machines, items, capabilities, calendars: the nouns everyone shares. */
export type { Importer } from './import.ts';
export type {
  Directory,
  MachineCalendar,
  RegisteredCalendar,
  RegisteredCapability,
  RegisteredItem,
  RegisteredMachine,
  RegisteredSite,
  RegisteredWorkCenter,
  Registry,
  ShiftSpan,
} from './registry.ts';
/** The version of every network's registry; moves with every committed change. */
export { readVersions } from './store-directory.ts';
/** Machines by gateway straight from the table: ingest keeps what it needs and no more. */
export {
  type GatewayMachine,
  machinesByName,
  machinesOfGateways,
  machinesOfOrganisation,
} from './store-gateway.ts';
