import type { CountSource } from '@millrace/contract';
import { type CounterRule, type CounterState, counterDue, elapseCounter, stepCounter } from './counter.ts';
import {
  elapsePulse,
  type PulseRule,
  type PulseState,
  type PulseStep,
  pulseDue,
  stepPulse,
} from './pulse.ts';
import type { Reading } from './reading.ts';
import type { SavedMachine } from './saved.ts';

/** Pieces since the value before. */
export interface PiecesStep {
  /** May be parts of one. */
  readonly pieces: number;
  /** When they were made, as far as known, epoch ms. */
  readonly at: number;
  /** They were made while nobody looked: they count, but nobody knows that the machine moves now. */
  readonly bridged: boolean;
  readonly fault?: string;
}
/** Makes pieces of the values of the counting tag. */
export interface Pieces {
  /** When it has something to tell by itself, epoch ms; infinite when never. */
  readonly due: number;
  /** Undefined when nothing changed. */
  tag(reading: Reading, t: number): PiecesStep | undefined;
  elapse(t: number): PiecesStep | undefined;
  save(): Pick<SavedMachine, 'counter' | 'pulse'>;
}

export function createPieces(
  source: CountSource,
  saved: Pick<SavedMachine, 'counter' | 'pulse'> | undefined,
): Pieces {
  return source.from === 'counter'
    ? new CounterPieces(source, saved?.counter)
    : new PulsePieces(source, saved?.pulse);
}

class CounterPieces implements Pieces {
  readonly #state: CounterState;
  readonly #rule: CounterRule;
  readonly #pieces: number;
  /** The value before was good and of this run. */
  #seen = false;

  constructor(source: CountSource & { from: 'counter' }, saved: SavedMachine['counter']) {
    this.#pieces = source.pieces ?? 1;
    this.#state = saved === undefined ? { at: 0 } : { ...saved };
    const maxPerS = source.maxPerS === undefined ? undefined : source.maxPerS / this.#pieces;
    this.#rule = { modulus: source.modulus, maxPerS };
  }

  get due(): number {
    return this.#seen ? counterDue(this.#state) : Number.POSITIVE_INFINITY;
  }

  tag({ value, quality, at: sourceAt }: Reading, t: number): PiecesStep | undefined {
    if (quality !== 'good' || typeof value !== 'number') {
      this.#seen = false;
      return undefined;
    }
    const bridged = !this.#seen;
    this.#seen = true;
    const { raw, pending } = this.#state;
    const step = stepCounter(this.#state, this.#rule, { value, at: t, sourceAt });
    if (raw === this.#state.raw && pending === this.#state.pending && step.fault === undefined)
      return undefined;
    return { ...step, pieces: step.units * this.#pieces, at: t, bridged };
  }

  elapse(t: number): PiecesStep | undefined {
    const step = elapseCounter(this.#state, this.#rule, t);
    if (step.units === 0 && step.fault === undefined) return undefined;
    return { ...step, pieces: step.units * this.#pieces, at: t, bridged: false };
  }

  save(): Pick<SavedMachine, 'counter'> {
    const { raw, at, pending } = this.#state;
    return {
      counter: { at, ...(raw === undefined ? {} : { raw }), ...(pending === undefined ? {} : { pending }) },
    };
  }
}

class PulsePieces implements Pieces {
  readonly #state: PulseState;
  readonly #rule: PulseRule;
  readonly #pieces: number;
  #refused = 0;

  constructor(source: CountSource & { from: 'pulse' }, saved: SavedMachine['pulse']) {
    this.#pieces = source.pieces ?? 1;
    this.#state = saved === undefined ? { credit: 0, creditAt: 0 } : { ...saved };
    const maxPerS = source.maxPerS === undefined ? undefined : source.maxPerS / this.#pieces;
    this.#rule = { debounceMs: source.debounceMs ?? 0, maxPerS };
  }

  get due(): number {
    return pulseDue(this.#state, this.#rule);
  }

  tag({ value, quality }: Reading, t: number): PiecesStep | undefined {
    if (quality !== 'good') {
      // What came before the line went bad is not known to have stood.
      this.#state.next = undefined;
      return undefined;
    }
    return this.#told(stepPulse(this.#state, this.#rule, isHigh(value), t));
  }

  elapse(t: number): PiecesStep | undefined {
    return this.#told(elapsePulse(this.#state, this.#rule, t));
  }

  save(): Pick<SavedMachine, 'pulse'> {
    const { level, next, credit, creditAt } = this.#state;
    const known = { ...(level === undefined ? {} : { level }), ...(next === undefined ? {} : { next }) };
    return { pulse: { ...known, credit, creditAt } };
  }

  #told({ units, at, refused }: PulseStep): PiecesStep {
    this.#refused += refused;
    const fault =
      refused === 0 ? {} : { fault: `${this.#refused} pulses were refused as faster than maxPerS` };
    return { pieces: units * this.#pieces, at, bridged: false, ...fault };
  }
}

function isHigh(value: Reading['value']): boolean {
  return typeof value === 'string' ? value !== '' && value !== '0' && value !== 'false' : Boolean(value);
}
