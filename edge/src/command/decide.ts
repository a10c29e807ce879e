import {
  type CommandOutcome,
  type EdgeCommand,
  type EdgeMachine,
  type EdgeOrders,
  type EdgeTag,
  INTEGER_RANGES,
  type TagQuality,
  type TagValue,
} from '@millrace/contract';
import type { RawBounds } from './allow-list.ts';
import { isScaled, rawOf } from './raw-value.ts';

export type OrderedCommand = EdgeOrders['commands'][number];
/** Value of a machine's tag as it is now, after bit, scale and offset. */
export interface CurrentTag {
  readonly value: TagValue;
  readonly quality: TagQuality;
}
/** By the name of the tag. */
export type CurrentTags = ReadonlyMap<string, CurrentTag>;
/** True or false when it could be evaluated over these values, else undefined. */
export type Holds = (
  expression: string,
  tags: readonly EdgeTag[],
  values: CurrentTags,
) => boolean | undefined;

type Refusal = NonNullable<CommandOutcome['refusal']>;
/** Why a command is not executed; undefined = nothing speaks against it. */
export interface Refused {
  readonly refusal: Refusal;
  readonly detail: string;
}
const refused = (refusal: Refusal, detail: string): Refused => ({ refusal, detail });

/** Longer than any command may live by the contract, with a minute for the travel: then one of the clocks is wrong. */
const LIFETIME_MS_MAX = 3_600_000 + 60_000;

/** `at` is the platform's clock as the agent knows it. */
export function refuseForTime(expiresAt: number, at: number): Refused | undefined {
  if (expiresAt <= at) {
    return refused('expired', `it expired ${Math.ceil((at - expiresAt) / 1_000)} s before the agent had it`);
  }
  if (expiresAt - at > LIFETIME_MS_MAX) {
    return refused(
      'expired',
      'it claims to live longer than a command may: the clocks of platform and box differ',
    );
  }
  return undefined;
}

/** What the configuration that runs here knows of it. */
export function findCommand(
  machines: readonly EdgeMachine[],
  order: OrderedCommand,
): { readonly machine: EdgeMachine; readonly command: EdgeCommand } | undefined {
  const machine = machines.find((one) => one.machine === order.machine);
  const command = machine?.commands?.find(({ code }) => code === order.command);
  return machine === undefined || command === undefined ? undefined : { machine, command };
}

const FLOAT32_MAX = 3.402_823_466_385_288_6e38;

export function refuseForValue(
  command: EdgeCommand,
  value: TagValue,
  bounds: RawBounds = {},
): Refused | undefined {
  const { type, minimum = -Infinity, maximum = Infinity, kind } = command;
  if (value === null) {
    return kind === 'call' ? undefined : refused('wrong-type', 'a write needs a value');
  }
  const bounded = [minimum, maximum, bounds.minimum ?? -Infinity, bounds.maximum ?? Infinity].some(
    Number.isFinite,
  );
  const wanted =
    type === undefined ? (bounded || isScaled(command) ? 'number' : typeof value) : jsTypeOf(type);
  if (typeof value !== wanted) {
    return refused(
      'wrong-type',
      `${JSON.stringify(value)} is a ${typeof value}, wanted is a ${type ?? wanted}`,
    );
  }
  const raw = rawOf(command, value);
  if (typeof value !== 'number' || typeof raw !== 'number') return undefined;
  if (!Number.isFinite(raw)) return refused('value-out-of-range', 'is no finite number');
  const said = isScaled(command) ? `${raw}, which ${value} is at the machine,` : `${value}`;
  const range = type === undefined ? undefined : INTEGER_RANGES[type];
  if (range !== undefined && !Number.isInteger(raw)) {
    return refused('wrong-type', `${said} is no whole number, as ${type} needs`);
  }
  if (!(value >= minimum && value <= maximum)) {
    return refused('value-out-of-range', `${value} is not within ${minimum} to ${maximum}`);
  }
  const [least, most] = range ?? (type === 'float32' ? [-FLOAT32_MAX, FLOAT32_MAX] : [-Infinity, Infinity]);
  const from = Math.max(least, bounds.minimum ?? least);
  const to = Math.min(most, bounds.maximum ?? most);
  if (raw >= from && raw <= to) return undefined;
  return refused('value-out-of-range', `${said} is not within ${from} to ${to}`);
}

function jsTypeOf(type: NonNullable<EdgeCommand['type']>): 'boolean' | 'string' | 'number' {
  return type === 'bool' ? 'boolean' : type === 'string' ? 'string' : 'number';
}

/** Every interlock must hold over good values; what cannot be known does not hold. */
export function refuseForInterlock(
  machine: EdgeMachine,
  command: EdgeCommand,
  values: CurrentTags,
  holds: Holds,
): Refused | undefined {
  const good = new Map([...values].filter(([, { quality }]) => quality === 'good'));
  for (const { name, when } of command.interlocks) {
    const held = holds(when, machine.tags, good);
    if (held === true) continue;
    const why =
      held === false ? 'does not hold' : 'cannot be judged: a value it needs is missing or not good';
    return refused('interlock', `${name}: ${why}`);
  }
  return undefined;
}
