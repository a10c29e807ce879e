import type { TagType } from '@millrace/contract';
import { type TakenValue, takeText } from '../document/index.ts';
import { executionState } from './execution.ts';

/** One observed value; parts of an item have the key `item#part`. */
export interface MtconnectEntry {
  readonly key: string;
  readonly text: string;
}

const TIMESTAMP =
  /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,3})\d*)?(?:Z|([+-]\d{2}):?(\d{2}))?(?:@\d+(?:\.\d+)?)?$/;
/** Part of an address that asks for the machine state behind an EXECUTION. */
const STATE = '#state';
const RESET_SUFFIX = /^([+-]?\d+(?:\.\d+)?):[A-Z_]+$/;

/** Epoch ms of `2022-08-08T13:51:34.7167146Z@100.0`; without a zone it is UTC. The part after @ is a duration, not a time. */
export function parseTime(text: string): number | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [, dateTime = '', fraction = '0', hours, minutes] = match;
  const zone = hours === undefined ? 'Z' : `${hours}:${minutes}`;
  const seconds = dateTime.length === 16 ? ':00' : '';
  const at = Date.parse(`${dateTime}${seconds}.${fraction.padEnd(3, '0')}${zone}`);
  return Number.isNaN(at) ? undefined : at;
}

/** The key of the item that an address is about: `exec#state` is made of `exec`. */
export function observedKey(address: string): string {
  return address.endsWith(STATE) ? address.slice(0, -STATE.length) : address;
}

/** The address of the machine state behind an EXECUTION. */
export function stateAddress(key: string): string {
  return `${key}${STATE}`;
}

/**
 * What a text is at an address. UNAVAILABLE is the standard's word for "no value"; `12:SHIFT` is 12 with the reason of a reset.
 * [MTConnect Part 2, resetTriggered]
 */
export function takeObservation(text: string, address: string, type?: TagType): TakenValue {
  if (text.toUpperCase() === 'UNAVAILABLE') {
    return { value: null, quality: 'bad', error: 'the machine says UNAVAILABLE' };
  }
  if (!address.endsWith(STATE)) {
    return takeText(type === 'string' ? text : (RESET_SUFFIX.exec(text)?.[1] ?? text), type);
  }
  const state = executionState(text);
  return state === undefined
    ? { value: null, quality: 'bad', error: `“${text.slice(0, 40)}” is no word of EXECUTION` }
    : { value: state, quality: 'good' };
}
