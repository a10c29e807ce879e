import { type Market, PIECE } from './market.ts';
import { SmallestFirst } from './smallest-first.ts';

const { size: SIZE, order: ORDER, amount: AMOUNT, arc: ARC } = PIECE;
const NONE = -1;
/** Orders whose moving is weighed for one answer: some milliseconds. What lies beyond them is left where it is. */
const MAX_REFUGES = 1_000;

/** An order that may come. */
export interface FlowOrder {
  /** Standard hours, whole, > 0. */
  readonly quantity: number;
  readonly latestDay: number;
  /** Cost of one hour that nobody makes in time. */
  readonly unservedCost: number;
  /** Its list of arcs. */
  readonly list: number;
}

/** Hours of one slot for the order that asks. */
export interface QuotedPiece {
  readonly arc: number;
  readonly site: number;
  readonly slot: number;
  /** Standard hours. */
  readonly amount: number;
}

/** Hours of another order that go elsewhere to make room. */
export interface QuotedMove {
  readonly order: number;
  readonly fromArc: number;
  /** −1 = they become unserved. */
  readonly toArc: number;
  readonly amount: number;
  /** For all these hours; negative when the other order gains by it. */
  readonly addedCost: number;
  readonly piece: number;
  readonly toSlot: number;
}

export interface FlowQuote {
  readonly pieces: readonly QuotedPiece[];
  /** Standard hours that find no place worth their cost. */
  readonly unserved: number;
  /** What the order adds to the cost of the whole network, its unserved hours included. */
  readonly addedCost: number;
  /** What the dearest of its hours adds; the unserved cost when some find no place. */
  readonly marginalCost: number;
  readonly moves: readonly QuotedMove[];
}

/** Somewhere to put hours. `cost` per hour is exact for free hours and when `to` is known, else a lower bound. */
interface Candidate {
  readonly cost: number;
  readonly arc: number;
  /** −1 = the whole site, to be looked into. */
  readonly slot: number;
  /** The piece that would have to move; −1 = the slot's free hours. */
  readonly piece: number;
  readonly to: Refuge | undefined;
}

/** Where moved hours can go. */
interface Refuge {
  /** −1 = nowhere: the hours become unserved. */
  readonly arc: number;
  readonly slot: number;
  /** Of one hour there. */
  readonly cost: number;
}

interface Search {
  readonly market: Market;
  readonly order: FlowOrder;
  /** May others move? Never the order `self`, which is the one that asks where it is there already. */
  readonly displace: boolean;
  readonly self: number;
  readonly candidates: SmallestFirst<Candidate>;
  /** Hours the answer so far has used, by slot and by piece. */
  readonly usedFree: Map<number, number>;
  readonly usedHeld: Map<number, number>;
  /** By order: the cheapest free hours it could move to, as long as there are some left. */
  readonly refuges: Map<number, Refuge>;
}

/**
 * Where an order would go and what that would cost everybody. Free hours cost what the arc says. Hours of an
 * order that may move cost that and what moving it to the cheapest free hours adds; a moved order moves
 * nobody else, so that few people are concerned. Candidates come out cheapest first: the price of a held hour
 * bounds from below, but for ε, what moving its holder adds, so that only few have to be looked at closely.
 */
export function quoteFlow(market: Market, order: FlowOrder, displace: boolean, self = NONE): FlowQuote {
  const candidates = new SmallestFirst<Candidate>();
  const search: Search = {
    market,
    order,
    displace,
    self,
    candidates,
    usedFree: new Map(),
    usedHeld: new Map(),
    refuges: new Map(),
  };
  const pieces: QuotedPiece[] = [];
  const moves: QuotedMove[] = [];
  let open = order.quantity;
  let addedCost = 0;
  let marginalCost = 0;
  openSites(search);
  while (open > 0) {
    const next = candidates.pop();
    if (next === undefined || next.cost >= order.unservedCost) break;
    if (next.slot === NONE) {
      openSlots(search, next.arc);
      continue;
    }
    const room = roomOf(search, next);
    if (room === 0) {
      const weigh = next.piece !== NONE && search.refuges.size < MAX_REFUGES;
      if (weigh && heldHours(search, next.piece) > 0) lookClosely(search, next);
      continue;
    }
    const amount = Math.min(open, room);
    open -= amount;
    addedCost += amount * next.cost;
    marginalCost = Math.max(marginalCost, next.cost);
    pieces.push({ arc: next.arc, site: siteOf(market, next.arc), slot: next.slot, amount });
    if (next.to) {
      moves.push(moveOf(market, next, next.to, amount));
      use(search.usedHeld, next.piece, amount);
      if (next.to.slot !== NONE) use(search.usedFree, next.to.slot, amount);
      candidates.push(next.cost, { ...next, to: undefined });
    } else use(search.usedFree, next.slot, amount);
  }
  if (open > 0) marginalCost = order.unservedCost;
  return { pieces, unserved: open, addedCost: addedCost + open * order.unservedCost, marginalCost, moves };
}

/**
 * A site's price bounds from below what its hours cost, free or not. Free hours wait at their floor, so a site with
 * a price above all floors has none.
 */
function openSites({ market, order, displace, candidates }: Search): void {
  const { problem, highestFloor } = market.network;
  const { arcStart, arcCost } = problem;
  for (let arc = arcStart[order.list] as number; arc < (arcStart[order.list + 1] as number); arc++) {
    const price = priceFor(market, order, arc);
    if (!displace && price > (highestFloor[siteOf(market, arc)] as number)) continue;
    const cost = (arcCost[arc] as number) + price;
    if (cost < order.unservedCost)
      candidates.push(cost, { cost, arc, slot: NONE, piece: NONE, to: undefined });
  }
}

function openSlots({ market, order, displace, self, candidates }: Search, arc: number): void {
  const { network, free, slotFirst, pieces, prices, fixed } = market;
  const arcCost = network.problem.arcCost[arc] as number;
  const site = siteOf(market, arc);
  const end = slotEndFor(market, order, arc);
  for (let slot = end - 1; slot >= (network.slotStart[site] as number); slot--) {
    if ((free[slot] as number) > 0) {
      const cost = arcCost + (network.slotFloor[slot] as number);
      candidates.push(cost, { cost, arc, slot, piece: NONE, to: undefined });
    }
    if (!displace) continue;
    for (let piece = slotFirst[slot] as number; piece >= 0; piece = pieces[piece * SIZE] as number) {
      const holder = pieces[piece * SIZE + ORDER] as number;
      const cost = arcCost + (prices[piece] as number);
      if (cost >= order.unservedCost) break;
      if (holder === self || fixed[holder] === 1) continue;
      candidates.push(cost, { cost, arc, slot, piece, to: undefined });
    }
  }
}

/** Finds where the piece's hours could go and files the candidate again under what that really costs. */
function lookClosely(search: Search, { arc, slot, piece }: Candidate): void {
  const { market, candidates, order } = search;
  const { arcCost } = market.network.problem;
  const at = piece * SIZE;
  const to = refugeOf(search, market.pieces[at + ORDER] as number);
  const left = arcCost[market.pieces[at + ARC] as number] as number;
  const cost = (arcCost[arc] as number) + to.cost - left;
  if (cost < order.unservedCost) candidates.push(cost, { cost, arc, slot, piece, to });
}

/** Answers only use hours up, so the cheapest ones stay the cheapest until they are gone. */
function refugeOf(search: Search, holder: number): Refuge {
  const known = search.refuges.get(holder);
  if (known && (known.slot === NONE || freeHours(search, known.slot) > 0)) return known;
  const refuge = cheapestRefuge(search, holder);
  search.refuges.set(holder, refuge);
  return refuge;
}

/** The cheapest free hour for an order that has to move; unserved when that is cheaper. */
function cheapestRefuge(search: Search, holder: number): Refuge {
  const { market } = search;
  const { problem, slotStart, slotFloor, highestFloor } = market.network;
  const { arcStart, arcCost } = problem;
  const list = problem.arcList[holder] as number;
  const order = { latestDay: problem.latestDay[holder] as number };
  let best: Refuge = { arc: NONE, slot: NONE, cost: problem.unservedCost[holder] as number };
  for (let arc = arcStart[list] as number; arc < (arcStart[list + 1] as number); arc++) {
    const arcAlone = arcCost[arc] as number;
    if (arcAlone >= best.cost) break;
    const site = siteOf(market, arc);
    const price = priceFor(market, order, arc);
    if (price > (highestFloor[site] as number) || arcAlone + price >= best.cost) continue;
    const start = slotStart[site] as number;
    for (let slot = slotEndFor(market, order, arc) - 1; slot >= start; slot--) {
      const cost = arcAlone + (slotFloor[slot] as number);
      if (cost < best.cost && freeHours(search, slot) > 0) best = { arc, slot, cost };
    }
  }
  return best;
}

function moveOf(market: Market, { piece }: Candidate, to: Refuge, amount: number): QuotedMove {
  const { arcCost } = market.network.problem;
  const fromArc = market.pieces[piece * SIZE + ARC] as number;
  const addedCost = amount * (to.cost - (arcCost[fromArc] as number));
  const order = market.pieces[piece * SIZE + ORDER] as number;
  return { order, fromArc, toArc: to.arc, amount, addedCost, piece, toSlot: to.slot };
}

/** Hours the candidate still has; none where it is not known yet where its holder would go. */
function roomOf(search: Search, { slot, piece, to }: Candidate): number {
  if (piece === NONE) return freeHours(search, slot);
  if (to === undefined) return 0;
  const held = heldHours(search, piece);
  return to.slot === NONE ? held : Math.min(held, freeHours(search, to.slot));
}

function freeHours({ market, usedFree }: Search, slot: number): number {
  return (market.free[slot] as number) - (usedFree.get(slot) ?? 0);
}

function heldHours({ market, usedHeld }: Search, piece: number): number {
  return (market.pieces[piece * SIZE + AMOUNT] as number) - (usedHeld.get(piece) ?? 0);
}

function use(used: Map<number, number>, key: number, amount: number): void {
  used.set(key, (used.get(key) ?? 0) + amount);
}

function siteOf(market: Market, arc: number): number {
  return market.network.problem.arcSite[arc] as number;
}

/** Lowest price at the arc's site for the order; infinite when it cannot be done in time. */
function priceFor(market: Market, { latestDay }: Pick<FlowOrder, 'latestDay'>, arc: number): number {
  const { days, arcLead } = market.network;
  const day = Math.min(days - 1, latestDay - (arcLead[arc] as number));
  if (day < 0) return Number.POSITIVE_INFINITY;
  return market.sitePrice[siteOf(market, arc) * days + day] as number;
}

/** One past the last slot that is early enough for the order. */
function slotEndFor(market: Market, { latestDay }: Pick<FlowOrder, 'latestDay'>, arc: number): number {
  const { days, arcLead, slotEnd } = market.network;
  const day = Math.min(days - 1, latestDay - (arcLead[arc] as number));
  return slotEnd[siteOf(market, arc) * days + day] as number;
}
