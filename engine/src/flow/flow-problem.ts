/**
 * Who makes how much, as a minimum-cost flow in standard hours. An order may be worked on any day up to its
 * last one; for divisible work serving a site's orders by earliest due date makes that exact, so days are a
 * capacity chain per site and not a second index of the arcs:
 *
 *   min Σ cost·x + Σ unservedCost·unserved
 *   Σ_arcs x + unserved = quantity                          for each order
 *   Σ work at site that must be done by day t ≤ Σ_{τ ≤ t} capacity   for each site and day t
 *
 * All numbers are whole, so there is a whole optimum.
 */
export interface FlowProblem {
  readonly siteCount: number;
  /** Length of the horizon; days are 0 … days − 1. */
  readonly days: number;
  /** Idle standard hours [site * days + day]; ≥ 0. */
  readonly capacity: Int32Array;
  /** Per order: standard hours; > 0. */
  readonly quantity: Int32Array;
  /** Per order: last day of production, 0 … days − 1; a site farther away may ask for less (`arcLead`). */
  readonly latestDay: Int32Array;
  /** Per order: cost of one hour that nobody makes in time; ≥ 0. */
  readonly unservedCost: Int32Array;
  /** Per order: its list of arcs. Orders of one product, city and priority share one list. */
  readonly arcList: Int32Array;
  /** Arcs of list k are arcStart[k] … arcStart[k + 1] − 1, cheapest first. */
  readonly arcStart: Int32Array;
  readonly arcSite: Int32Array;
  /** Cost of one hour made at the arc's site; ≥ 0, ascending within a list. */
  readonly arcCost: Int32Array;
  /**
   * Days before the order's last day by which the site must be done (transport). Negative: that many days
   * late, the penalty being part of the arc's cost; parallel arcs to one site make lateness soft and convex.
   * Absent = 0 everywhere. An arc whose day lies before the horizon cannot be used.
   */
  readonly arcLead?: Int8Array;
  /** More hours at a price: overtime, or rising steps of a site's usage when small firms shall have a share. */
  readonly extraSlots?: readonly ExtraSlot[];
}

/** Hours that a site can work on a day beside `capacity`, each costing more. */
export interface ExtraSlot {
  readonly site: number;
  readonly day: number;
  /** Standard hours; > 0. */
  readonly capacity: number;
  /** Added to the arc's cost; > 0. */
  readonly cost: number;
}

/** A feasible flow with a price for every hour and a bound that proves how good it is. */
export interface FlowSolution {
  /** Pieces of order j are pieceStart[j] … pieceStart[j + 1] − 1. */
  readonly pieceStart: Int32Array;
  /** Index into `arcSite` and `arcCost`. */
  readonly pieceArc: Int32Array;
  /** Standard hours; > 0. */
  readonly pieceAmount: Int32Array;
  /** Per order: standard hours that nobody makes. */
  readonly unserved: Int32Array;
  /**
   * What one more hour is worth [site * days + day], ≥ 0, falling with the day: an hour on an early day serves
   * whatever an hour on a later day would.
   */
  readonly prices: Float64Array;
  readonly cost: number;
  /** No flow costs less: Σ q·min(U, c + price) − Σ capacity·price. */
  readonly bound: number;
  /** (cost − bound) / cost; 0 when both are 0. */
  readonly gap: number;
  readonly bids: number;
  /** False when `onProgress` said stop before the aims were reached. */
  readonly finished: boolean;
}
