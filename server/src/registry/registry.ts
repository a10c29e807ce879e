import type {
  Capability,
  CapacityBlock,
  Item,
  Machine,
  NewMachine,
  Site,
  WorkCenter,
} from '@millrace/contract';
import type { Interval, ShiftCalendar } from '@millrace/engine';
import type { Actor } from '../access/index.ts';
import type { App, Refusal, Tx } from '../kernel/index.ts';
import type { Importer } from './import.ts';

/** A site as other modules need it: whose it is and by which policy it takes offers. */
export interface RegisteredSite extends Omit<Site, 'organisationName' | 'machineCount' | 'autoAccept'> {
  readonly networkId: string;
  /** Offers that fit the plan are accepted at once. */
  readonly autoAccept: boolean;
}
export interface RegisteredWorkCenter extends Omit<WorkCenter, 'machineCount'> {
  readonly networkId: string;
}
export interface RegisteredMachine extends Machine {
  readonly networkId: string;
  /** IANA zone of its site. */
  readonly zone: string;
}
export interface RegisteredItem extends Item {
  readonly networkId: string;
}
export interface RegisteredCapability extends Omit<Capability, 'itemCode' | 'itemName'> {
  readonly networkId: string;
}
export interface RegisteredCalendar extends ShiftCalendar {
  readonly id: string;
  readonly networkId: string;
  readonly organisationId: string;
  readonly code: string;
}
/** The calendar a machine works by, its own before its site's before the default (Mon–Fri 8 h). */
export interface MachineCalendar {
  /** Equal for machines with the same windows: zone and content, not the calendar's id. */
  readonly key: string;
  readonly zone: string;
  readonly calendar: ShiftCalendar;
}
/** A shift of one day, in instants. */
export interface ShiftSpan {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/**
 * All nouns of one network in memory, unfiltered: for machinery. Who shows something of it to a person filters by party.
 * Retired machines stay, because history refers to them.
 */
export interface Directory {
  readonly networkId: string;
  /** Moves with every committed change. */
  readonly version: number;
  site(id: string): RegisteredSite | undefined;
  workCenter(id: string): RegisteredWorkCenter | undefined;
  machine(id: string): RegisteredMachine | undefined;
  item(id: string): RegisteredItem | undefined;
  capability(id: string): RegisteredCapability | undefined;
  sites(): Iterable<RegisteredSite>;
  workCenters(): Iterable<RegisteredWorkCenter>;
  machines(): Iterable<RegisteredMachine>;
  items(): Iterable<RegisteredItem>;
  capabilities(): Iterable<RegisteredCapability>;
  /** In service, in the order of their codes. */
  machinesOfGateway(gatewayId: string): readonly RegisteredMachine[];
  machinesOfWorkCenter(workCenterId: string): readonly RegisteredMachine[];
  machineByCode(organisationId: string, code: string): RegisteredMachine | undefined;
  calendarOf(machine: RegisteredMachine): MachineCalendar;
}

/** What the registry does for the modules after it. */
export interface Registry {
  routes(app: App): void;
  start(): Promise<void>;
  /** The directory of a network; loaded on first use, then at most 2 s (wall) behind other processes, 0 behind this one. */
  directory(networkId: string): Promise<Directory>;
  /** The same without waiting; undefined until it was loaded once. For hot paths. */
  directoryNow(networkId: string): Directory | undefined;
  /** After a change was committed here or seen from another process. */
  onDirectoryChange(listener: (directory: Directory) => void): void;

  // Reads of one transaction: as new as the transaction sees, filtered like row-level security.
  site(tx: Tx, id: string): Promise<RegisteredSite | undefined>;
  workCenter(tx: Tx, id: string): Promise<RegisteredWorkCenter | undefined>;
  machine(tx: Tx, id: string): Promise<RegisteredMachine | undefined>;
  /** The catalogue is open to the whole network. */
  item(tx: Tx, id: string): Promise<RegisteredItem | undefined>;
  capability(tx: Tx, id: string): Promise<RegisteredCapability | undefined>;
  listSites(tx: Tx, networkId: string): Promise<RegisteredSite[]>;
  listWorkCenters(tx: Tx, networkId: string): Promise<RegisteredWorkCenter[]>;
  listMachines(tx: Tx, networkId: string): Promise<RegisteredMachine[]>;
  listItems(tx: Tx, networkId: string): Promise<RegisteredItem[]>;
  listCapabilities(tx: Tx, networkId: string): Promise<RegisteredCapability[]>;
  listCalendars(tx: Tx, networkId: string): Promise<RegisteredCalendar[]>;

  /** Blocks that share an instant with [from, to). */
  listBlocks(tx: Tx, networkId: string, from: number, to: number): Promise<CapacityBlock[]>;
  /** Inserts the block or replaces the one of the same id. The caller publishes `capacity-changed`. */
  putBlock(tx: Tx, block: CapacityBlock): Promise<void>;
  /** Takes away what of the machine's blocks of that kind lies at or after `from`; a running one is cut there. */
  removeBlocks(tx: Tx, machineId: string, kind: CapacityBlock['kind'], from: number): Promise<number>;

  /** Working windows within [from, to), sorted and disjoint, before blocks. */
  windowsOf(machine: RegisteredMachine, from: number, to: number): Interval[];
  /** The shifts that start on the local day `yyyy-mm-dd`, with their names. */
  shiftsOf(machine: RegisteredMachine, day: string): ShiftSpan[];

  createMachine(tx: Tx, actor: Actor, fresh: NewMachine): Promise<Machine | Refusal>;
  /** A later module brings the CSV import of its own noun (orders). */
  addImporter(importer: Importer): void;
}
