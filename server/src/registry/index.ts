/** Sites, work centers, machines, items, capabilities, calendars: the nouns everyone shares. */

/** Cells of CSV imports, for a module that brings an import of its own. */
export { code, flag, instant, latitude, longitude, name, number, optional, required } from './cell.ts';
export type { Importer } from './import.ts';
export type {
  Directory,
  MachineCalendar,
  RegisteredCapability,
  RegisteredItem,
  RegisteredMachine,
  RegisteredWorkCenter,
  Registry,
} from './registry.ts';
/** Opens the module; directories load at start, or on first use. */
export { openRegistry } from './service.ts';
/** What an importer is given: read rows, and where to complain about them. */
export type { Complaints, SheetRow } from './sheet.ts';
