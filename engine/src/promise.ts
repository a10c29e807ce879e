import type { Allocation, SiteRefusal } from './plan.ts';
import type { BlockedKind } from './snapshot.ts';

/**
 * What an earlier arrival would need most: `transport` nearer or faster, `machine` faster or more machines,
 * `calendar` more shifts, `committed` what is sold to others, `unattainable` the end of a breakdown or maintenance,
 * `earliest` the start that the line itself forbids before.
 */
export type BindingConstraint =
  | 'transport'
  | 'machine'
  | 'calendar'
  | 'committed'
  | 'unattainable'
  | 'earliest';

/** What stands behind the binding constraint; `unattainable` is told by the kind of the blocked spell. */
export type BindingResource = Exclude<BindingConstraint, 'unattainable'> | BlockedKind;

/**
 * One change of the world that would make an option arrive earlier. `shift`: `shiftMs` more working time for the
 * machines of one step before it ends. `committed`: what others have bought on them gives way. `blocked`: they work
 * through their breakdown or maintenance. `earliest`: the line may start at once. `allow-split`: the parts may go to
 * several sites. `qualify-site`: a site that has the capability, but not the state, takes the line.
 */
export type EarlierChange = 'shift' | 'committed' | 'blocked' | 'earliest' | 'allow-split' | 'qualify-site';

export interface EarlierIf {
  readonly change: EarlierChange;
  /** How much earlier the last part would arrive, > 0. */
  readonly earlierMs: number;
  readonly siteId?: string;
  readonly capabilityId?: string;
  /** The machines meant and the step they work in, from 0. */
  readonly machineIds?: readonly string[];
  readonly stepIndex?: number;
  /** Of `shift`: the working time that would be added. */
  readonly shiftMs?: number;
}

export type PromiseKind = 'earliest-whole' | 'earliest-split' | 'cheapest-in-time';

export interface PromiseOption {
  readonly kind: PromiseKind;
  /** Ready to be reserved. */
  readonly allocations: readonly Allocation[];
  readonly siteIds: readonly string[];
  readonly finishMs: number;
  /** Of the last part. */
  readonly arriveMs: number;
  readonly inTime: boolean;
  readonly costMinor: number;
  readonly binding: BindingConstraint;
  readonly resource: BindingResource;
  /** What would have to change for an earlier arrival, the most helpful first; one at a time, they do not add up. */
  readonly earlierIf: readonly EarlierIf[];
  /** Where the time from now to the arrival of the last part goes, ms; adds up to it. */
  readonly waitsMs: Readonly<Record<BindingConstraint, number>>;
}

export interface PromiseAnswer {
  /** Without an option nothing within the horizon is possible; `refusals` say why. */
  readonly options: readonly PromiseOption[];
  /** Sites that cannot take the line whatever the date. */
  readonly refusals: readonly SiteRefusal[];
}
