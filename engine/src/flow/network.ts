import type { FlowProblem } from './flow-problem.ts';

/** A slot is the hours of one site on one day at one extra cost; a site's slots are sorted by day, then cost. */
export interface FlowNetwork {
  readonly problem: FlowProblem;
  readonly orderCount: number;
  readonly siteCount: number;
  readonly days: number;
  readonly slotCount: number;
  /** Slots of site s are slotStart[s] … slotStart[s + 1] − 1. */
  readonly slotStart: Int32Array;
  /** [site * days + day]: one past the site's last slot on or before the day. */
  readonly slotEnd: Int32Array;
  readonly slotSite: Int32Array;
  readonly slotDay: Int32Array;
  readonly slotCapacity: Int32Array;
  /** What an hour of the slot costs when nobody competes for it. */
  readonly slotFloor: Float64Array;
  /** Per site: the floor of its dearest slot. */
  readonly highestFloor: Float64Array;
  /** `problem.arcLead`, or zeros. */
  readonly arcLead: Int8Array;
}

interface Slot {
  readonly day: number;
  readonly capacity: number;
  readonly cost: number;
}

/** Closed days need no slot, except where capacity may still appear (`keepClosed`). */
export function createNetwork(problem: FlowProblem, keepClosed = false): FlowNetwork {
  const { siteCount, days, capacity } = problem;
  const extra = new Map<number, Slot[]>();
  for (const slot of problem.extraSlots ?? []) {
    const siblings = extra.get(slot.site);
    if (siblings) siblings.push(slot);
    else extra.set(slot.site, [slot]);
  }
  const most = siteCount * days + (problem.extraSlots?.length ?? 0);
  const slotStart = new Int32Array(siteCount + 1);
  const slotEnd = new Int32Array(siteCount * days);
  const slotSite = new Int32Array(most);
  const slotDay = new Int32Array(most);
  const slotCapacity = new Int32Array(most);
  const slotFloor = new Float64Array(most);
  const highestFloor = new Float64Array(siteCount);
  let count = 0;
  const addSlot = (site: number, day: number, hours: number, cost: number): void => {
    slotSite[count] = site;
    slotDay[count] = day;
    slotCapacity[count] = hours;
    slotFloor[count++] = cost;
    if (cost > (highestFloor[site] as number)) highestFloor[site] = cost;
  };
  for (let site = 0; site < siteCount; site++) {
    slotStart[site] = count;
    const dearer = extra.get(site)?.toSorted((a, b) => a.day - b.day || a.cost - b.cost) ?? [];
    let next = 0;
    for (let day = 0; day < days; day++) {
      const hours = capacity[site * days + day] as number;
      if (hours > 0 || keepClosed) addSlot(site, day, hours, 0);
      for (let slot = dearer[next]; slot !== undefined && slot.day === day; slot = dearer[++next]) {
        addSlot(site, day, slot.capacity, slot.cost);
      }
      slotEnd[site * days + day] = count;
    }
  }
  slotStart[siteCount] = count;
  return {
    problem,
    orderCount: problem.quantity.length,
    siteCount,
    days,
    slotCount: count,
    slotStart,
    slotEnd,
    slotSite: slotSite.slice(0, count),
    slotDay: slotDay.slice(0, count),
    slotCapacity: slotCapacity.slice(0, count),
    slotFloor: slotFloor.slice(0, count),
    highestFloor,
    arcLead: problem.arcLead ?? new Int8Array(problem.arcSite.length),
  };
}
