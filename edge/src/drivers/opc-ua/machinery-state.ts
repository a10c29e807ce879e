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
/** States of MachineryOperationModeStateMachineType: whether it is set-up. [OPC 40001-1 §12.5] */
const MODES: Readonly<Record<string, boolean>> = {
  [`${MACHINERY}i=5024`]: false,
  [`${MACHINERY}i=5025`]: false,
  [`${MACHINERY}i=5026`]: false,
  [`${MACHINERY}i=5027`]: true,
  none: false,
  maintenance: false,
  processing: false,
  setup: true,
};
/** States of ProductionStateMachineType and of its copies in the types below: whether the program runs. [OPC 40501-1 §8.6] */
const PROGRAMS: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries([138, 5017, 5036, 5041].map((id) => [`${MACHINE_TOOL}i=${id}`, true])),
  ...Object.fromEntries(
    [135, 5015, 5020, 5039, 139, 5016, 5021, 5040, 140, 5014, 5019, 5038, 141, 5013, 5018, 5037].map((id) => [
      `${MACHINE_TOOL}i=${id}`,
      false,
    ]),
  ),
  running: true,
  initializing: false,
  interrupted: false,
  ended: false,
  aborted: false,
};
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
  if (state === 'off') return { value: 'off', quality: 'good' };
  const setup = isSetup(inputs, nodeText);
  if (typeof setup === 'string') return { value: state, quality: 'uncertain', error: setup };
  return { value: setup ? 'setup' : state, quality: 'good' };
}

/** Whether the machine is being set up, false where it has no modes; or why nobody knows. */
function isSetup(inputs: StateInputs, nodeText: NodeText): boolean | string {
  const { toolMode } = inputs;
  const said = inputs.modeId ?? inputs.mode ?? toolMode;
  if (said === undefined) return false;
  const value: unknown = toolMode?.value?.value;
  const setup =
    toolMode === undefined
      ? wordOf(MODES, inputs.modeId, inputs.mode, nodeText)
      : isGood(toolMode) && typeof value === 'number'
        ? value === TOOL_MODE_SETUP
        : undefined;
  return (
    setup ??
    `the operation mode is not known: ${isGood(said) ? 'it has no value' : statusText(said.statusCode)}`
  );
}

function itemState(inputs: StateInputs, nodeText: NodeText): MachineState | Reading | undefined {
  const said = inputs.itemState ?? inputs.itemStateId;
  if (said === undefined) return undefined;
  const state = wordOf(ITEM_STATES, inputs.itemStateId, inputs.itemState, nodeText);
  return state === undefined ? unknownWord(said, nodeText) : STATES[state];
}

/** Machine tools of before OPC 40001-1 1.03 only say whether the program runs. */
function programState(inputs: StateInputs, nodeText: NodeText): MachineState | Reading | undefined {
  const said = inputs.program ?? inputs.programId;
  if (said === undefined) return undefined;
  const runs = wordOf(PROGRAMS, inputs.programId, inputs.program, nodeText);
  return runs === undefined ? unknownWord(said, nodeText) : runs ? 'running' : 'idle';
}

/** What the table says of the id, else of the text. */
function wordOf<T>(
  table: Readonly<Record<string, T>>,
  id: DataValue | undefined,
  text: DataValue | undefined,
  nodeText: NodeText,
): T | undefined {
  for (const data of [id, text]) {
    const word = textOf(data, nodeText);
    if (word !== undefined && Object.hasOwn(table, word)) return table[word];
  }
  return undefined;
}

function unknownWord(said: DataValue, nodeText: NodeText): Reading {
  if (!isGood(said)) return bad(statusText(said.statusCode));
  return bad(`"${(textOf(said, nodeText) ?? '').slice(0, 100)}" is no state of a machine`);
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
