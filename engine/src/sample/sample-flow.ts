import type { FlowProblem } from '../flow/flow-problem.ts';
import { type Random, seededRandom } from './seeded-random.ts';

export interface SampleFlowOptions {
  readonly seed: number;
  readonly orders: number;
  readonly sites: number;
  readonly days: number;
  readonly cities: number;
  /** One product = the shape of an emergency: every site is capable. */
  readonly products: number;
  /** Capabilities of a site are 1 … this many. */
  readonly maxCapabilities: number;
  /** Hours ordered as a share of all idle hours of the horizon. */
  readonly load: number;
}

const KM_ACROSS = 3_000;
/** Popular products and big cities draw both orders and sites. */
const PRODUCT_EXPONENT = 0.7;
const CITY_EXPONENT = 1;
/** Idle hours of a site's day: median and spread of the logarithm. */
const IDLE_HOURS_MEDIAN = 8;
const IDLE_HOURS_SIGMA = 0.8;
const WORKDAY_CLOSED = 0.05;
const WEEKEND_CLOSED = 0.7;
const ORDER_SIGMA = 1;
/** Cost of an hour, tenths of a unit: product, site's deviation from it, kilometre. */
const COST_MEDIAN = 800;
const COST_SIGMA = 0.4;
const SITE_COST_SIGMA = 0.2;
const COST_PER_KM = 0.4;
const UNSERVED_BY_PRIORITY = [8_000, 5_000, 3_500] as const;

interface Draft {
  readonly random: Random;
  readonly options: SampleFlowOptions;
  readonly cityX: Float64Array;
  readonly cityY: Float64Array;
  readonly productCost: Float64Array;
  readonly siteCity: Int32Array;
  /** Sites of each product with their own cost there. */
  readonly makers: readonly (readonly { readonly site: number; readonly cost: number }[])[];
}

/** A network of made-up demand and idle hours: the same options give the same problem. */
export function sampleFlow(options: SampleFlowOptions): FlowProblem {
  const random = seededRandom(options.seed);
  const productOf = zipf(random, options.products, PRODUCT_EXPONENT);
  const cityOf = zipf(random, options.cities, CITY_EXPONENT);
  const cityX = Float64Array.from({ length: options.cities }, () => random.next() * KM_ACROSS);
  const cityY = Float64Array.from({ length: options.cities }, () => random.next() * KM_ACROSS);
  const productCost = Float64Array.from({ length: options.products }, () =>
    logNormal(random, COST_MEDIAN, COST_SIGMA),
  );
  const siteCity = Int32Array.from({ length: options.sites }, cityOf);
  const makers = Array.from({ length: options.products }, (): { site: number; cost: number }[] => []);
  for (let site = 0; site < options.sites; site++) {
    const count = 1 + random.below(options.maxCapabilities);
    const products = new Set(Array.from({ length: count }, productOf));
    for (const product of products) {
      const cost = logNormal(random, productCost[product] as number, SITE_COST_SIGMA);
      makers[product]?.push({ site, cost });
    }
  }
  const draft = { random, options, cityX, cityY, productCost, siteCity, makers };
  const capacity = sampleCapacity(draft);
  const orderProduct = Int32Array.from({ length: options.orders }, productOf);
  const orderCity = Int32Array.from({ length: options.orders }, cityOf);
  return {
    siteCount: options.sites,
    days: options.days,
    capacity,
    quantity: sampleQuantities(draft, capacity),
    latestDay: Int32Array.from(orderCity, () => random.below(options.days)),
    unservedCost: Int32Array.from(orderCity, () => random.pick(UNSERVED_BY_PRIORITY)),
    ...sampleArcs(draft, orderProduct, orderCity),
  };
}

function sampleCapacity({ random, options }: Draft): Int32Array {
  const capacity = new Int32Array(options.sites * options.days);
  for (let site = 0; site < options.sites; site++) {
    const hours = logNormal(random, IDLE_HOURS_MEDIAN, IDLE_HOURS_SIGMA);
    for (let day = 0; day < options.days; day++) {
      const closed = random.chance(day % 7 < 5 ? WORKDAY_CLOSED : WEEKEND_CLOSED);
      capacity[site * options.days + day] = closed ? 0 : Math.round(hours * (0.5 + random.next()));
    }
  }
  return capacity;
}

/** Log-normal sizes, scaled so that together they are the wanted load. */
function sampleQuantities({ random, options }: Draft, capacity: Int32Array): Int32Array {
  const sizes = Float64Array.from({ length: options.orders }, () => logNormal(random, 1, ORDER_SIGMA));
  const idle = capacity.reduce((sum, hours) => sum + hours, 0);
  const scale = (idle * options.load) / sizes.reduce((sum, size) => sum + size, 0);
  return Int32Array.from(sizes, (size) => Math.max(1, Math.round(size * scale)));
}

/** One list of arcs for each pair of product and city that somebody orders. */
function sampleArcs(
  draft: Draft,
  product: Int32Array,
  city: Int32Array,
): Pick<FlowProblem, 'arcList' | 'arcStart' | 'arcSite' | 'arcCost'> {
  const lists = new Map<number, number>();
  const arcList = product.map((p, order) => {
    const key = p * draft.options.cities + (city[order] as number);
    const list = lists.get(key) ?? lists.size;
    lists.set(key, list);
    return list;
  });
  const arcStart = new Int32Array(lists.size + 1);
  for (const [key, list] of lists) {
    arcStart[list + 1] = draft.makers[Math.floor(key / draft.options.cities)]?.length ?? 0;
  }
  for (let list = 0; list < lists.size; list++) {
    arcStart[list + 1] = (arcStart[list + 1] as number) + (arcStart[list] as number);
  }
  const arcSite = new Int32Array(arcStart[lists.size] as number);
  const arcCost = new Int32Array(arcSite.length);
  for (const [key, list] of lists) {
    const makers = draft.makers[Math.floor(key / draft.options.cities)] ?? [];
    const arcs = makers.map(({ site, cost }) => {
      const km = distanceKm(draft, draft.siteCity[site] as number, key % draft.options.cities);
      return [Math.round(cost + km * COST_PER_KM), site] as const;
    });
    arcs.sort(([costA, siteA], [costB, siteB]) => costA - costB || siteA - siteB);
    for (const [i, [cost, site]] of arcs.entries()) {
      arcSite[(arcStart[list] as number) + i] = site;
      arcCost[(arcStart[list] as number) + i] = cost;
    }
  }
  return { arcList, arcStart, arcSite, arcCost };
}

function distanceKm({ cityX, cityY }: Draft, a: number, b: number): number {
  return Math.hypot((cityX[a] as number) - (cityX[b] as number), (cityY[a] as number) - (cityY[b] as number));
}

/** Draws 0 … count − 1 with chance proportional to (k + 1)^−exponent. */
function zipf(random: Random, count: number, exponent: number): () => number {
  const upTo = new Float64Array(count);
  let sum = 0;
  for (let k = 0; k < count; k++) {
    sum += (k + 1) ** -exponent;
    upTo[k] = sum;
  }
  return () => {
    const at = random.next() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((upTo[middle] as number) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** Box–Muller; one normal value is used, so that every draw takes two numbers. */
function logNormal(random: Random, median: number, sigma: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return median * Math.exp(sigma * normal);
}
