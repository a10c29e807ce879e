import type { CapacitySummary } from '@millrace/contract';
import type { BlockedInterval, Interval } from '@millrace/engine';
import type { App, Refusal, Tx } from '../kernel/index.ts';

/** One machine taken for one sub-lot. */
export interface NewReservation {
  readonly id: string;
  readonly machineId: string;
  readonly allocationId: string;
  /** Domain instants; the machine is taken in [from, to), pauses included. */
  readonly from: number;
  readonly to: number;
  /** Pieces. */
  readonly quantity: number;
}

export interface StoredReservation extends NewReservation {
  readonly siteId: string;
  readonly factoryOrganisationId: string;
}

export interface RateObservation {
  readonly networkId: string;
  readonly machineId: string;
  readonly itemId: string;
  /** Good pieces made in `runningMin`. */
  readonly pieces: number;
  /** ISO 22400 APT, minutes. */
  readonly runningMin: number;
  readonly at: number;
}

/** Fading sums of what a machine has really made of an item. */
export interface RateSum {
  readonly machineId: string;
  readonly itemId: string;
  readonly pieces: number;
  readonly runningMin: number;
  readonly at: number;
}

/** A machine as planning sees it from `now` to the horizon. */
export interface PlanningMachine {
  readonly id: string;
  readonly code: string;
  readonly siteId: string;
  readonly workCenterId: string;
  readonly factoryOrganisationId: string;
  /** Key into `PlanningResources.calendars`; machines of one calendar, zone and offered share have the same. */
  readonly calendarKey: string;
  readonly blocked: readonly BlockedInterval[];
  readonly reserved: readonly ReservedInterval[];
}

export interface ReservedInterval extends Interval {
  readonly allocationId: string;
}

/** What the engine's snapshot is made of. */
export interface PlanningResources {
  /** Moves with every reservation, block, calendar and outage of the network. */
  readonly version: number;
  /** Offered working windows by `calendarKey`. */
  readonly calendars: Readonly<Record<string, readonly Interval[]>>;
  readonly machines: readonly PlanningMachine[];
  readonly rates: readonly RateSum[];
}

/** What a committed transaction did to the plan, told to this process at once. */
export interface CapacityChange {
  readonly networkId: string;
  /** The version after the change. */
  readonly version: number;
  readonly reserved: readonly MachineTime[];
  readonly released: readonly MachineTime[];
  /** Something else than reservations moved: what is held in memory has to be built anew. */
  readonly rebuilt: boolean;
}

export interface MachineTime {
  readonly machineId: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface Capacity {
  routes(app: App): void;
  /** Makes writers of one network's plan take turns until the transaction ends; returns the version. Network scope only. */
  lockPlan(tx: Tx, networkId: string): Promise<number>;
  version(tx: Tx, networkId: string): Promise<number>;
  /** All or nothing: refuses with `overbooked` when one of the machines is not free. Network scope only. */
  reserve(tx: Tx, networkId: string, rows: readonly NewReservation[]): Promise<Refusal | undefined>;
  /** Frees what the allocations hold from `fromInstant` on; everything when missing. Network scope only. */
  release(tx: Tx, networkId: string, allocationIds: readonly string[], fromInstant?: number): Promise<void>;
  /** Reservations that share an instant with [from, to). */
  reservations(tx: Tx, networkId: string, from: number, to: number): Promise<StoredReservation[]>;
  recordRate(tx: Tx, observation: RateObservation): Promise<void>;
  planningResources(tx: Tx, networkId: string, now: number, horizonEnd: number): Promise<PlanningResources>;
  /** Good pieces per hour to plan with, by machine: measured, shrunk to `declaredPerHour` while little is known. */
  ratesPerHour(
    tx: Tx,
    networkId: string,
    machineIds: readonly string[],
    itemId: string,
    declaredPerHour: number,
  ): Promise<ReadonlyMap<string, number>>;
  /** Day buckets over all sites the transaction may see, or one site, and the idle hours that can still be sold. */
  summary(tx: Tx, networkId: string, from: number, to: number, siteId?: string): Promise<CapacitySummary>;
  /** Committed share of the offered, still attainable minutes in [from, to) by site, 0–1. */
  soldShares(tx: Tx, networkId: string, from: number, to: number): Promise<ReadonlyMap<string, number>>;
  /** Called after COMMIT of every change made by this process; other processes show in the version only. */
  onChange(listener: (change: CapacityChange) => void): void;
}
