import { MACHINE_STATES, type MachineState, type TimeClass } from '@millrace/contract';

/** Stands for "no record" where states are kept as positions in MACHINE_STATES. */
export const NO_RECORD = 255;
/** Stands for "not reported" in a batch. */
const NOT_REPORTED = -1;

const position = (state: MachineState): number => MACHINE_STATES.indexOf(state);
export const RUNNING = position('running');
export const IDLE = position('idle');
export const SETUP = position('setup');
export const DOWN = position('down');
export const UNKNOWN = position('unknown');

/** A minute belongs to what the machine did for most of it. */
const RUNNING_S_MIN = 30;

/**
 * The one state of a minute. Measured running time goes before what the controller says of itself: a minute of mostly running
 * is running, and one of hardly any is not, whatever was reported.
 */
export function minuteState(runningS: number, reported: number): number {
  if (runningS >= RUNNING_S_MIN) return RUNNING;
  return reported === NOT_REPORTED || reported === RUNNING ? IDLE : reported;
}

export const stateName = (state: number): MachineState => MACHINE_STATES[state] ?? 'unknown';

/**
 * Class of a minute of planned operation time, first that fits [ISO 22400-2]: planned maintenance, whatever happened in it;
 * nothing recorded; production; set-up; down; everything else, switched off included, is delay.
 */
export function timeClass(state: number, maintenance: boolean): TimeClass {
  if (maintenance) return 'maintenance';
  if (state === NO_RECORD) return 'unrecorded';
  if (state === RUNNING) return 'production';
  if (state === SETUP) return 'setup';
  return state === DOWN ? 'down' : 'idle';
}
