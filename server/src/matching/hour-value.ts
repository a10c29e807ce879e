import type { HourValueTable } from '@millrace/contract';
import type { FlowProgress, HourValues } from '@millrace/engine';
import { createWorkThread, type Kernel, type WorkThread } from '../kernel/index.ts';
import type { Directory } from '../registry/index.ts';
import type { HourValueTask } from './hour-value-worker.ts';
import { toSnapshot } from './snapshot-input.ts';
import { readWorld, type World, type WorldSources } from './world.ts';

/** Prices are a picture, not a promise: a few seconds' flow is good enough. */
const LIMITS = { stopMs: 10_000, timeoutMs: 30_000 };
/** Whoever looks again within this time (wall) sees the same picture; many lookers cost one computation. */
const KEPT_MS = 15_000;

/** What one more hour at a work center is worth, from the work that could still be placed otherwise. */
export interface HourValueBook {
  read(networkId: string, days: number): Promise<HourValueTable>;
  stop(): Promise<void>;
}

export function createHourValueBook(sources: WorldSources & { readonly kernel: Kernel }): HourValueBook {
  const { kernel } = sources;
  const thread: WorkThread<HourValueTask, FlowProgress, HourValues> = createWorkThread(
    'hour-values',
    new URL('./hour-value-worker.ts', import.meta.url),
    LIMITS,
  );
  const kept = new Map<string, { readonly table: Promise<HourValueTable>; readonly until: number }>();

  const compute = async (networkId: string, days: number): Promise<HourValueTable> => {
    const now = kernel.clock.now();
    const world = await kernel.db.transaction({ kind: 'network', networkId }, (tx) =>
      readWorld(tx, sources, networkId, now),
    );
    const snapshot = toSnapshot(world, notBegun(world));
    if (!snapshot) return { computedAt: now, rows: [], wantedHours: 0, unservedHours: 0, gap: 0 };
    const zones = Object.fromEntries([...world.directory.sites()].map(({ id, zone }) => [id, zone]));
    return toTable(await thread.run({ snapshot, options: { days, zones } }), world.directory, now);
  };

  return {
    read: (networkId, days) => {
      const key = `${networkId} ${days}`;
      const wallNow = kernel.clock.wallNow();
      for (const [other, { until }] of kept) if (until <= wallNow) kept.delete(other);
      const known = kept.get(key);
      if (known) return known.table;
      const table = compute(networkId, days);
      kept.set(key, { table, until: wallNow + KEPT_MS });
      // A failure is not a picture to keep.
      table.catch(() => kept.delete(key));
      return table;
    },
    stop: () => thread.stop(),
  };
}

/** Offered or accepted, and nothing of it made: it competes for the hours like the lines that have no place yet. */
function notBegun({ allocations }: World): Set<string> {
  return new Set(
    allocations.filter(({ state }) => state === 'offered' || state === 'accepted').map(({ id }) => id),
  );
}

function toTable(values: HourValues, directory: Directory, computedAt: number): HourValueTable {
  const { groups, wantedHours, unservedHours, gap } = values;
  const rows = groups.flatMap(({ siteId, machineIds, days }) => {
    const site = directory.site(siteId);
    const center = directory.workCenter(directory.machine(machineIds[0] ?? '')?.workCenterId ?? '');
    if (!site || !center) return [];
    return [
      {
        siteId,
        siteName: site.name,
        workCenterId: center.id,
        workCenterName: center.name,
        machines: machineIds.length,
        days: days.map((day) => ({ ...day })),
      },
    ];
  });
  return { computedAt, rows, wantedHours, unservedHours, gap };
}
