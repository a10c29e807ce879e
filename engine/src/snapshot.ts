import type { Interval } from './interval/interval.ts';

/** Degrees, WGS 84. */
export interface Position {
  /** −90…90. */
  readonly lat: number;
  /** −180…180. */
  readonly lon: number;
}

/** 0 is the most urgent (P0), 4 the least. */
export type Priority = 0 | 1 | 2 | 3 | 4;

/** Why a machine cannot work although its calendar says so. */
export type BlockedKind = 'breakdown' | 'maintenance' | 'material' | 'people' | 'other';

export interface BlockedInterval extends Interval {
  readonly kind: BlockedKind;
}

/** A machine does one thing at a time; work pauses outside the windows of its calendar. */
export interface MachineSnapshot {
  readonly id: string;
  readonly siteId: string;
  readonly calendarId: string;
  /** No sub-lot may occupy the machine here, also not one that merely pauses. */
  readonly blocked?: readonly BlockedInterval[] | undefined;
  /** Reservations that must not move: running work, accepted work, whatever this run does not plan. */
  readonly fixed?: readonly Interval[] | undefined;
}

export interface SiteSnapshot {
  readonly id: string;
  /** Without a position every distance to the site is 0 km. */
  readonly position?: Position | undefined;
  readonly suspended?: boolean | undefined;
  /** The firm it belongs to: fairness counts by firm. A site without one is its own firm. */
  readonly ownerId?: string | undefined;
}

/** One operation of a routing: its sub-lots run in parallel on machines of the group. */
export interface RoutingStep {
  /** The machine group at the capability's site; order carries no preference. */
  readonly machineIds: readonly string[];
  /** Per sub-lot, ≥ 0. */
  readonly setUpMs: number;
  /** > 0, may be a fraction; a sub-lot takes setUpMs + ceil(quantity × msPerPiece) of working time. */
  readonly msPerPiece: number;
  /** Where a machine's measured rate differs from the group's. */
  readonly msPerPieceByMachine?: Readonly<Record<string, number>> | undefined;
}

/** Only `qualified` ones are planned with. */
export type CapabilityState = 'applied' | 'qualified' | 'suspended';

/** One routing alternative of one item at one site. A site may have several. */
export interface CapabilitySnapshot {
  readonly id: string;
  readonly siteId: string;
  readonly itemId: string;
  readonly state: CapabilityState;
  /** Smallest quantity an allocation may have, pieces, ≥ 1. */
  readonly minLot: number;
  readonly unitCostMinor: number;
  /** 1…n; a step starts when every sub-lot of the step before has ended (whole-batch transfer). */
  readonly steps: readonly RoutingStep[];
}

export type LockKind = 'site' | 'quantity' | 'date';

/**
 * What an operator has decided; it survives every re-plan.
 * `site`: parts of the line go only to sites so locked. `quantity`: exactly `quantity` pieces go to `siteId`.
 * `date`: parts (at `siteId`, or all) arrive by `dateMs` or stay unplaced.
 */
export interface LineLock {
  readonly kind: LockKind;
  readonly siteId?: string | undefined;
  readonly quantity?: number | undefined;
  readonly dateMs?: number | undefined;
}

/** What was told to people in the last plan; leaving it costs `weights.changePerLine`. */
export interface PreviousAllocation {
  readonly siteId: string;
  readonly quantity: number;
}

export interface LineSnapshot {
  readonly id: string;
  readonly itemId: string;
  /** Pieces that this run has to place (what is produced, or stays fixed, is already taken off), ≥ 1. */
  readonly quantity: number;
  /** Requested arrival at the destination. */
  readonly dueMs: number;
  /** Production starts no earlier (material, approval). */
  readonly earliestMs?: number | undefined;
  readonly priority: Priority;
  readonly splitAllowed: boolean;
  /** Smallest part when split, pieces; 0 or 1 = no bound. */
  readonly minShipment: number;
  /** Largest number of sites when split; 4 when missing. */
  readonly maxSites?: number | undefined;
  readonly destination?: Position | undefined;
  readonly locks?: readonly LineLock[] | undefined;
  /** Sites that said no to this line, or did not answer: not asked again. */
  readonly declinedSiteIds?: readonly string[] | undefined;
  readonly previous?: readonly PreviousAllocation[] | undefined;
}

/** The same means everywhere: time = fixedMs + km / kmPerHour, cost = per shipment + per km and thousand pieces. */
export interface TransportRule {
  readonly fixedMs: number;
  readonly kmPerHour: number;
  readonly costMinorPerShipment: number;
  readonly costMinorPerKmPer1000Pieces: number;
}

/** Integers; one point of the objective is worth one minor unit of money. Arrays are indexed by priority. */
export interface MatchWeights {
  /** Once per line that arrives late. */
  readonly latePerLine: readonly number[];
  /** Per hour the line is late, times the share of the line that is. */
  readonly tardinessPerHour: readonly number[];
  /** Once per line, times the share that finds no place within the horizon. */
  readonly unplacedPerLine: readonly number[];
  /** Per minor unit of production and transport cost. */
  readonly costPerMinor: number;
  /** Per kilometre of each part's way. */
  readonly distancePerKm: number;
  /** Per line, times the share that leaves a site that was already told. */
  readonly changePerLine: number;
  /**
   * Fairness among firms: a firm that already has as many order hours as the mean of all capable firms pays this much
   * for each further machine hour, one with twice as many pays twice as much (a convex cost of its hours). 0 or
   * missing = who gets the work is decided by cost and time alone.
   */
  readonly fairnessPerHour?: number | undefined;
}

/** Everything one planning run knows. The engine reads nothing else: no clock, no database. */
export interface Snapshot {
  readonly networkId: string;
  readonly nowMs: number;
  /** Nothing is planned to end later. */
  readonly horizonEndMs: number;
  /** Nothing new starts earlier (frozen zone); nowMs when missing. */
  readonly fenceMs?: number | undefined;
  /**
   * Work is laid so that it arrives this long before the due date where that is possible, so that a short stop or
   * a slower rate does not make it late; 0 when missing. Arriving within it is not late.
   */
  readonly safetyMs?: number | undefined;
  readonly seed: number;
  /** Working windows, e.g. from `calendarWindows`. */
  readonly calendars: Readonly<Record<string, readonly Interval[]>>;
  readonly machines: readonly MachineSnapshot[];
  readonly sites: readonly SiteSnapshot[];
  readonly capabilities: readonly CapabilitySnapshot[];
  readonly lines: readonly LineSnapshot[];
  readonly transport: TransportRule;
  readonly weights: MatchWeights;
}

/** Being late costs more than nearly any detour; each priority weighs twice the next. Operators set their own. */
export const DEFAULT_WEIGHTS: MatchWeights = {
  latePerLine: [16_000_000, 8_000_000, 4_000_000, 2_000_000, 1_000_000],
  tardinessPerHour: [400_000, 200_000, 100_000, 50_000, 25_000],
  unplacedPerLine: [800_000_000, 400_000_000, 200_000_000, 100_000_000, 50_000_000],
  costPerMinor: 1,
  distancePerKm: 1,
  changePerLine: 200_000,
};

/** Two hours of handling, then a truck. */
export const DEFAULT_TRANSPORT: TransportRule = {
  fixedMs: 2 * 3_600_000,
  kmPerHour: 50,
  costMinorPerShipment: 5_000,
  costMinorPerKmPer1000Pieces: 20,
};

/** Sites of a line that may be split and does not say over how many. */
export const DEFAULT_MAX_SITES = 4;
