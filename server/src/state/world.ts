import { createDayFinder } from '../ingest/index.ts';
import { type Kernel, PLATFORM } from '../kernel/index.ts';
import type { Registry } from '../registry/index.ts';
import { type Assignment, OPEN } from './assigned-work.ts';
import type { LiveWorld } from './gateway-live.ts';
import type { MachineBlocks } from './planned-time.ts';
import type { EndedAssignment, NewAssignment } from './state.ts';
import { type AssignmentRow, readRecentAssignments, readRecentScrap, type ScrapRow } from './store-work.ts';

const MINUTE_MS = 60_000;
/** The longest local day and a reserve for zones; what lies before is asked of the tables. */
const KEPT_MS = 27 * 3_600_000;
/** Blocks further ahead do not matter for today. */
const AHEAD_MS = 27 * 3_600_000;

/** What counting and accounting look up in memory: calendars, blocks, assignments, scrap of today. */
export interface World extends LiveWorld {
  load(): Promise<void>;
  /** Reads the blocks of a network; answers the machines for which something changed. */
  refreshBlocks(networkId: string): Promise<string[]>;
  started(fresh: NewAssignment): void;
  ended(ended: EndedAssignment): void;
  addScrap(scrap: ScrapRow): void;
  /** Pieces reported as scrap in [from, to), epoch ms. */
  scrapOf(machineId: string, from: number, to: number): number;
  /** Forgets what is older than any machine's today. */
  prune(): void;
}

export function toAssignment(row: AssignmentRow): Assignment {
  return {
    operationId: row.operationId,
    itemCode: row.itemCode,
    ratePerHour: row.ratePerHour,
    quantity: row.quantity,
    from: Math.floor(row.startedAt / MINUTE_MS),
    to: row.endedAt === null ? OPEN : Math.floor(row.endedAt / MINUTE_MS),
  };
}

export function createWorld(kernel: Kernel, registry: Registry): World {
  const assignments = new Map<string, Assignment[]>();
  const scrap = new Map<string, ScrapRow[]>();
  const blocks = new Map<string, Map<string, MachineBlocks>>();
  const blocksByMachine = new Map<string, MachineBlocks>();

  const addScrap = (row: ScrapRow): void => {
    const rows = scrap.get(row.machineId);
    if (rows) rows.push(row);
    else scrap.set(row.machineId, [row]);
  };
  const put = (machineId: string, assignment: Assignment): void => {
    const known = assignments.get(machineId) ?? [];
    const others = known.filter(
      ({ operationId, from }) => operationId !== assignment.operationId || from !== assignment.from,
    );
    assignments.set(
      machineId,
      [...others, assignment].sort((a, b) => a.from - b.from),
    );
  };
  return {
    registry,
    dayOf: createDayFinder(),
    blocksOf: (machineId) => blocksByMachine.get(machineId),
    assignmentsOf: (machineId) => assignments.get(machineId),
    addScrap,
    scrapOf: (machineId, from, to) => {
      let sum = 0;
      for (const { at, quantity } of scrap.get(machineId) ?? []) if (at >= from && at < to) sum += quantity;
      return sum;
    },
    started: (fresh) => put(fresh.machineId, toAssignment({ ...fresh, startedAt: fresh.at, endedAt: null })),
    ended: ({ machineId, operationId, at }) => {
      for (const open of assignments.get(machineId) ?? []) {
        if (open.operationId !== operationId || open.to !== OPEN) continue;
        put(machineId, { ...open, to: Math.max(open.from, Math.floor(at / MINUTE_MS)) });
      }
    },
    load: async () => {
      const from = kernel.clock.now() - KEPT_MS;
      await kernel.db.transaction(PLATFORM, async (tx) => {
        for (const row of await readRecentAssignments(tx, from)) put(row.machineId, toAssignment(row));
        for (const row of await readRecentScrap(tx, from)) addScrap(row);
      });
    },
    refreshBlocks: async (networkId) => {
      const fresh = await readBlocks(kernel, registry, networkId);
      const known = blocks.get(networkId) ?? new Map<string, MachineBlocks>();
      blocks.set(networkId, fresh);
      const changed = [...new Set([...fresh.keys(), ...known.keys()])].filter(
        (id) => JSON.stringify(fresh.get(id)) !== JSON.stringify(known.get(id)),
      );
      for (const id of changed) {
        const now = fresh.get(id);
        if (now) blocksByMachine.set(id, now);
        else blocksByMachine.delete(id);
      }
      return changed;
    },
    prune: () => {
      const oldest = kernel.clock.now() - KEPT_MS;
      for (const [id, rows] of scrap) {
        const kept = rows.filter(({ at }) => at >= oldest);
        if (kept.length === 0) scrap.delete(id);
        else if (kept.length < rows.length) scrap.set(id, kept);
      }
      for (const [id, spans] of assignments) {
        const kept = spans.filter(({ to }) => to * MINUTE_MS >= oldest);
        if (kept.length === 0) assignments.delete(id);
        else if (kept.length < spans.length) assignments.set(id, kept);
      }
    },
  };
}

async function readBlocks(
  kernel: Kernel,
  registry: Registry,
  networkId: string,
): Promise<Map<string, MachineBlocks>> {
  const now = kernel.clock.now();
  const rows = await kernel.db.transaction({ kind: 'network', networkId }, (tx) =>
    registry.listBlocks(tx, networkId, now - KEPT_MS, now + AHEAD_MS),
  );
  return blocksByMachineOf(rows);
}

/** Only what takes planned time away; breakdowns are measured, own work is production. */
export function blocksByMachineOf(
  rows: readonly { machineId: string; kind: string; from: number; to: number }[],
): Map<string, MachineBlocks> {
  const byMachine = new Map<string, MachineBlocks>();
  for (const { machineId, kind, from, to } of rows) {
    if (kind !== 'maintenance' && kind !== 'closed') continue;
    const known = byMachine.get(machineId) ?? { maintenance: [], closed: [] };
    const span = { startMs: from, endMs: to };
    byMachine.set(machineId, {
      maintenance: kind === 'maintenance' ? [...known.maintenance, span] : known.maintenance,
      closed: kind === 'closed' ? [...known.closed, span] : known.closed,
    });
  }
  return byMachine;
}
