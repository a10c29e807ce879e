import type { Random } from '../sample/seeded-random.ts';
import type { LotDraft } from './lot-draft.ts';
import { PieceMemory } from './piece-memory.ts';
import type { SiteRefill } from './site-refill.ts';

export interface ImproveOptions {
  readonly rounds: number;
  readonly random: Random;
  /** What an hour is worth to others [site * days + day]. */
  readonly prices: Float64Array;
  readonly refill: SiteRefill;
  /** Per order: what it costs alone in the network; no plan gives it less. */
  readonly alone: Float64Array;
  /** Temperature at the start, as a share of what an order costs on average. */
  readonly heat: number;
  /** Called every few milliseconds. */
  readonly onRounds?: ((cost: number, rounds: number) => 'stop' | undefined) | undefined;
}

/**
 * Ruin and recreate [Schrimpf et al. 2000; Christiaens & Vanden Berghe 2020]: takes an order and some that hold
 * sites it could use out of the plan and puts them back one after the other in random sequence, each exactly at its
 * best for the room there is, at its cost or at cost and a share of the price of capacity. Some rounds begin with a
 * site instead: it gets its best pieces at slightly shaken prices, and all orders that this touches make the best
 * of the rest. Accepts by simulated annealing on the whole-number cost; the draft is left at the best plan met. Answers the rounds made.
 */
export function improveLots(draft: LotDraft, options: ImproveOptions): number {
  return new LotImprover(draft, options).run();
}

class LotImprover {
  private readonly draft: LotDraft;
  private readonly options: ImproveOptions;
  private readonly random: Random;
  private readonly ruined = new Int32Array(MOST_RUINED);
  private readonly sequence = new Int32Array(MOST_RUINED);
  private ruinedCount = 0;
  private readonly isRuined: Uint8Array;
  private readonly before: PieceMemory;
  private readonly best: PieceMemory;
  private bestCost: number;
  /** Orders that changed since the best plan was met. */
  private readonly changed: Int32Array;
  private changedCount = 0;
  private readonly isChanged: Uint8Array;

  constructor(draft: LotDraft, options: ImproveOptions) {
    this.draft = draft;
    this.options = options;
    this.random = options.random;
    const orders = draft.count.length;
    this.isRuined = new Uint8Array(orders);
    this.before = new PieceMemory(draft, MOST_RUINED);
    this.best = new PieceMemory(draft, orders);
    this.bestCost = draft.cost;
    this.changed = new Int32Array(orders);
    this.isChanged = new Uint8Array(orders);
    for (let order = 0; order < orders; order++) this.best.keep(order, order);
  }

  run(): number {
    const { draft, options, random } = this;
    const hot = (options.heat * draft.cost) / Math.max(1, draft.count.length);
    let round = 0;
    let nextCall = CALL_EVERY;
    let stopped = false;
    while (round < options.rounds && draft.count.length > 0 && !stopped) {
      const temperature = hot * COOLED ** (round / options.rounds);
      this.attempt(-temperature * Math.log(1 - random.next()));
      round++;
      if (draft.choice.work < nextCall) continue;
      nextCall = draft.choice.work + CALL_EVERY;
      stopped = options.onRounds?.(this.bestCost, round) === 'stop';
    }
    this.goBackToBest();
    return round;
  }

  /** One round; kept when it costs less than now and `slack`. */
  private attempt(slack: number): void {
    const { draft, random } = this;
    const most = draft.cost + slack;
    const { alone, refill } = this.options;
    const bySite = random.chance(BY_SITE) && this.ruinSite();
    if (!bySite) this.ruin(LEAST_RUINED + random.below(MOST_RUINED - LEAST_RUINED + 1));
    const count = this.ruinedCount;
    for (let k = 0; k < count; k++) {
      const order = this.ruined[k] as number;
      this.before.keep(k, order);
      draft.remove(order);
      this.isRuined[order] = 0;
    }
    if (bySite) refill.addTo(draft);
    let couldSave = 0;
    for (let k = 0; k < count; k++) {
      const order = this.ruined[k] as number;
      couldSave += (draft.orderCost[order] as number) - (alone[order] as number);
    }
    this.shuffle();
    const weight = random.chance(PRICED) ? random.next() : 0;
    const prices = weight > 0 ? this.options.prices : undefined;
    for (let k = 0; k < count && draft.cost - couldSave < most; k++) {
      const order = this.ruined[this.sequence[k] as number] as number;
      couldSave -= (draft.orderCost[order] as number) - (alone[order] as number);
      draft.insert(order, prices, weight);
    }
    if (draft.cost < most) {
      this.accept();
      return;
    }
    for (let k = 0; k < count; k++) draft.remove(this.ruined[k] as number);
    for (let k = 0; k < count; k++) this.before.giveBack(k, this.ruined[k] as number);
  }

  /** A site's best pieces and whoever has pieces there now; false where that is more orders than a round may touch. */
  private ruinSite(): boolean {
    const { draft, random } = this;
    const { refill } = this.options;
    const site = random.below(draft.siteHead.length);
    refill.choose(site, random);
    this.ruinedCount = 0;
    let fits = refill.count <= MOST_RUINED;
    for (let k = 0; k < refill.count && fits; k++) this.addRuined(refill.orderOf(k));
    let slot = draft.siteHead[site] as number;
    while (slot >= 0 && fits) {
      const order = Math.floor(slot / draft.table.mostPieces);
      fits = this.isRuined[order] === 1 || this.ruinedCount < MOST_RUINED;
      if (fits) this.addRuined(order);
      slot = draft.nextAtSite[slot] as number;
    }
    if (fits && this.ruinedCount > 0) return true;
    for (let k = 0; k < this.ruinedCount; k++) this.isRuined[this.ruined[k] as number] = 0;
    return false;
  }

  /** An order, and those that hold sites it could use, cheap ones rather. */
  private ruin(most: number): void {
    const { draft, random } = this;
    const { mostPieces, first, end } = draft.table;
    const { arcSite } = draft.problem.flow;
    this.ruinedCount = 0;
    this.addRuined(random.below(draft.count.length));
    for (let tries = 0; tries < TRIES * most && this.ruinedCount < most; tries++) {
      const center = this.ruined[random.below(Math.min(this.ruinedCount, CENTERS))] as number;
      const from = first[center] as number;
      const arcs = Math.min((end[center] as number) - from, NEAREST_ARCS);
      if (arcs === 0) continue;
      const x = random.next();
      let slot = draft.siteHead[arcSite[from + Math.floor(x * x * arcs)] as number] as number;
      while (slot >= 0 && this.ruinedCount < most) {
        if (random.chance(TAKEN)) this.addRuined(Math.floor(slot / mostPieces));
        slot = draft.nextAtSite[slot] as number;
      }
    }
  }

  private addRuined(order: number): void {
    if (this.isRuined[order] === 1) return;
    this.isRuined[order] = 1;
    this.ruined[this.ruinedCount++] = order;
  }

  private shuffle(): void {
    for (let k = 0; k < this.ruinedCount; k++) {
      const other = this.random.below(k + 1);
      this.sequence[k] = this.sequence[other] as number;
      this.sequence[other] = k;
    }
  }

  private accept(): void {
    for (let k = 0; k < this.ruinedCount; k++) {
      const order = this.ruined[k] as number;
      if (this.isChanged[order] === 1) continue;
      this.isChanged[order] = 1;
      this.changed[this.changedCount++] = order;
    }
    if (this.draft.cost >= this.bestCost) return;
    this.bestCost = this.draft.cost;
    for (let k = 0; k < this.changedCount; k++) {
      const order = this.changed[k] as number;
      this.isChanged[order] = 0;
      this.best.keep(order, order);
    }
    this.changedCount = 0;
  }

  private goBackToBest(): void {
    for (let k = 0; k < this.changedCount; k++) this.draft.remove(this.changed[k] as number);
    for (let k = 0; k < this.changedCount; k++) {
      const order = this.changed[k] as number;
      this.best.giveBack(order, order);
    }
  }
}

/** Fewer find no exchange, more are rarely put back as well as they were. */
const LEAST_RUINED = 2;
const MOST_RUINED = 12;
/** The last temperature as a share of the first. */
const COOLED = 0.002;
/** Share of rounds that heed the prices. */
const PRICED = 0.7;
/** Share of rounds that begin with a site: they cost five times as much and find what the others do not. */
const BY_SITE = 0.15;
/** Others are found around the first so many of the ruined, on so many of their cheapest arcs. */
const CENTERS = 2;
const NEAREST_ARCS = 64;
/** Chance of an order found on a site to be taken out. */
const TAKEN = 0.5;
/** Looks for others per order wanted: sites may stand empty. */
const TRIES = 4;
/** Candidates looked at between two calls of `onRounds`: some 5 ms. */
const CALL_EVERY = 200_000;
