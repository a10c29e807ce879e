import { MACHINE_STATES } from '@millrace/contract';
import {
  ABSENT,
  type Batch,
  type CountTrack,
  countOf,
  countStep,
  energyOf,
  isOwnDay,
  piecesOf,
  stateOf,
} from '../ingest/index.ts';
import { minuteState } from './minute-state.ts';

/** Roll-up of one gateway and hour, by position; what the table holds. */
export interface HourRow {
  /** Hours since the epoch. */
  readonly hour: number;
  readonly pieces: number[];
  readonly runningS: number[];
  readonly energyWh: number[];
  readonly records: number[];
  readonly restarts: number[];
  /** Minutes in state s of machine m at s × machines + m. */
  readonly stateMinutes: number[];
  /** Where counting stands at the end of the hour. */
  readonly end: CountTrack;
}

/** How the machines of a gateway are counted, by position. */
export interface CountRules {
  readonly increments: readonly boolean[];
  readonly modulusOf: (position: number) => number | null;
  readonly dayOf: (position: number, minute: number) => { readonly start: number; readonly end: number };
}

/** A batch of the gateway itself, or of another one that machines moved from or to: that one's pieces are not ours. */
export interface HourBatch {
  readonly batch: Batch;
  readonly isKin: boolean;
}

/**
 * The batches of one hour in minute order. `track` is where counting stood before it and is moved on. The same batches and
 * the same track give the same row, whenever it is done.
 */
export function foldHour(
  hour: number,
  machines: number,
  batches: readonly HourBatch[],
  track: CountTrack,
  rules: CountRules,
): HourRow {
  const zeros = (length: number): number[] => new Array<number>(length).fill(0);
  const row: HourRow = {
    hour,
    pieces: zeros(machines),
    runningS: zeros(machines),
    energyWh: zeros(machines),
    records: zeros(machines),
    restarts: zeros(machines),
    stateMinutes: zeros(machines * MACHINE_STATES.length),
    end: track,
  };
  for (const one of batches) foldBatch(row, machines, one, rules);
  return row;
}

function foldBatch(row: HourRow, machines: number, { batch, isKin }: HourBatch, rules: CountRules): void {
  const add = (column: number[], at: number, value: number): void => {
    column[at] = (column[at] as number) + value;
  };
  const { values, minute } = batch;
  for (let position = 0; position < batch.machines; position++) {
    const runningS = values[position] as number;
    if (runningS === ABSENT) continue;
    const count = countOf(batch, position);
    const day = rules.dayOf(position, minute);
    const isOwn = isOwnDay(batch, position, day);
    const step = rules.increments[position]
      ? count
      : countStep(row.end, position, minute, count, day, rules.modulusOf(position), isOwn);
    if (isKin) continue;
    add(row.pieces, position, piecesOf(step));
    if (step < 0) add(row.restarts, position, 1);
    add(row.records, position, 1);
    add(row.runningS, position, runningS);
    const energyWh = energyOf(batch, position);
    if (energyWh !== ABSENT) add(row.energyWh, position, energyWh);
    add(row.stateMinutes, minuteState(runningS, stateOf(batch, position)) * machines + position, 1);
  }
}
