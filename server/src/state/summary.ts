import type { Clock, Tx } from '../kernel/index.ts';
import type { Directory } from '../registry/index.ts';
import type { Fleet } from './fleet.ts';
import type { MachineViews } from './machine-view.ts';
import { DOWN, RUNNING } from './minute-state.ts';
import type { StateSummary } from './state.ts';

/** One answer serves everybody who looks at the board within this time, wall. */
const KEPT_MS = 1_000;

interface SiteSum {
  readonly siteId: string;
  readonly organisationId: string;
  machines: number;
  running: number;
  down: number;
  connected: number;
  pbtMin: number;
  goodStandardMin: number;
}

/** Running machines per site and the network's OEE, kept for a second. */
export function createSummaries(
  fleet: Fleet,
  clock: Clock,
  views: () => MachineViews,
): (tx: Tx, directory: Directory) => StateSummary {
  const kept = new Map<string, { at: number; sites: readonly SiteSum[] }>();
  return (tx, directory) => {
    const now = clock.wallNow();
    let known = kept.get(directory.networkId);
    if (known === undefined || now - known.at >= KEPT_MS) {
      known = { at: now, sites: sumSites(fleet, directory, views()) };
      kept.set(directory.networkId, known);
    }
    const { scope } = tx;
    const sites =
      scope.kind === 'organisation'
        ? known.sites.filter(({ organisationId }) => organisationId === scope.organisationId)
        : known.sites;
    return toSummary(sites);
  };
}

function sumSites(fleet: Fleet, directory: Directory, views: MachineViews): SiteSum[] {
  const sites = new Map<string, SiteSum>();
  for (const { id, organisationId } of directory.sites()) {
    const zero = { machines: 0, running: 0, down: 0, connected: 0, pbtMin: 0, goodStandardMin: 0 };
    sites.set(id, { siteId: id, organisationId, ...zero });
  }
  for (const machine of directory.machines()) {
    const site = sites.get(machine.siteId);
    if (site === undefined || machine.retiredAt !== null) continue;
    site.machines++;
    const slot = fleet.slot(machine.id);
    if (slot && views.isConnected(slot)) {
      const state = slot.gateway.live.state[slot.position];
      site.connected++;
      if (state === RUNNING) site.running++;
      if (state === DOWN) site.down++;
    }
    const { pbtMin, oee } = views.figures(directory, machine, slot);
    if (oee === null) continue;
    site.pbtMin += pbtMin;
    site.goodStandardMin += Math.min(1, oee) * pbtMin;
  }
  return [...sites.values()];
}

function toSummary(sites: readonly SiteSum[]): StateSummary {
  const sum = (of: (site: SiteSum) => number): number => sites.reduce((total, site) => total + of(site), 0);
  const pbtMin = sum((site) => site.pbtMin);
  return {
    machinesTotal: sum(({ machines }) => machines),
    machinesRunning: sum(({ running }) => running),
    machinesConnected: sum(({ connected }) => connected),
    oee: pbtMin > 0 ? sum((site) => site.goodStandardMin) / pbtMin : null,
    sites: sites.map(({ siteId, machines, running, down, connected }) => ({
      siteId,
      machines,
      running,
      down,
      connected,
    })),
  };
}
