import { MACHINE_STATES, type RawRecord } from '@millrace/contract';
import { countStep, createTrack, MINUTE_MS, piecesOf } from '../ingest/index.ts';
import { minuteState } from './minute-state.ts';

/** Where counting stood after some record of one machine. */
export interface Standing {
  /** Minutes since the epoch; NO_MINUTE before the first record. */
  readonly minute: number;
  readonly count: number;
  readonly midnight: number;
}

/** What must be known of a machine to count its pieces. */
export interface CountRule {
  readonly countModulus: number | null;
  /** Local day that holds the minute, in minutes since the epoch. */
  readonly dayOf: (minute: number) => { readonly start: number; readonly end: number };
}

export interface MachineMinute {
  /** Minutes since the epoch. */
  readonly minute: number;
  readonly pieces: number;
  readonly restart: boolean;
  readonly runningS: number;
  /** Position in MACHINE_STATES. */
  readonly state: number;
  readonly energyWh: number;
}

/** Pieces of every recorded minute, in minute order; the same rule as the live count and the roll-up. */
export function machineMinutes(
  records: readonly RawRecord[],
  standing: Standing | undefined,
  rule: CountRule,
): MachineMinute[] {
  const track = createTrack(1);
  if (standing) {
    track.minute[0] = standing.minute;
    track.count[0] = standing.count;
    track.midnight[0] = standing.midnight;
  }
  return records.map((record) => {
    const minute = record.minute / MINUTE_MS;
    const day = rule.dayOf(minute);
    const isOwnDay = record.dayStart === day.start * MINUTE_MS;
    const step = record.increment
      ? record.count
      : countStep(track, 0, minute, record.count, day, rule.countModulus, isOwnDay);
    return {
      minute,
      pieces: piecesOf(step),
      restart: step < 0,
      runningS: record.runningS,
      state: minuteState(record.runningS, record.state === null ? -1 : MACHINE_STATES.indexOf(record.state)),
      energyWh: record.energyWh ?? 0,
    };
  });
}
