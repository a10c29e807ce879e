import type { Fixture, FixtureLine } from './fixture.ts';
import { PROCESSES, type Process, processOf } from './process.ts';
import type { Random } from './random.ts';

/** The demonstration network: real sites, items and demand; machines, shifts and rates generated from the seed. */
export interface Network {
  readonly factories: readonly SimFactory[];
  readonly capabilities: readonly SimCapability[];
  /** Machine-hours of orders per domain day at which the network is loaded as wanted. */
  readonly orderHoursPerDay: number;
}
export interface SimFactory {
  readonly index: number;
  readonly code: string;
  readonly name: string;
  readonly country: string;
  readonly city: string;
  readonly lat: number;
  readonly lon: number;
  readonly zone: string;
  readonly calendar: CalendarKind;
  readonly transport: 'http' | 'mqtt';
  readonly workCenters: readonly SimWorkCenter[];
}
export interface SimWorkCenter {
  readonly code: string;
  readonly process: Process;
  readonly machines: readonly SimMachine[];
}
export interface SimMachine {
  readonly code: string;
  readonly name: string;
  /** Real speed against the declared rate. */
  readonly speed: number;
  /** Mean running hours between breakdowns, and mean hours to repair. */
  readonly mtbfHours: number;
  readonly mttrHours: number;
  /** Pauses like the recorded machining center instead of running through. */
  readonly recordedDuty: boolean;
}
export interface SimCapability {
  readonly factoryCode: string;
  readonly workCenterCode: string;
  readonly itemCode: string;
  readonly state: 'applied' | 'qualified' | 'suspended';
  readonly ratePerHour: number;
  readonly setUpMinutes: number;
  readonly minimumLot: number;
  readonly unitCostMinor: number;
}
export type CalendarKind = 'one-shift' | 'two-shift' | 'three-shift';

/** Working hours of an average day, weekends and holidays counted in. */
const HOURS_PER_DAY: Readonly<Record<CalendarKind, number>> = {
  'one-shift': (8 * 5) / 7,
  'two-shift': (16 * 6) / 7,
  'three-shift': 24,
};
const MACHINES_TOTAL = 760;
/** Between the wanted 70 and 90 %. */
const LOAD = 0.75;
/** Share of working hours that breakdowns, set-ups and drift take; see SimMachine. */
const LOSSES = 0.16;
const SITES_PER_ITEM = 6;

export function generateNetwork(fixture: Fixture, random: Random): Network {
  const demand = demandHours(fixture);
  const factories = fixture.sites.map((_, index) =>
    generateFactory(fixture, demand, index, random.fork(`site-${index}`)),
  );
  const capabilities = generateCapabilities(fixture, factories, random.fork('capabilities'));
  const hoursPerDay = sum(
    factories.map(
      (factory) =>
        sum(factory.workCenters.map((center) => center.machines.length)) * HOURS_PER_DAY[factory.calendar],
    ),
  );
  return { factories, capabilities, orderHoursPerDay: hoursPerDay * (1 - LOSSES) * LOAD };
}

/** Machine-hours one real order line takes. */
export function lineHours(fixture: Fixture, line: FixtureLine): number {
  return line.quantity / processOf(fixture.items[line.item]?.form ?? '').ratePerHour;
}

interface Demand {
  readonly byProcess: ReadonlyMap<string, number>;
  /** Key `${site}/${process}`; machine-hours of all lines. */
  readonly bySiteAndProcess: ReadonlyMap<string, number>;
}

function demandHours(fixture: Fixture): Demand {
  const byProcess = new Map<string, number>();
  const bySiteAndProcess = new Map<string, number>();
  for (const line of fixture.lines) {
    const process = processOf(fixture.items[line.item]?.form ?? '');
    const hours = lineHours(fixture, line);
    add(byProcess, process.code, hours);
    add(bySiteAndProcess, `${line.site}/${process.code}`, hours);
  }
  return { byProcess, bySiteAndProcess };
}

function generateFactory(fixture: Fixture, demand: Demand, index: number, random: Random): SimFactory {
  const site = fixture.sites[index];
  if (!site) throw new RangeError(`no site ${index}`);
  const code = `F${String(index + 1).padStart(3, '0')}`;
  const workCenters = PROCESSES.filter((process) =>
    demand.bySiteAndProcess.has(`${index}/${process.code}`),
  ).map((process) => ({
    code: `${code}-${process.code}`,
    process,
    machines: generateMachines(
      code,
      process,
      machineCount(fixture, demand, index, process),
      random,
      index === 0,
    ),
  }));
  const machines = sum(workCenters.map((center) => center.machines.length));
  const calendar = machines > 9 ? 'three-shift' : machines > 3 ? 'two-shift' : 'one-shift';
  return {
    index,
    code,
    name: site.name,
    country: site.country,
    city: site.city,
    lat: site.lat,
    lon: site.lon,
    zone: site.zone,
    calendar,
    transport: random.chance(0.3) ? 'mqtt' : 'http',
    workCenters,
  };
}

/** A process gets machines as its demand; among its sites the square root decides, so that small ones are worth an order. */
function machineCount(fixture: Fixture, demand: Demand, site: number, process: Process): number {
  const root = (index: number): number =>
    Math.sqrt(demand.bySiteAndProcess.get(`${index}/${process.code}`) ?? 0);
  const share = root(site) / sum(fixture.sites.map((_, index) => root(index)));
  const ofProcess = demand.byProcess.get(process.code) ?? 0;
  const ofAll = sum(demand.byProcess.values());
  return Math.max(2, Math.round((MACHINES_TOTAL * process.machineFactor * ofProcess * share) / ofAll));
}

function generateMachines(
  factory: string,
  process: Process,
  count: number,
  random: Random,
  first: boolean,
): SimMachine[] {
  return Array.from({ length: count }, (_, index) => ({
    code: `${factory}-${process.code}-${String(index + 1).padStart(2, '0')}`,
    name: `${process.machineName} ${index + 1}`,
    speed: random.between(0.9, 1.06),
    mtbfHours: random.between(60, 240),
    mttrHours: random.between(0.5, 3.5),
    recordedDuty: first && index === 0,
  }));
}

/** Where the source says an item was made, plus factories of the same process up to six, which are dearer or not yet qualified. */
function generateCapabilities(
  fixture: Fixture,
  factories: readonly SimFactory[],
  random: Random,
): SimCapability[] {
  return fixture.items.flatMap((item, itemIndex) => {
    const process = processOf(item.form);
    const own = random.fork(item.code);
    const able = factories.filter((factory) =>
      factory.workCenters.some((center) => center.process === process),
    );
    const home = new Set(fixture.lines.filter((line) => line.item === itemIndex).map((line) => line.site));
    const others = able
      .filter((factory) => !home.has(factory.index))
      .sort((a, b) => weight(b, own) - weight(a, own));
    const chosen = [...able.filter((factory) => home.has(factory.index)), ...others].slice(
      0,
      Math.max(SITES_PER_ITEM, home.size),
    );
    return chosen.map((factory) => capability(factory, item, process, home.has(factory.index), own));
  });
}

const weight = (factory: SimFactory, random: Random): number =>
  sum(factory.workCenters.map((center) => center.machines.length)) * random.next();

function capability(
  factory: SimFactory,
  item: Fixture['items'][number],
  process: Process,
  home: boolean,
  random: Random,
): SimCapability {
  const state = home || random.chance(0.8) ? 'qualified' : random.chance(0.7) ? 'applied' : 'suspended';
  return {
    factoryCode: factory.code,
    workCenterCode: `${factory.code}-${process.code}`,
    itemCode: item.code,
    state,
    ratePerHour: Math.round(process.ratePerHour * random.between(0.85, 1.15) * (home ? 1.05 : 0.95)),
    setUpMinutes: Math.round(process.setUpMinutes * random.between(0.7, 1.4)),
    // Who makes an item anyway adds a few packs to the next batch; others set up for it alone.
    minimumLot: home ? 1 : process.minimumLot,
    // Making is a part of the price in the source; outsiders are up to a third dearer.
    unitCostMinor: Math.max(
      1,
      Math.round(item.priceMinor * random.between(0.35, 0.45) * (home ? 1 : random.between(1, 1.33))),
    ),
  };
}

function add(map: Map<string, number>, key: string, value: number): void {
  map.set(key, (map.get(key) ?? 0) + value);
}
function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
