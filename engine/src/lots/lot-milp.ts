import { arcTable } from './arc-table.ts';
import type { LotPlan, LotProblem } from './lot-problem.ts';
import { SiteRoom } from './site-room.ts';

/** A mixed-integer linear model by rows: minimise cost·x, rowLower ≤ A x ≤ rowUpper, lower ≤ x ≤ upper. */
export interface MilpModel {
  readonly cost: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** 1 where the column is whole. */
  readonly whole: Int32Array;
  readonly rowLower: Float64Array;
  readonly rowUpper: Float64Array;
  readonly rowStart: Int32Array;
  readonly rowColumn: Int32Array;
  readonly rowValue: Float64Array;
  /** A constant of the objective. */
  readonly offset: number;
}

export interface MilpAnswer {
  readonly status: 'optimal' | 'feasible' | 'infeasible' | 'unknown';
  /** One value per column; empty when none was found. */
  readonly columns: Float64Array;
  readonly objective: number;
  /** No solution costs less. */
  readonly bound: number;
}

/** An exact solver from outside (HiGHS in a worker thread, for one): the engine itself has none to wait for. */
export type SolveMilp = (model: MilpModel) => Promise<MilpAnswer>;

export interface LotMilp {
  readonly model: MilpModel;
  /** Makes a plan of the solver's columns, amounts rounded to whole hours. */
  readonly decode: (columns: Float64Array) => LotPlan;
}

interface Column {
  readonly order: number;
  readonly arc: number;
  readonly at: number;
  readonly upper: number;
}

class Rows {
  readonly lower: number[] = [];
  readonly upper: number[] = [];
  readonly start: number[] = [0];
  readonly column: number[] = [];
  readonly value: number[] = [];

  add(lower: number, upper: number, entries: readonly (readonly [column: number, value: number])[]): void {
    for (const [column, value] of entries) {
      this.column.push(column);
      this.value.push(value);
    }
    this.start.push(this.column.length);
    this.lower.push(lower);
    this.upper.push(upper);
  }
}

/**
 * The problem as rows and columns: amount x and yes/no y for each arc that can be used at all, what stays unserved
 * being the constant less what is saved. Columns 0 … n − 1 are the amounts, n … 2n − 1 the choices.
 */
export function lotMilp(problem: LotProblem): LotMilp {
  const { flow, arcOpenCost, pieceCost, minPiece, maxPieces, wholeOnly } = problem;
  const pieces = usableArcs(problem);
  const n = pieces.length;
  const cost = new Float64Array(2 * n);
  const upper = new Float64Array(2 * n).fill(1);
  const rows = new Rows();
  const byOrder = new Map<number, number[]>();
  const bySite = new Map<number, number[]>();
  pieces.forEach(({ order, arc, at, upper: most }, k) => {
    cost[k] = (flow.arcCost[arc] as number) - (flow.unservedCost[order] as number);
    cost[n + k] = (pieceCost[order] as number) + (arcOpenCost?.[arc] ?? 0);
    upper[k] = most;
    const least = wholeOnly?.[arc] === 1 ? most : (minPiece[order] as number);
    rows.add(Number.NEGATIVE_INFINITY, 0, [[k, 1], [n + k, -most]]); // biome-ignore format: a row
    rows.add(0, Number.POSITIVE_INFINITY, [[k, 1], [n + k, -least]]); // biome-ignore format: a row
    push(byOrder, order, k);
    push(bySite, Math.floor(at / flow.days), k);
  });
  for (const [order, own] of byOrder) {
    rows.add(Number.NEGATIVE_INFINITY, flow.quantity[order] as number, own.map((k) => [k, 1])); // biome-ignore format: a row
    rows.add(Number.NEGATIVE_INFINITY, maxPieces[order] as number, own.map((k) => [n + k, 1])); // biome-ignore format: a row
  }
  for (const [site, own] of bySite) addCapacity(rows, problem, site, own, pieces);
  let offset = 0;
  flow.quantity.forEach((hours, order) => {
    offset += hours * (flow.unservedCost[order] as number);
  });
  const model: MilpModel = {
    cost,
    lower: new Float64Array(2 * n),
    upper,
    whole: Int32Array.from({ length: 2 * n }, (_, k) => (k < n ? 0 : 1)),
    rowLower: Float64Array.from(rows.lower),
    rowUpper: Float64Array.from(rows.upper),
    rowStart: Int32Array.from(rows.start),
    rowColumn: Int32Array.from(rows.column),
    rowValue: Float64Array.from(rows.value),
    offset,
  };
  return { model, decode: (columns) => decode(problem, pieces, columns) };
}

/** One row for each day by which some piece must be done. */
function addCapacity(
  rows: Rows,
  { flow }: LotProblem,
  site: number,
  own: readonly number[],
  pieces: readonly Column[],
): void {
  const dayOf = (k: number): number => (pieces[k]?.at ?? 0) % flow.days;
  const days = [...new Set(own.map(dayOf))].sort((a, b) => a - b);
  for (const day of days) {
    let hours = 0;
    for (let t = 0; t <= day; t++) hours += flow.capacity[site * flow.days + t] as number;
    const due = own.filter((k) => dayOf(k) <= day);
    rows.add(Number.NEGATIVE_INFINITY, hours, due.map((k) => [k, 1])); // biome-ignore format: a row
  }
}

/** Arcs that are in time, cheaper than staying unserved and wide enough for the smallest piece. */
function usableArcs(problem: LotProblem): Column[] {
  const { flow, minPiece, wholeOnly } = problem;
  const table = arcTable(problem);
  const { room } = new SiteRoom(flow);
  const pieces: Column[] = [];
  for (let order = 0; order < flow.quantity.length; order++) {
    const quantity = flow.quantity[order] as number;
    for (let arc = table.first[order] as number; arc < (table.end[order] as number); arc++) {
      const day = Math.min(flow.days - 1, (flow.latestDay[order] as number) - (flow.arcLead?.[arc] ?? 0));
      if (day < 0 || (flow.arcCost[arc] as number) >= (flow.unservedCost[order] as number)) continue;
      const at = (flow.arcSite[arc] as number) * flow.days + day;
      const upper = Math.min(quantity, room[at] as number);
      const least = wholeOnly?.[arc] === 1 ? quantity : (minPiece[order] as number);
      if (upper >= least) pieces.push({ order, arc, at, upper });
    }
  }
  return pieces;
}

function decode(problem: LotProblem, pieces: readonly Column[], columns: Float64Array): LotPlan {
  const { flow, pieceCost, arcOpenCost } = problem;
  const unserved = Int32Array.from(flow.quantity);
  const pieceStart = new Int32Array(flow.quantity.length + 1);
  const arcs: number[] = [];
  const amounts: number[] = [];
  let cost = 0;
  pieces.forEach(({ order, arc }, k) => {
    const amount = Math.round(columns[k] ?? 0);
    if (amount <= 0) return;
    arcs.push(arc);
    amounts.push(amount);
    unserved[order] = (unserved[order] as number) - amount;
    pieceStart[order + 1] = (pieceStart[order + 1] as number) + 1;
    cost += amount * (flow.arcCost[arc] as number) + (pieceCost[order] as number) + (arcOpenCost?.[arc] ?? 0);
  });
  for (let order = 0; order < unserved.length; order++) {
    pieceStart[order + 1] = (pieceStart[order + 1] as number) + (pieceStart[order] as number);
    cost += (unserved[order] as number) * (flow.unservedCost[order] as number);
  }
  return {
    pieceStart,
    pieceArc: Int32Array.from(arcs),
    pieceAmount: Int32Array.from(amounts),
    unserved,
    cost,
  };
}

function push(map: Map<number, number[]>, key: number, value: number): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
