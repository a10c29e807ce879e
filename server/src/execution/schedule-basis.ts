import { createHash } from 'node:crypto';
import { canonicalJson, clip, type Interval } from '@millrace/engine';
import { type Refusal, refuse } from '../kernel/index.ts';
import type { Floor, Placed } from './floor.ts';
import type { ProposedWork } from './store-schedule.ts';

/** Windows are computed day by day and reach as far as somebody asked; proposals are compared over this. */
const COMPARED_MS = 45 * 24 * 3_600_000;

/**
 * Machines, their time and other people's work from the fence on, as a hash: what happens before the fence is what the
 * proposal left alone.
 */
export function basisOf(floor: Floor, fenceMs: number): string {
  const ahead: Interval = { startMs: fenceMs, endMs: fenceMs + COMPARED_MS };
  const machines = floor.machines.map(({ id, windows, blocked, held }) => ({
    id,
    windows: clip(windows, ahead),
    blocked: clip(blocked, ahead),
    held: clip(held, ahead),
  }));
  return createHash('sha256').update(canonicalJson(machines)).digest('hex');
}

export const workOf = ({ operations }: Floor): ProposedWork[] =>
  operations.map(({ row }) => ({
    operationId: row.id,
    productionOrderId: row.production_order_id,
    machineId: row.machine_id,
    state: row.state === 'running' ? 'running' : 'queued',
    quantity: row.quantity,
    plannedStart: row.planned_start,
  }));

const moved = (what: string): Refusal =>
  refuse('world-moved', 409, 'Orders or machines have changed since the proposal was made; compute again.', {
    values: { what },
  });

export interface Seen {
  readonly work: readonly ProposedWork[];
  readonly placed: readonly Placed[];
  readonly basis: string;
}

/**
 * Is the floor what the proposal was made for? That work went on as foreseen is no change: what ran may have ended, what was
 * to start on its own machine may have started.
 */
export function refuseMoved(floor: Floor, seen: Seen, ended: ReadonlySet<string>): Refusal | undefined {
  if (basisOf(floor, floor.fenceMs) !== seen.basis) return moved('machine');
  const then = new Map(seen.work.map((one) => [one.operationId, one]));
  const placed = new Map(seen.placed.map((one) => [one.operationId, one]));
  for (const now of workOf(floor)) {
    const before = then.get(now.operationId);
    const isSame =
      before?.machineId === now.machineId &&
      before.quantity === now.quantity &&
      before.plannedStart === now.plannedStart;
    if (!isSame) return moved('order');
    // Begun on a machine that the proposal takes it from, or long before it was to begin.
    const begun = now.state === 'running' && before.state === 'queued';
    const at = placed.get(now.operationId);
    if (begun && (at?.machineId !== now.machineId || at.from >= floor.fenceMs)) return moved('started');
    then.delete(now.operationId);
  }
  for (const gone of then.values()) if (!ended.has(gone.operationId)) return moved('order');
  return undefined;
}
