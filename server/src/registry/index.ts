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
