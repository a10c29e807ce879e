import {
  type EdgeMachine,
  MACHINE_STATES,
  type MachineState,
  type StateSource as StateRule,
} from '@millrace/contract';
import { compileExpression, type Expression, type ExpressionValue } from '../expression/index.ts';
import type { Reading } from './reading.ts';

/** Tells the state of a machine from what its tags say. `due` is when the state changes by itself unless something comes. */
export interface StateSource {
  readonly state: MachineState;
  /** Epoch ms; infinite when only a value can change it. */
  readonly due: number;
  /** Tags it looks at; undefined = it looks at none. */
  readonly tags: ReadonlySet<string>;
  /** `t` is when it is true of the machine, epoch ms; values of all tags that are good now. */
  tag(name: string, reading: Reading, t: number, values: Readonly<Record<string, ExpressionValue>>): void;
  /** Pieces were made at `t`. */
  pieces(t: number): void;
  elapse(t: number): void;
}

/** A machine whose pieces are counted and whose state nothing tells runs while pieces come. */
const IDLE_AFTER_S_DEFAULT = 60;
const NEVER = Number.POSITIVE_INFINITY;

/** Undefined when nothing tells the state. */
export function createStateSource({ state, count, tags }: EdgeMachine): StateSource | undefined {
  const rule: StateRule | undefined =
    state ?? (count === undefined ? undefined : { from: 'motion', idleAfterS: IDLE_AFTER_S_DEFAULT });
  switch (rule?.from) {
    case 'signal':
      return new SignalState(rule);
    case 'motion':
      return new MotionState(rule, count?.tag);
    case 'current':
      return new CurrentState(rule);
    case 'rules':
      return new RuledState(rule, tags);
    default:
      return undefined;
  }
}

class SignalState implements StateSource {
  state: MachineState = 'unknown';
  readonly due = NEVER;
  readonly tags: ReadonlySet<string>;
  readonly #values: readonly (string | number)[] | undefined;

  constructor(rule: StateRule & { from: 'signal' }) {
    this.tags = new Set([rule.tag]);
    this.#values = rule.values;
  }

  tag(_name: string, { value, quality }: Reading): void {
    this.state = quality === 'good' && value !== null ? this.#stateOf(value) : 'unknown';
  }

  #stateOf(value: boolean | number | string): MachineState {
    if (this.#values !== undefined) {
      const said = typeof value === 'boolean' ? Number(value) : value;
      return this.#values.some((one) => one === said || one === String(said)) ? 'running' : 'idle';
    }
    if (typeof value !== 'string')
      return value === true || (typeof value === 'number' && value !== 0) ? 'running' : 'idle';
    // A driver that knows a companion model says the state itself; any other word is not understood.
    return MACHINE_STATES.find((state) => state === value) ?? 'unknown';
  }

  pieces(): void {
    // A signal knows better.
  }

  elapse(): void {
    // Only a value changes it.
  }
}

class MotionState implements StateSource {
  state: MachineState = 'unknown';
  due = NEVER;
  readonly tags: ReadonlySet<string>;
  readonly #idleAfterMs: number;

  constructor({ idleAfterS }: StateRule & { from: 'motion' }, tag: string | undefined) {
    this.tags = new Set(tag === undefined ? [] : [tag]);
    this.#idleAfterMs = idleAfterS * 1_000;
  }

  tag(_name: string, { quality }: Reading, t: number): void {
    if (quality !== 'good') {
      this.state = 'unknown';
      this.due = NEVER;
    } else if (this.state === 'unknown' && this.due === NEVER) this.due = t + this.#idleAfterMs;
  }

  pieces(t: number): void {
    this.state = 'running';
    this.due = t + this.#idleAfterMs;
  }

  elapse(t: number): void {
    if (t < this.due) return;
    this.state = 'idle';
    this.due = NEVER;
  }
}

class CurrentState implements StateSource {
  state: MachineState = 'unknown';
  due = NEVER;
  readonly tags: ReadonlySet<string>;
  readonly #rule: StateRule & { from: 'current' };
  #next: MachineState = 'unknown';

  constructor(rule: StateRule & { from: 'current' }) {
    this.#rule = rule;
    this.tags = new Set([rule.tag]);
  }

  tag(_name: string, { value, quality }: Reading, t: number): void {
    const holdMs = (this.#rule.holdS ?? 0) * 1_000;
    if (quality !== 'good' || typeof value !== 'number') {
      this.state = 'unknown';
      this.#wait('unknown', NEVER);
      return;
    }
    const wanted = this.#wanted(value);
    if (wanted === this.state) this.#wait(wanted, NEVER);
    else if (holdMs === 0) {
      this.state = wanted;
      this.#wait(wanted, NEVER);
    } else if (wanted !== this.#next || this.due === NEVER) this.#wait(wanted, t + holdMs);
  }

  #wanted(value: number): MachineState {
    const { runningAbove, idleBelow, offBelow } = this.#rule;
    if (value > runningAbove) return 'running';
    if (offBelow !== undefined && value < offBelow) return 'off';
    if (value < idleBelow) return 'idle';
    // Between the thresholds as before; above the lowest a machine that was off is on again.
    return this.state === 'off' ? 'idle' : this.state;
  }

  #wait(next: MachineState, due: number): void {
    this.#next = next;
    this.due = due;
  }

  pieces(): void {
    // The current tells.
  }

  elapse(t: number): void {
    if (t < this.due) return;
    this.state = this.#next;
    this.due = NEVER;
  }
}

class RuledState implements StateSource {
  state: MachineState = 'unknown';
  readonly due = NEVER;
  readonly tags: ReadonlySet<string>;
  readonly #rules: readonly { readonly expression: Expression | undefined; readonly state: MachineState }[];
  readonly #otherwise: MachineState;

  constructor({ rules, otherwise }: StateRule & { from: 'rules' }, tags: EdgeMachine['tags']) {
    this.#otherwise = otherwise;
    this.#rules = rules.map(({ when, state }) => {
      const compiled = compileExpression(when, tags);
      return { state, expression: 'expression' in compiled ? compiled.expression : undefined };
    });
    this.tags = new Set(this.#rules.flatMap(({ expression }) => [...(expression?.tags ?? [])]));
  }

  tag(_name: string, _reading: Reading, _t: number, values: Readonly<Record<string, ExpressionValue>>): void {
    this.state = this.#decide(values);
  }

  /** A rule that cannot be told leaves the state unknown: the rules after it hold only when it does not. */
  #decide(values: Readonly<Record<string, ExpressionValue>>): MachineState {
    for (const { expression, state } of this.#rules) {
      const holds = expression?.evaluate(values);
      if (holds === undefined) return 'unknown';
      if (holds) return state;
    }
    return this.#otherwise;
  }

  pieces(): void {
    // Rules look at tags only.
  }

  elapse(): void {
    // Only a value changes it.
  }
}
