import type { Random } from '../sample/seeded-random.ts';
import type { LotDraft } from './lot-draft.ts';
import type { SiteBound } from './site-bound.ts';
import { SiteChoice } from './site-choice.ts';

/** A site's best pieces at the prices of the bound by sites, slightly shaken: a proposal for what it should make. */
export class SiteRefill {
  private readonly bound: SiteBound;
  private readonly choice: SiteChoice;
  private readonly prices: Float64Array;
  /** What an hour is worth there [site * days + day]. */
  private readonly worth: Float64Array;

  constructor(bound: SiteBound, prices: Float64Array, worth: Float64Array) {
    this.bound = bound;
    const { mostOffers, mostHours } = bound.offers;
    this.choice = new SiteChoice(mostOffers, mostHours, MOST_CELLS);
    this.prices = prices;
    this.worth = worth;
  }

  get count(): number {
    return this.choice.count;
  }

  orderOf(k: number): number {
    return this.bound.offers.order[this.choice.tag[k] as number] as number;
  }

  choose(site: number, random: Random): void {
    const { bound, prices, worth, choice } = this;
    const { offers } = bound;
    const start = offers.start[site] as number;
    const end = offers.start[site + 1] as number;
    choice.begin(end - start, start < end ? (offers.limit[end - 1] as number) : 0);
    const shake = random.next() * MOST_SHAKE;
    for (let offer = start; offer < end; offer++) {
      const price = prices[offers.order[offer] as number] as number;
      const gain = bound.gainOf(offer, prices) + price * shake * (random.next() - 0.5);
      if (gain <= 0) continue;
      const fixed = bound.fixedOf(offer, prices);
      const least = offers.least[offer] as number;
      const upper = offers.upper[offer] as number;
      // What pays far less than the hours are worth is never in a good choice, and each offer costs a pass.
      const over = gain - (worth[offers.at[offer] as number] as number);
      if (over * (over > 0 ? upper : least) < (1 - HOPELESS) * fixed) continue;
      choice.offer(offer, offers.limit[offer] as number, gain, fixed, least, upper);
    }
    choice.solve();
  }

  /** Adds the pieces to a draft in which their orders and the site's are taken out. */
  addTo(draft: LotDraft): void {
    const { choice } = this;
    const { offers } = this.bound;
    for (let k = 0; k < choice.count; k++) {
      const offer = choice.tag[k] as number;
      draft.addIfItFits(
        offers.order[offer] as number,
        offers.arc[offer] as number,
        choice.amount[k] as number,
      );
    }
  }
}

/** Of the price of an hour, both ways together. */
const MOST_SHAKE = 0.1;
/** A proposal need not be exact: the hours are counted roughly. */
const MOST_CELLS = 25_000;
/** In fixed costs. */
const HOPELESS = 3;
