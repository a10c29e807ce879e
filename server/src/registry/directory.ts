import { type CalendarPattern, DEFAULT_PATTERN, patternKey, toShiftCalendar } from './calendar.ts';
import type {
  Directory,
  MachineCalendar,
  RegisteredCalendar,
  RegisteredCapability,
  RegisteredItem,
  RegisteredMachine,
  RegisteredSite,
  RegisteredWorkCenter,
} from './registry.ts';
import type { CalendarRow, DirectoryRows, Versioned } from './store-directory.ts';

/** The directory with the two things only the registry itself needs: newer rows and the calendars' patterns. */
export interface GrowingDirectory extends Directory {
  /** Takes rows over that are newer than what is known; older ones, from a slower reader, are left out. */
  take(rows: DirectoryRows, version: number): void;
  calendars(): Iterable<RegisteredCalendar>;
  patternOf(machine: RegisteredMachine): CalendarPattern;
}

interface Entry {
  readonly calendar: RegisteredCalendar;
  readonly pattern: CalendarPattern;
  readonly key: string;
}

/** A zone of millions of machines is a handful of texts; each is kept once. */
type Intern = (text: string) => string;

export function createDirectory(networkId: string): GrowingDirectory {
  const sites = new Map<string, Versioned<RegisteredSite>>();
  const workCenters = new Map<string, Versioned<RegisteredWorkCenter>>();
  const items = new Map<string, Versioned<RegisteredItem>>();
  const capabilities = new Map<string, Versioned<RegisteredCapability>>();
  const calendars = new Map<string, Versioned<Entry>>();
  const machines = createMachineIndex();
  const intern = createIntern();
  let version = 0;

  const entryOf = (machine: RegisteredMachine): Entry | undefined =>
    calendars.get(machine.calendarId ?? sites.get(machine.siteId)?.calendarId ?? '');
  const byKey = new Map<string, MachineCalendar>();
  const calendarOf = (machine: RegisteredMachine): MachineCalendar => {
    const entry = entryOf(machine);
    const key = `${machine.zone} ${entry?.key ?? 'default'}`;
    const known = byKey.get(key);
    if (known) return known;
    const calendar = entry?.calendar ?? toShiftCalendar(DEFAULT_PATTERN);
    const made = { key, zone: machine.zone, calendar };
    byKey.set(key, made);
    return made;
  };

  const take = (rows: DirectoryRows, newVersion: number): void => {
    for (const row of rows.calendars) putNewer(calendars, row.id, { ...toEntry(row), version: row.version });
    for (const { lat, lon, ...site } of rows.sites) {
      putNewer(sites, site.id, { ...site, position: { lat, lon } });
    }
    for (const row of rows.workCenters) putNewer(workCenters, row.id, row);
    for (const row of rows.items) putNewer(items, row.id, row);
    for (const row of rows.capabilities) putNewer(capabilities, row.id, row);
    const zoneOf = (siteId: string): string => sites.get(siteId)?.zone ?? 'UTC';
    for (const row of rows.machines) machines.put(internMachine(row, zoneOf(row.siteId), intern));
    // A site that moved to another zone takes its machines along.
    const moved = new Set(rows.sites.map((site) => site.id));
    if (moved.size > 0) machines.rezone(moved, zoneOf);
    version = Math.max(version, newVersion);
  };

  return {
    networkId,
    get version() {
      return version;
    },
    take,
    site: (id) => sites.get(id),
    workCenter: (id) => workCenters.get(id),
    machine: machines.get,
    item: (id) => items.get(id),
    capability: (id) => capabilities.get(id),
    sites: () => sites.values(),
    workCenters: () => workCenters.values(),
    machines: machines.all,
    items: () => items.values(),
    capabilities: () => capabilities.values(),
    calendars: function* () {
      for (const entry of calendars.values()) yield entry.calendar;
    },
    machinesOfGateway: machines.ofGateway,
    machinesOfWorkCenter: machines.ofWorkCenter,
    machineByCode: machines.byCode,
    calendarOf,
    patternOf: (machine) => entryOf(machine)?.pattern ?? DEFAULT_PATTERN,
  };
}

function putNewer<T>(map: Map<string, Versioned<T>>, id: string, row: Versioned<T>): void {
  const known = map.get(id);
  if (!known || known.version <= row.version) map.set(id, row);
}

function toEntry({ id, networkId, organisationId, code, shifts, exceptions }: CalendarRow): Entry {
  const pattern = { shifts, exceptions };
  const calendar = { id, networkId, organisationId, code, ...toShiftCalendar(pattern) };
  return { calendar, pattern, key: patternKey(pattern) };
}

function createIntern(): Intern {
  const texts = new Map<string, string>();
  return (text) => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    texts.set(text, text);
    return text;
  };
}

type StoredMachine = Versioned<RegisteredMachine>;

function internMachine(
  row: Versioned<Omit<RegisteredMachine, 'zone'>>,
  zone: string,
  intern: Intern,
): StoredMachine {
  return {
    ...row,
    networkId: intern(row.networkId),
    organisationId: intern(row.organisationId),
    siteId: intern(row.siteId),
    workCenterId: intern(row.workCenterId),
    gatewayId: row.gatewayId === null ? null : intern(row.gatewayId),
    calendarId: row.calendarId === null ? null : intern(row.calendarId),
    zone: intern(zone),
  };
}

interface MachineIndex {
  put(machine: StoredMachine): void;
  rezone(sites: ReadonlySet<string>, zoneOf: (siteId: string) => string): void;
  get(id: string): RegisteredMachine | undefined;
  all(): Iterable<RegisteredMachine>;
  ofGateway(gatewayId: string): readonly RegisteredMachine[];
  ofWorkCenter(workCenterId: string): readonly RegisteredMachine[];
  byCode(organisationId: string, code: string): RegisteredMachine | undefined;
}

/**
 * Sized for a million machines: groups are sorted on first use after a change, because an import brings 100,000 at once,
 * and codes are indexed when somebody first asks by code.
 */
function createMachineIndex(): MachineIndex {
  const byId = new Map<string, StoredMachine>();
  const gateways = createGroups();
  const workCenters = createGroups();
  let codes: Map<string, Map<string, string>> | undefined;

  const put = (machine: StoredMachine): void => {
    const before = byId.get(machine.id);
    if (before && before.version > machine.version) return;
    byId.set(machine.id, machine);
    const inService = machine.retiredAt === null;
    const wasInService = before?.retiredAt === null;
    gateways.move(machine.id, wasInService ? before.gatewayId : null, inService ? machine.gatewayId : null);
    workCenters.move(
      machine.id,
      wasInService ? before.workCenterId : null,
      inService ? machine.workCenterId : null,
    );
    if (codes) indexCode(codes, machine, before);
  };
  return {
    put,
    rezone: (sites, zoneOf) => {
      for (const machine of byId.values()) {
        const zone = sites.has(machine.siteId) ? zoneOf(machine.siteId) : machine.zone;
        if (zone !== machine.zone) put({ ...machine, zone });
      }
    },
    get: (id) => byId.get(id),
    all: () => byId.values(),
    ofGateway: (id) => gateways.of(id, byId),
    ofWorkCenter: (id) => workCenters.of(id, byId),
    byCode: (organisationId, code) => {
      if (!codes) {
        codes = new Map();
        for (const machine of byId.values()) indexCode(codes, machine);
      }
      return byId.get(codes.get(organisationId)?.get(code) ?? '');
    },
  };
}

function indexCode(
  codes: Map<string, Map<string, string>>,
  machine: RegisteredMachine,
  before?: RegisteredMachine,
): void {
  const own = codes.get(machine.organisationId) ?? new Map<string, string>();
  if (before && before.code !== machine.code && own.get(before.code) === machine.id) own.delete(before.code);
  codes.set(machine.organisationId, own.set(machine.code, machine.id));
}

interface Groups {
  move(machineId: string, from: string | null, to: string | null): void;
  of(groupId: string, byId: ReadonlyMap<string, RegisteredMachine>): readonly RegisteredMachine[];
}

function createGroups(): Groups {
  const members = new Map<string, string[]>();
  const sorted = new Map<string, readonly RegisteredMachine[]>();
  return {
    move: (machineId, from, to) => {
      if (from !== null) sorted.delete(from);
      if (to !== null) sorted.delete(to);
      if (from === to) return;
      if (from !== null) {
        members.set(
          from,
          (members.get(from) ?? []).filter((id) => id !== machineId),
        );
      }
      if (to === null) return;
      const group = members.get(to);
      if (group) group.push(machineId);
      else members.set(to, [machineId]);
    },
    of: (groupId, byId) => {
      const known = sorted.get(groupId);
      if (known) return known;
      const machines = (members.get(groupId) ?? []).flatMap((id) => byId.get(id) ?? []);
      machines.sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0));
      sorted.set(groupId, machines);
      return machines;
    },
  };
}
