import {
  type COMMAND_STATES,
  type CommandOutcome,
  type EdgeCommand,
  INTEGER_RANGES,
  type TagValue,
} from '@millrace/contract';

export type CommandState = (typeof COMMAND_STATES)[number];

/**
 * What happens to a command. `give-up`: delivered, and no word of it long after its expiry. `tell`: the agent says what became
 * of it.
 */
export type CommandStep = 'approve' | 'withdraw' | 'deliver' | 'expire' | 'give-up' | 'tell';

/** Where a step leads; what is not here does not happen. `told` = where the agent says. */
const STEPS: Readonly<Record<CommandState, Readonly<Partial<Record<CommandStep, CommandState | 'told'>>>>> = {
  'awaiting-approval': { approve: 'queued', withdraw: 'withdrawn', expire: 'expired' },
  queued: { withdraw: 'withdrawn', expire: 'expired', deliver: 'delivered' },
  // Handed out again until the agent tells; it executes an id once.
  delivered: { deliver: 'delivered', tell: 'told', 'give-up': 'unknown' },
  // The line was down for long: what the box knows is still better than not knowing.
  unknown: { tell: 'told' },
  executed: {},
  refused: {},
  failed: {},
  expired: {},
  withdrawn: {},
};

export interface CommandStanding {
  readonly state: CommandState;
  /** What the agent said, once. */
  readonly outcome: CommandOutcome | null;
}

/** The state after the step, or undefined when the step is not possible any more. */
export function stepCommand(
  { state, outcome }: CommandStanding,
  step: Exclude<CommandStep, 'tell'> | CommandOutcome,
): CommandState | undefined {
  if (typeof step === 'string') {
    const next = STEPS[state][step];
    return next === 'told' ? undefined : next;
  }
  return STEPS[state].tell === 'told' && outcome === null ? step.state : undefined;
}

/** Nothing happens to it any more, unless the agent comes back with what it knows. */
export const isOpen = (state: CommandState): boolean =>
  state === 'awaiting-approval' || state === 'queued' || state === 'delivered';

/** Largest magnitude of a 32-bit float [IEEE 754]. */
const FLOAT32_MAX = 3.4028234663852886e38;

export type ValueFault =
  | { readonly code: 'command-value-type'; readonly expected: string }
  | { readonly code: 'command-value-range'; readonly minimum: number; readonly maximum: number };

/** Whether the value may be written as the configuration has it; a call may go without one. */
export function checkValue(command: EdgeCommand, value: TagValue): ValueFault | undefined {
  const { type } = command;
  if (value === null) return command.kind === 'call' ? undefined : wrongType(type ?? 'value');
  if (type === undefined) return typeof value === 'number' ? checkRange(command, value) : undefined;
  if (type === 'bool' || type === 'string') {
    return typeof value === (type === 'bool' ? 'boolean' : 'string') ? undefined : wrongType(type);
  }
  if (typeof value !== 'number' || (type in INTEGER_RANGES && !Number.isInteger(value)))
    return wrongType(type);
  return checkRange(command, value);
}

function checkRange({ type, minimum, maximum }: EdgeCommand, value: number): ValueFault | undefined {
  const [least, most] =
    (type && INTEGER_RANGES[type]) ??
    (type === 'float32' ? [-FLOAT32_MAX, FLOAT32_MAX] : [-Number.MAX_VALUE, Number.MAX_VALUE]);
  const from = Math.max(least, minimum ?? least);
  const to = Math.min(most, maximum ?? most);
  if (value >= from && value <= to) return undefined;
  return { code: 'command-value-range', minimum: from, maximum: to };
}

const wrongType = (expected: string): ValueFault => ({ code: 'command-value-type', expected });
