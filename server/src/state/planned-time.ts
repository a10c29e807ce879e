import { clip, durationMs, type Interval, subtract } from '@millrace/engine';
import { MINUTE_MS } from '../ingest/index.ts';
import type { RegisteredMachine, Registry } from '../registry/index.ts';

/** A calendar around the minute looked at last: the hot path asks for the same minute of thousands of machines. */
export interface CalendarCursor {
  readonly key: string;
  /** One of the machines that work by it. */
  readonly machine: RegisteredMachine;
  /** Minutes since the epoch [from, to) that are all planned or all not. */
  from: number;
  to: number;
  planned: boolean;
}

/** How far a cursor looks: a week holds a shift of nearly every calendar. */
const CURSOR_SPAN_MS = 8 * 86_400_000;

export function createCursor(key: string, machine: RegisteredMachine): CalendarCursor {
  return { key, machine, from: 0, to: 0, planned: false };
}

/** Whether the minute begins inside a working window, blocks aside. */
export function isPlanned(cursor: CalendarCursor, minute: number, registry: Registry): boolean {
  if (minute < cursor.from || minute >= cursor.to) moveCursor(cursor, minute, registry);
  return cursor.planned;
}

function moveCursor(cursor: CalendarCursor, minute: number, registry: Registry): void {
  const at = minute * MINUTE_MS;
  const [next] = registry.windowsOf(cursor.machine, at, at + CURSOR_SPAN_MS);
  cursor.from = minute;
  cursor.planned = next !== undefined && next.startMs <= at;
  const edge = cursor.planned ? next?.endMs : next?.startMs;
  cursor.to = Math.ceil((edge ?? at + CURSOR_SPAN_MS) / MINUTE_MS);
}

/** Time that takes something away from a machine's working windows, by machine. */
export interface MachineBlocks {
  /** Planned maintenance: planned operation time, but not planned busy time. */
  readonly maintenance: readonly Interval[];
  /** Closed: not planned operation time at all. */
  readonly closed: readonly Interval[];
}
export const NO_BLOCKS: MachineBlocks = { maintenance: [], closed: [] };

/** Planned operation time within [from, to). */
export function operationWindows(
  registry: Registry,
  machine: RegisteredMachine,
  blocks: MachineBlocks,
  from: number,
  to: number,
): readonly Interval[] {
  const windows = from < to ? registry.windowsOf(machine, from, to) : [];
  return blocks.closed.length === 0 ? windows : subtract(windows, blocks.closed);
}

/** Planned busy minutes (PBT) within [from, to). */
export function busyMinutes(
  registry: Registry,
  machine: RegisteredMachine,
  blocks: MachineBlocks,
  from: number,
  to: number,
): number {
  const windows = operationWindows(registry, machine, blocks, from, to);
  const busy = blocks.maintenance.length === 0 ? windows : subtract(windows, blocks.maintenance);
  return durationMs(clip(busy, { startMs: from, endMs: to })) / MINUTE_MS;
}

/** Whether the minute begins inside one of the spans; they are few. */
export function holds(spans: readonly Interval[], minute: number): boolean {
  const at = minute * MINUTE_MS;
  return spans.some(({ startMs, endMs }) => at >= startMs && at < endMs);
}
