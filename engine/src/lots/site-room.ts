import type { FlowProblem } from '../flow/flow-problem.ts';

/**
 * What each site can still take, by day: an order with last day d may take min_{t ≥ d} (hours up to t − work
 * due by t), since earliest-due-first makes any load feasible that keeps every such difference ≥ 0. A change
 * costs one pass over the days of one site.
 */
export class SiteRoom {
  readonly days: number;
  /** [site * days + day]: hours that one more piece due on this day may have. */
  readonly room: Int32Array;
  /** Hours up to and including this day less the work due by then. */
  private readonly slack: Int32Array;

  constructor(flow: FlowProblem) {
    const { siteCount, days, capacity } = flow;
    this.days = days;
    this.slack = new Int32Array(siteCount * days);
    this.room = new Int32Array(siteCount * days);
    for (let site = 0; site < siteCount; site++) {
      let sum = 0;
      for (let at = site * days; at < (site + 1) * days; at++) {
        sum += capacity[at] as number;
        this.slack[at] = sum;
      }
      this.refresh(site);
    }
  }

  /** `hours` < 0 gives room back. */
  take(site: number, day: number, hours: number): void {
    const end = (site + 1) * this.days;
    for (let at = site * this.days + day; at < end; at++) this.slack[at] = (this.slack[at] as number) - hours;
    this.refresh(site);
  }

  private refresh(site: number): void {
    let least = MOST_HOURS;
    for (let at = (site + 1) * this.days - 1; at >= site * this.days; at--) {
      const slack = this.slack[at] as number;
      if (slack < least) least = slack;
      this.room[at] = least;
    }
  }
}

/** The largest whole number an Int32Array holds. */
const MOST_HOURS = 2 ** 31 - 1;
