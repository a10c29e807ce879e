import type { MachineState } from '@millrace/contract';
import type { MachineMapping, Reading } from './far-side.ts';

/** What a controller says over MTConnect, by key; the keys are those of most adapters. */
export function wordsOf({ pieces, state }: Reading): Readonly<Record<string, string>> {
  return {
    avail: 'AVAILABLE',
    power: state === 'off' ? 'OFF' : 'ON',
    fmode: state === 'setup' ? 'SETUP' : 'PRODUCTION',
    execution: state === 'running' ? 'ACTIVE' : EXECUTION[state],
    partcount: String(pieces),
  };
}

const EXECUTION: Readonly<Record<Exclude<MachineState, 'running'>, string>> = {
  idle: 'READY',
  setup: 'INTERRUPTED',
  down: 'STOPPED',
  off: 'READY',
  unknown: 'UNAVAILABLE',
};

/** `address` says how the far side names a key of this machine. */
export function mtconnectMapping(connection: string, address: (key: string) => string): MachineMapping {
  const tag = (name: string, key: string) => ({ name, connection, address: address(key) });
  return {
    tags: [
      tag('pieces', 'partcount'),
      tag('execution', 'execution#state'),
      tag('mode', 'fmode'),
      tag('power', 'power'),
      tag('alarm', 'system'),
    ],
    count: { from: 'counter', tag: 'pieces' },
    state: {
      from: 'rules',
      rules: [
        { when: 'power == "OFF"', state: 'off' },
        { when: 'alarm == "FAULT"', state: 'down' },
        { when: 'mode == "SETUP"', state: 'setup' },
        { when: 'execution == "running"', state: 'running' },
      ],
      otherwise: 'idle',
    },
  };
}

/** The worst that can be said of a machine, as level, code and words. */
export const alarmOf = ({ state }: Reading): readonly [level: string, code: string, words: string] =>
  state === 'down' ? ['FAULT', '700', 'stopped by a fault'] : ['NORMAL', '', ''];
