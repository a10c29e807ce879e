import type { MatchPlan, PlanSummary } from '../plan.ts';
import type { Snapshot } from '../snapshot.ts';
import { compareText } from './model.ts';

/**
 * The network as parts that have no machine in common, so that each can be planned by itself, in whatever thread and
 * order: product families whose routings never meet. In the order of their first line; lines that nobody can make are
 * a part of their own. With fairness everything hangs together, and there is one part.
 */
export function splitComponents(snapshot: Snapshot): readonly Snapshot[] {
  if (snapshot.lines.length === 0 || (snapshot.weights.fairnessPerHour ?? 0) > 0) return [snapshot];
  const wanted = new Set(snapshot.lines.map(({ itemId }) => itemId));
  const groups = new Groups();
  for (const { itemId, steps } of snapshot.capabilities) {
    if (!wanted.has(itemId)) continue;
    for (const { machineIds } of steps) for (const id of machineIds) groups.join(`item ${itemId}`, id);
  }
  const parts = new Map<string, Snapshot['lines'][number][]>();
  for (const line of [...snapshot.lines].sort((a, b) => compareText(a.id, b.id))) {
    const root = groups.root(`item ${line.itemId}`) ?? '';
    const lines = parts.get(root);
    if (lines) lines.push(line);
    else parts.set(root, [line]);
  }
  if (parts.size === 1) return [snapshot];
  const capabilities = grouped(snapshot.capabilities, ({ itemId }) => groups.root(`item ${itemId}`));
  const machines = grouped(snapshot.machines, ({ id }) => groups.root(id));
  return [...parts].map(([root, lines]): Snapshot => {
    const mine = capabilities.get(root) ?? [];
    const siteIds = new Set(mine.map(({ siteId }) => siteId));
    return {
      ...snapshot,
      lines,
      capabilities: mine,
      machines: machines.get(root) ?? [],
      sites: snapshot.sites.filter(({ id }) => siteIds.has(id)),
    };
  });
}

/** The plans of the parts as one, the same whatever order they were finished in. */
export function mergePlans(networkId: string, plans: readonly MatchPlan[]): MatchPlan {
  const byLine = <T extends { readonly lineId: string }>(lists: readonly (readonly T[])[]): T[] =>
    lists.flat().sort((a, b) => compareText(a.lineId, b.lineId));
  return {
    networkId,
    allocations: byLine(plans.map((plan) => plan.allocations)),
    unplaced: byLine(plans.map((plan) => plan.unplaced)),
    refusals: byLine(plans.map((plan) => plan.refusals)),
    summary: mergeSummaries(plans.map((plan) => plan.summary)),
  };
}

function mergeSummaries(summaries: readonly PlanSummary[]): PlanSummary {
  const sum = (of: (summary: PlanSummary) => number): number =>
    summaries.reduce((total, summary) => total + of(summary), 0);
  return {
    lines: sum(({ lines }) => lines),
    placedLines: sum(({ placedLines }) => placedLines),
    lateLines: sum(({ lateLines }) => lateLines),
    lateByPriority: [0, 1, 2, 3, 4].map((priority) => sum((of) => of.lateByPriority[priority] ?? 0)),
    splitLines: sum(({ splitLines }) => splitLines),
    weightedTardiness: sum(({ weightedTardiness }) => weightedTardiness),
    objective: sum(({ objective }) => objective),
    lowerBound: sum(({ lowerBound }) => lowerBound),
    changedLines: sum(({ changedLines }) => changedLines),
    strategy: [...new Set(summaries.map(({ strategy }) => strategy))].sort().join(' + '),
    improvement: sum(({ improvement }) => improvement),
  };
}

function grouped<T>(rows: readonly T[], rootOf: (row: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const root = rootOf(row);
    if (root === undefined) continue;
    const group = groups.get(root);
    if (group) group.push(row);
    else groups.set(root, [row]);
  }
  return groups;
}

/** Disjoint sets with path halving [Tarjan and van Leeuwen 1984]. */
class Groups {
  private readonly parents = new Map<string, string>();

  join(a: string, b: string): void {
    const rootA = this.enter(a);
    const rootB = this.enter(b);
    if (rootA !== rootB) this.parents.set(rootB, rootA);
  }

  root(name: string): string | undefined {
    return this.parents.has(name) ? this.enter(name) : undefined;
  }

  private enter(name: string): string {
    let at = name;
    for (;;) {
      const parent = this.parents.get(at);
      if (parent === undefined) {
        this.parents.set(at, at);
        return at;
      }
      if (parent === at) return at;
      this.parents.set(at, this.parents.get(parent) ?? parent);
      at = parent;
    }
  }
}
