import type { MachineState } from '@millrace/contract';
import type { DataValue } from 'node-opcua-client';
import { bad, type Reading, statusText } from './value.ts';

/** What the state of a machine is made of; each is one variable of the server. */
export const STATE_INPUTS = [
  'itemState',
  'itemStateId',
  'mode',
  'modeId',
  'program',
  'programId',
  'toolMode',
] as const;
export type StateInput = (typeof STATE_INPUTS)[number];
export type StateInputs = Partial<Readonly<Record<StateInput, DataValue>>>;
/** The node that a `…/Id` variable points to, in the form with the namespace's URI. */
export type NodeText = (data: DataValue) => string | undefined;

const MACHINERY = 'nsu=http://opcfoundation.org/UA/Machinery/;';
const MACHINE_TOOL = 'nsu=http://opcfoundation.org/UA/MachineTool/;';

type ItemState = 'executing' | 'notexecuting' | 'outofservice' | 'notavailable';
/** States of MachineryItemState_StateMachineType; the texts may be translated, the ids may not. [OPC 40001-1 §12.4] */
const ITEM_STATES: Readonly<Record<string, ItemState>> = {
  [`${MACHINERY}i=5004`]: 'outofservice',
  [`${MACHINERY}i=5005`]: 'notavailable',
  [`${MACHINERY}i=5006`]: 'executing',
  [`${MACHINERY}i=5007`]: 'notexecuting',
  outofservice: 'outofservice',
  notavailable: 'notavailable',
  executing: 'executing',
  notexecuting: 'notexecuting',
};
/** Set-up of MachineryOperationModeStateMachineType. [OPC 40001-1 §12.5] */
const SETUP_MODES: ReadonlySet<string> = new Set([`${MACHINERY}i=5027`, 'setup']);
/** Running of ProductionStateMachineType and its copies in the types below. [OPC 40501-1 §8.6] */
const RUNNING_PROGRAMS: ReadonlySet<string> = new Set([
  ...[138, 5017, 5036, 5041].map((id) => `${MACHINE_TOOL}i=${id}`),
  'running',
]);
/** Setup of MachineOperationMode. [OPC 40501-1 §12.5] */
const TOOL_MODE_SETUP = 2;

const STATES: Readonly<Record<ItemState, MachineState>> = {
  executing: 'running',
  notexecuting: 'idle',
  outofservice: 'down',
  notavailable: 'off',
};

/** One of our states from what the machine says of itself; docs/guide/machine-states.md has the table. */
export function machineStateOf(inputs: StateInputs, nodeText: NodeText): Reading {
  const state = itemState(inputs, nodeText) ?? programState(inputs, nodeText);
  if (state === undefined) return bad('the machine says nothing of its state');
  if (typeof state !== 'string') return state;
  if (state === 'down') return { value: 'down', quality: 'good' };
  const mode = inputs.mode ?? inputs.modeId ?? inputs.toolMode;
  if (mode === undefined) return { value: state, quality: 'good' };
  if (!isGood(mode)) {
    const error = `the operation mode is not known: ${statusText(mode.statusCode)}`;
    return { value: state, quality: 'uncertain', error };
  }
  const setup =
    inputs.mode === undefined && inputs.modeId === undefined
      ? toolSetup(mode)
      : wordOf(inputs, 'mode', nodeText, SETUP_MODES);
  return { value: setup && state !== 'off' ? 'setup' : state, quality: 'good' };
}

function itemState(inputs: StateInputs, nodeText: NodeText): MachineState | Reading | undefined {
  const said = inputs.itemState ?? inputs.itemStateId;
  if (said === undefined) return undefined;
  const words = [textOf(inputs.itemStateId, nodeText), textOf(inputs.itemState, nodeText)];
  for (const word of words) {
    const state = word === undefined ? undefined : ITEM_STATES[word];
    if (state !== undefined) return STATES[state];
  }
  if (!isGood(said)) return bad(statusText(said.statusCode));
  return bad(`"${words.find((word) => word !== undefined) ?? ''}" is no state of a machine`);
}

/** Machine tools of before OPC 40001-1 1.03 only say whether the program runs. */
function programState(inputs: StateInputs, nodeText: NodeText): MachineState | Reading | undefined {
  const said = inputs.program ?? inputs.programId;
  if (said === undefined) return undefined;
  if (!isGood(said)) return bad(statusText(said.statusCode));
  return wordOf(inputs, 'program', nodeText, RUNNING_PROGRAMS) ? 'running' : 'idle';
}

function wordOf(
  inputs: StateInputs,
  name: 'mode' | 'program',
  nodeText: NodeText,
  words: ReadonlySet<string>,
): boolean {
  return [textOf(inputs[name], nodeText), textOf(inputs[`${name}Id`], nodeText)].some(
    (word) => word !== undefined && words.has(word),
  );
}

function toolSetup(data: DataValue): boolean {
  return data.value.value === TOOL_MODE_SETUP;
}

/** Localised text without spaces and case, or the node pointed to. */
function textOf(data: DataValue | undefined, nodeText: NodeText): string | undefined {
  if (data === undefined || !isGood(data)) return undefined;
  const value: unknown = data.value?.value;
  const text: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'text') : undefined;
  return typeof text === 'string' ? text.replaceAll(/\s+/g, '').toLowerCase() : nodeText(data);
}

function isGood(data: DataValue): boolean {
  return data.statusCode.value >>> 30 === 0;
}
