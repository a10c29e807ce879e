import { type Interval, normalize } from '../../interval/interval.ts';
import type { ShopMachine, ShopSnapshot } from './shop-snapshot.ts';
import { common, fromNow, without } from './sorted-windows.ts';
import { WorkCalendars } from './work-calendars.ts';

/**
 * Everything that can be held, as lines that hold one operation (or batch) at a time: each machine, each copy of
 * a tool, each seat of an operator group. Lines are numbered in this order.
 */
export interface ShopResources {
  readonly machineCount: number;
  readonly lineCount: number;
  readonly machineIndex: ReadonlyMap<string, number>;
  readonly calendars: WorkCalendars;
  /** By machine: its windows without maintenance. */
  readonly machineCalendar: Int32Array;
  /** By machine × seat classes + class: where both are present; −1 when no operation needs it. */
  readonly crossCalendar: Int32Array;
  readonly seatClasses: number;
  /** By line: which seats keep the same hours; −1 for machines and tools. */
  readonly seatClass: Int32Array;
  /** By tool and by group: lines [from, to). */
  readonly toolLines: ReadonlyMap<string, readonly [number, number]>;
  readonly groupLines: ReadonlyMap<string, readonly [number, number]>;
  /** By machine: maintenance [first[m], first[m + 1]), sorted. */
  readonly maintenanceFirst: Int32Array;
  readonly maintenanceStart: Float64Array;
  readonly maintenanceEnd: Float64Array;
  /** By machine: where its matrix starts in `setUpMs`, −1 without; a matrix is `setUpWidth` wide, 0 = not set up. */
  readonly matrixAt: Int32Array;
  readonly matrixWidth: Int32Array;
  readonly matrixMs: Float64Array;
  /** By machine: family index in its matrix, 0 when not known. */
  readonly machineFamily: Int32Array;
}

export function buildResources(shop: ShopSnapshot): ShopResources {
  const machineCount = shop.machines.length;
  const machineIndex = new Map(shop.machines.map((machine, index) => [machine.id, index]));
  const toolLines = new Map<string, readonly [number, number]>();
  let lineCount = machineCount;
  for (const tool of shop.tools) {
    toolLines.set(tool.id, [lineCount, lineCount + tool.count]);
    lineCount += tool.count;
  }
  const groupLines = new Map<string, readonly [number, number]>();
  const seats = buildSeats(shop, lineCount, groupLines);
  const seatClass = new Int32Array(lineCount + seats.classOfSeat.length).fill(-1);
  seatClass.set(seats.classOfSeat, lineCount);
  lineCount = seatClass.length;
  return {
    machineCount,
    lineCount,
    machineIndex,
    seatClass,
    seatClasses: seats.windows.length,
    toolLines,
    groupLines,
    ...buildCalendars(shop, machineIndex, seats.windows, (groupId) => {
      const [from, to] = groupLines.get(groupId) ?? [0, 0];
      return new Set(seatClass.subarray(from, to));
    }),
    ...buildMaintenance(shop.machines, shop.nowMs),
    ...buildMatrices(shop),
  };
}

interface Seats {
  readonly classOfSeat: readonly number[];
  /** By class. */
  readonly windows: readonly (readonly Interval[])[];
}

/** Seat k is there in the shifts with more than k heads; seats with the same hours form a class. */
function buildSeats(
  shop: ShopSnapshot,
  firstLine: number,
  groupLines: Map<string, readonly [number, number]>,
): Seats {
  const classOfSeat: number[] = [];
  const windows: (readonly Interval[])[] = [];
  for (const group of shop.operatorGroups) {
    const heads = group.shifts.reduce((most, shift) => Math.max(most, shift.headCount), 0);
    const from = firstLine + classOfSeat.length;
    const classByPresence = new Map<string, number>();
    for (let seat = 0; seat < heads; seat++) {
      const present = group.shifts.filter((shift) => shift.headCount > seat);
      const key = present.map((shift) => shift.startMs).join();
      let seatClass = classByPresence.get(key);
      if (seatClass === undefined) {
        seatClass = windows.length;
        windows.push(fromNow(normalize(present), shop.nowMs));
        classByPresence.set(key, seatClass);
      }
      classOfSeat.push(seatClass);
    }
    groupLines.set(group.id, [from, firstLine + classOfSeat.length]);
  }
  return { classOfSeat, windows };
}

function buildCalendars(
  shop: ShopSnapshot,
  machineIndex: ReadonlyMap<string, number>,
  classWindows: readonly (readonly Interval[])[],
  classesOf: (groupId: string) => ReadonlySet<number>,
): Pick<ShopResources, 'calendars' | 'machineCalendar' | 'crossCalendar'> {
  const windows: (readonly Interval[])[] = [];
  const known = new Map<string, number>();
  const add = (key: string, make: () => readonly Interval[]): number => {
    const old = known.get(key);
    if (old !== undefined) return old;
    windows.push(make());
    known.set(key, windows.length - 1);
    return windows.length - 1;
  };
  // Machines without maintenance on one calendar share their windows.
  const keyOf = (machine: ShopMachine, index: number): string =>
    `${machine.maintenance?.length ? index : ''}|${machine.calendarId}`;
  const plain = new Map<string, readonly Interval[]>();
  for (const [id, spans] of Object.entries(shop.calendars)) {
    plain.set(id, fromNow(normalize(spans), shop.nowMs));
  }
  const machineCalendar = Int32Array.from(shop.machines, (machine, index) =>
    add(keyOf(machine, index), () => {
      const closed = fromNow(normalize(machine.maintenance ?? []), shop.nowMs);
      return without(plain.get(machine.calendarId) ?? [], closed);
    }),
  );
  const crossCalendar = new Int32Array(shop.machines.length * classWindows.length).fill(-1);
  for (const job of shop.jobs) {
    for (const operation of job.operations) {
      if (operation.attended === 'none' || operation.operatorGroupId === undefined) continue;
      for (const seatClass of classesOf(operation.operatorGroupId)) {
        for (const { machineId } of operation.alternatives) {
          const index = machineIndex.get(machineId) ?? -1;
          const cell = index * classWindows.length + seatClass;
          const machine = shop.machines[index];
          if (!machine || crossCalendar[cell] !== -1) continue;
          crossCalendar[cell] = add(`${seatClass}/${keyOf(machine, index)}`, () => {
            const own = windows[machineCalendar[index] as number] ?? [];
            return common(own, classWindows[seatClass] ?? []);
          });
        }
      }
    }
  }
  return { calendars: new WorkCalendars(windows), machineCalendar, crossCalendar };
}

function buildMaintenance(
  machines: readonly ShopMachine[],
  nowMs: number,
): Pick<ShopResources, 'maintenanceFirst' | 'maintenanceStart' | 'maintenanceEnd'> {
  const maintenanceFirst = new Int32Array(machines.length + 1);
  const spans: Interval[] = [];
  machines.forEach((machine, index) => {
    maintenanceFirst[index] = spans.length;
    spans.push(...fromNow(normalize(machine.maintenance ?? []), nowMs));
  });
  maintenanceFirst[machines.length] = spans.length;
  return {
    maintenanceFirst,
    maintenanceStart: Float64Array.from(spans, (span) => span.startMs),
    maintenanceEnd: Float64Array.from(spans, (span) => span.endMs),
  };
}

function buildMatrices(
  shop: ShopSnapshot,
): Pick<ShopResources, 'matrixAt' | 'matrixWidth' | 'matrixMs' | 'machineFamily'> {
  const cells: number[] = [];
  const placed = new Map<string, { readonly at: number; readonly families: readonly string[] }>();
  for (const matrix of shop.setUpMatrices) {
    placed.set(matrix.id, { at: cells.length, families: matrix.families });
    // Row 0: not set up. Column 0: an operation without family.
    for (const row of [matrix.initialMs, ...matrix.ms]) {
      cells.push(0);
      for (const ms of row) cells.push(ms);
    }
  }
  const of = (machine: ShopMachine) => placed.get(machine.setUpMatrixId ?? '');
  return {
    matrixMs: Float64Array.from(cells),
    matrixAt: Int32Array.from(shop.machines, (machine) => of(machine)?.at ?? -1),
    matrixWidth: Int32Array.from(shop.machines, (machine) => (of(machine)?.families.length ?? 0) + 1),
    machineFamily: Int32Array.from(shop.machines, (machine) =>
      machine.family === undefined ? 0 : (of(machine)?.families.indexOf(machine.family) ?? -1) + 1,
    ),
  };
}
