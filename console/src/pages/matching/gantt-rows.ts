import type { Allocation } from '@millrace/contract';

export type Bar = Readonly<{
  allocation: Allocation;
  /** Index into the rows. */
  row: number;
  from: number;
  to: number;
}>;
export type Row = Readonly<{
  siteId: string;
  /** Text at the left; empty for the further lanes of a site. */
  label: string;
  /** First lane of its site: a line is drawn above it. */
  first: boolean;
}>;
export type Gantt = Readonly<{ rows: readonly Row[]; bars: readonly Bar[] }>;

/** What still stands in the plan or was made by it; the rest is history of the order. */
const SHOWN = new Set<Allocation['state']>(['offered', 'accepted', 'in-production', 'produced']);

/** Sites under each other, each with as many lanes as work overlaps there. */
export function siteGantt(allocations: readonly Allocation[]): Gantt {
  return packed(
    allocations
      .filter(({ state }) => SHOWN.has(state))
      .map((allocation) => ({
        group: allocation.siteId,
        label: allocation.siteName,
        allocation,
        from: allocation.startAt,
        to: allocation.finishAt,
      })),
  );
}

/** One site: its machines under each other, with the sub-lots that run on them. */
export function machineGantt(allocations: readonly Allocation[]): Gantt {
  return packed(
    allocations
      .filter(({ state }) => SHOWN.has(state))
      .flatMap((allocation) =>
        allocation.subLots.map((lot) => ({
          group: lot.machineId,
          label: lot.machineCode,
          allocation,
          from: lot.startAt,
          to: lot.endAt,
        })),
      ),
  );
}

type Piece = Readonly<{ group: string; label: string; allocation: Allocation; from: number; to: number }>;

function packed(pieces: readonly Piece[]): Gantt {
  const groups = new Map<string, Piece[]>();
  for (const piece of pieces) groups.set(piece.group, [...(groups.get(piece.group) ?? []), piece]);
  const ordered = [...groups.values()].sort((a, b) => (a[0]?.label ?? '').localeCompare(b[0]?.label ?? ''));
  const rows: Row[] = [];
  const bars: Bar[] = [];
  for (const group of ordered) {
    const first = rows.length;
    const laneEnds: number[] = [];
    for (const piece of [...group].sort((a, b) => a.from - b.from || a.to - b.to)) {
      const free = laneEnds.findIndex((end) => end <= piece.from);
      const lane = free === -1 ? laneEnds.length : free;
      laneEnds[lane] = piece.to;
      bars.push({ allocation: piece.allocation, row: first + lane, from: piece.from, to: piece.to });
    }
    const head = group[0];
    laneEnds.forEach((_, lane) => {
      rows.push({
        siteId: head?.allocation.siteId ?? '',
        label: lane === 0 ? (head?.label ?? '') : '',
        first: lane === 0,
      });
    });
  }
  return { rows, bars };
}
