import type { BrowseNode } from '@millrace/contract';
import { executionState, stateAddress, takeObservation } from '../../mtconnect/index.ts';

/**
 * A key as nodes to choose from: itself, and the machine state behind an execution. The adapter's protocol has no types: for what
 * a key means its name and its value must both speak.
 */
export function nodesOf(key: string, text: string): BrowseNode[] {
  const unavailable = text.toUpperCase() === 'UNAVAILABLE';
  const node = (address: string, name: string): BrowseNode => {
    const { value } = takeObservation(text, address);
    return { address, name, folder: false, tag: true, type: null, value };
  };
  const itself = node(key, key);
  if (/exec/i.test(key) && (unavailable || executionState(text) !== undefined)) {
    return [{ ...node(stateAddress(key), `${key}: machine state`), meaning: 'state' }, itself];
  }
  if (/part_?count|^p?count$/i.test(key) && (unavailable || /^\d+(:[A-Z_]+)?$/.test(text))) {
    return [{ ...itself, meaning: 'count' }];
  }
  return [/energy|watt_?hour/i.test(key) ? { ...itself, meaning: 'energy' } : itself];
}
