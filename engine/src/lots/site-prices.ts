import type { SiteBound } from './site-bound.ts';

/**
 * What an hour of each site and day is worth [site * days + day] when orders pay the prices of the bound by sites: each
 * site's continuous relaxation is filled by falling gain − fixed/upper, and the ratio of the piece that closes a day
 * is the price of that day and all before it (the dual of a polymatroid's greedy, Edmonds 1970). They know the
 * fixed costs of the pieces that fill a site, which the bound by orders does not.
 */
export function sitePrices(bound: SiteBound, prices: Float64Array): Float64Array {
  const { flow } = bound.problem;
  const { days, siteCount, capacity } = flow;
  const worth = new Float64Array(capacity.length);
  const slack = new Float64Array(days);
  for (let site = 0; site < siteCount; site++) {
    let sum = 0;
    for (let day = 0; day < days; day++) {
      sum += capacity[site * days + day] as number;
      slack[day] = sum;
    }
    let closed = -1;
    for (const { offer, ratio } of byRatio(bound, prices, site)) {
      const day = (bound.offers.at[offer] as number) % days;
      if (day <= closed) continue;
      fill(slack, day, bound.offers.upper[offer] as number);
      let tight = days - 1;
      while (tight > closed && (slack[tight] as number) > 0) tight--;
      while (closed < tight) worth[site * days + ++closed] = ratio;
      if (closed === days - 1) break;
    }
  }
  return worth;
}

function byRatio(
  bound: SiteBound,
  prices: Float64Array,
  site: number,
): { readonly offer: number; readonly ratio: number }[] {
  const { start, upper } = bound.offers;
  const list: { offer: number; ratio: number }[] = [];
  for (let offer = start[site] as number; offer < (start[site + 1] as number); offer++) {
    const ratio = bound.gainOf(offer, prices) - bound.fixedOf(offer, prices) / (upper[offer] as number);
    if (ratio > 0) list.push({ offer, ratio });
  }
  return list.sort((a, b) => b.ratio - a.ratio || a.offer - b.offer);
}

/** Takes as much as fits, at most `hours`. */
function fill(slack: Float64Array, day: number, hours: number): void {
  let room = hours;
  for (let t = day; t < slack.length; t++) room = Math.min(room, slack[t] as number);
  for (let t = day; t < slack.length; t++) slack[t] = (slack[t] as number) - room;
}
