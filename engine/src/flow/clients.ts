import type { FlowNetwork } from './network.ts';

/** Arcs seen from the sites, for looking up who would like an hour that becomes free. Chains end at −1. */
export interface Clients {
  /** Per site: first arc into it; then per arc the next one into the same site. */
  readonly siteFirst: Int32Array;
  readonly arcNext: Int32Array;
  readonly listOfArc: Int32Array;
  /** Per list: first order that uses it; then per order the next one with the same list. */
  readonly listFirst: Int32Array;
  readonly orderNext: Int32Array;
}

/** Arcs and orders past the end of the last list are room for later ones: they are in no chain yet. */
export function createClients({ problem, siteCount, orderCount }: FlowNetwork): Clients {
  const { arcStart, arcSite, arcList } = problem;
  const lists = arcStart.length - 1;
  const siteFirst = new Int32Array(siteCount).fill(-1);
  const arcNext = new Int32Array(arcSite.length);
  const listOfArc = new Int32Array(arcSite.length);
  const listFirst = new Int32Array(lists).fill(-1);
  const orderNext = new Int32Array(orderCount);
  for (let list = 0; list < lists; list++) listOfArc.fill(list, arcStart[list], arcStart[list + 1]);
  for (let arc = (arcStart[lists] as number) - 1; arc >= 0; arc--) {
    const site = arcSite[arc] as number;
    arcNext[arc] = siteFirst[site] as number;
    siteFirst[site] = arc;
  }
  const clients = { siteFirst, arcNext, listOfArc, listFirst, orderNext };
  for (let order = orderCount - 1; order >= 0; order--) {
    if ((problem.quantity[order] as number) > 0) joinList(clients, order, arcList[order] as number);
  }
  return clients;
}

export function joinList({ listFirst, orderNext }: Clients, order: number, list: number): void {
  orderNext[order] = listFirst[list] as number;
  listFirst[list] = order;
}

export function leaveList({ listFirst, orderNext }: Clients, order: number, list: number): void {
  let before = listFirst[list] as number;
  if (before === order) {
    listFirst[list] = orderNext[order] as number;
    return;
  }
  while (orderNext[before] !== order) before = orderNext[before] as number;
  orderNext[before] = orderNext[order] as number;
}
