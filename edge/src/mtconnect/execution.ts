import type { MachineState } from '@millrace/contract';

/** EXECUTION in the platform's words: one that is ACTIVE makes pieces, in all others it could. [MTConnect Part 2, EXECUTION; docs/guide/machine-states.md] */
const STATES: ReadonlyMap<string, MachineState> = new Map([
  ['ACTIVE', 'running'],
  ['READY', 'idle'],
  ['INTERRUPTED', 'idle'],
  ['FEED_HOLD', 'idle'],
  ['STOPPED', 'idle'],
  ['OPTIONAL_STOP', 'idle'],
  ['PROGRAM_STOPPED', 'idle'],
  ['PROGRAM_OPTIONAL_STOP', 'idle'],
  ['PROGRAM_COMPLETED', 'idle'],
  ['WAIT', 'idle'],
]);

/** The state that a word of the controlled vocabulary stands for. */
export function executionState(word: string): MachineState | undefined {
  return STATES.get(word.toUpperCase());
}
