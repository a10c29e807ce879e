import { PIN, type ShopModel } from './shop-model.ts';
import type { Timing } from './timing.ts';

/**
 * By operation: its end were its job alone in the shop, every machine already set up right. No schedule is earlier,
 * because every operation then starts at the earliest its job, the calendars and what is pinned allow.
 */
export function endsAlone(model: ShopModel, timing: Timing): Float64Array {
  const { resources } = model;
  const ends = new Float64Array(model.operationCount);
  for (const operation of model.topological) {
    const job = model.jobOf[operation] as number;
    let ready = model.notBefore[operation] as number;
    if (model.jobFirst[job] === operation) ready = Math.max(ready, model.jobRelease[job] as number);
    for (
      let arc = model.beforeFirst[operation] as number;
      arc < (model.beforeFirst[operation + 1] as number);
      arc++
    ) {
      const before = model.before[arc] as number;
      ready = Math.max(ready, (ends[before] as number) + (model.lag[before] as number));
    }
    if (model.pin[operation] === PIN.locked) ready = Math.max(ready, model.pinMs[operation] as number);
    const from = model.floor[operation] as number;
    let earliest = Number.POSITIVE_INFINITY;
    const last = model.alternativeFirst[operation + 1] as number;
    for (let at = model.alternativeFirst[operation] as number; at < last; at++) {
      const seats = seatsByClass(model, operation);
      const setUp = model.pin[operation] === PIN.running ? 0 : (model.alternativeSetUpMs[at] as number);
      const machine = model.alternativeMachine[at] as number;
      for (const seat of seats) {
        if (model.pin[operation] === PIN.running) {
          const calendar = timing.calendarOf(machine, operation, seat, 2);
          const end = resources.calendars.fit(calendar, 0, model.alternativeMs[at] as number, false);
          earliest = Math.min(earliest, end);
        } else if (timing.place(at, operation, seat, setUp, from, ready)) {
          earliest = Math.min(earliest, timing.end);
        }
      }
    }
    // Without any fit the construction names the operation; here it must only not be above the truth.
    ends[operation] = earliest === Number.POSITIVE_INFINITY ? ready : earliest;
  }
  return ends;
}

/** One seat of each class, −1 alone when no operator is needed. */
function seatsByClass(model: ShopModel, operation: number): number[] {
  const from = model.seatFrom[operation] as number;
  const to = model.seatTo[operation] as number;
  if (from === to) return [-1];
  const seen = new Set<number>();
  const seats: number[] = [];
  for (let line = from; line < to; line++) {
    const seatClass = model.resources.seatClass[line] as number;
    if (!seen.has(seatClass)) seats.push(line);
    seen.add(seatClass);
  }
  return seats;
}
