import type { Allocation, SiteRefusal } from './plan.ts';

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
  /** Where the time from now to the arrival of the last part goes, ms; adds up to it. */
  readonly waitsMs: Readonly<Record<BindingConstraint, number>>;
}

export interface PromiseAnswer {
  /** Without an option nothing within the horizon is possible; `refusals` say why. */
  readonly options: readonly PromiseOption[];
  /** Sites that cannot take the line whatever the date. */
  readonly refusals: readonly SiteRefusal[];
}
