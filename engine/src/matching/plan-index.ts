import type { Snapshot } from '../snapshot.ts';
import { createModel, createTimelines, type Machine, type Model } from './model.ts';
import { freeOnMachine, Placer } from './placer.ts';
import { Timeline } from './timeline.ts';

/** Time of one machine, in clock time, pauses included: a sub-lot or a reservation row. */
export interface MachineSpan {
  readonly machineId: string;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * The live reservations of a network, prepared for quick questions. Built once from a snapshot (what is reserved
 * is in `fixed`), kept up to date by `reserve` and `release`, built anew when calendars, machines or capabilities
 * change. Not for sharing between threads.
 */
export class PlanIndex {
  readonly model: Model;
  readonly timelines: readonly Timeline[];
  readonly placer: Placer;
  /** The same network with nothing but breakdowns and maintenance on it, and with nothing at all: to tell what binds. */
  readonly unsold: Placer;
  readonly empty: Placer;
  /** The live timelines again, to exchange some of them for a moment. */
  private readonly exchanged: Timeline[];
  private readonly whatIf: Placer;

  constructor(snapshot: Snapshot) {
    this.model = createModel(snapshot);
    this.timelines = createTimelines(this.model);
    this.placer = new Placer(this.timelines);
    this.unsold = new Placer(
      this.model.machines.map((machine) => {
        const timeline = new Timeline();
        for (const [start, end] of machine.base) timeline.add(start, end);
        return timeline;
      }),
    );
    const idle = new Timeline();
    this.empty = new Placer(this.model.machines.map(() => idle));
    this.exchanged = [...this.timelines];
    this.whatIf = new Placer(this.exchanged);
  }

  /** Asks a question as if some machines had other timelines. */
  supposing<Answer>(
    machines: readonly Machine[],
    timelineOf: (machine: Machine) => Timeline,
    ask: (placer: Placer) => Answer,
  ): Answer {
    for (const machine of machines) this.exchanged[machine.index] = timelineOf(machine);
    const answer = ask(this.whatIf);
    for (const { index } of machines) this.exchanged[index] = this.timelines[index] as Timeline;
    return answer;
  }

  get snapshot(): Snapshot {
    return this.model.snapshot;
  }

  /** False and nothing changed when a machine is unknown or not free all the time. */
  reserve(spans: readonly MachineSpan[]): boolean {
    if (!spans.every((span) => this.isFree(span))) return false;
    this.force(spans);
    return true;
  }

  /** For what is already decided elsewhere, also over something else. Unknown machines are ignored. */
  force(spans: readonly MachineSpan[]): void {
    for (const span of spans) {
      const machine = this.model.machineById.get(span.machineId);
      if (!machine) continue;
      const { clock } = machine;
      this.timelines[machine.index]?.add(clock.toWork(span.startMs), clock.toWork(span.endMs));
    }
  }

  release(spans: readonly MachineSpan[]): void {
    for (const span of spans) {
      const machine = this.model.machineById.get(span.machineId);
      if (!machine) continue;
      const { clock } = machine;
      freeOnMachine(this.timelines, machine, clock.toWork(span.startMs), clock.toWork(span.endMs));
    }
  }

  isFree(span: MachineSpan): boolean {
    const machine = this.model.machineById.get(span.machineId);
    if (!machine) return false;
    const { clock } = machine;
    const timeline = this.timelines[machine.index];
    return timeline?.isFree(clock.toWork(span.startMs), clock.toWork(span.endMs)) ?? false;
  }
}

export function createPlanIndex(snapshot: Snapshot): PlanIndex {
  return new PlanIndex(snapshot);
}
