import type { EnergySource } from '@millrace/contract';
import { MINUTE_MS } from './minute-book.ts';
import type { Reading } from './reading.ts';

const HOUR_MS = 3_600_000;
/** A fall is a wrap when so small a part of the range explains it, else the meter was changed. */
const WRAP_SHARE = 0.1;
/** A leap beyond what a large site draws (10 MW) is a misread meter. */
const LEAP_WH_PER_S = 10_000_000 / 3_600;
const SLACK_S = 60;

/** Energy of one machine, added to minutes as it is known. */
export interface Energy {
  /** `t` is when it is true of the machine, epoch ms. */
  tag(reading: Reading, t: number): void;
  /** What stands goes on until `t`. */
  settle(t: number): void;
  /** Nothing was seen until `t`. */
  skip(t: number): void;
  save(): { readonly meterWh?: number };
}

export function createEnergy(
  source: EnergySource,
  savedWh: number | undefined,
  add: (wh: number, at: number) => void,
): Energy {
  return source.kind === 'meter' ? new Meter(source, savedWh, add) : new Power(add);
}

/** A counter of watt-hours. Its last value is kept over a restart: what was used meanwhile belongs to the first minute after. */
class Meter implements Energy {
  readonly #modulus: number | undefined;
  readonly #add: (wh: number, at: number) => void;
  #lastWh: number | undefined;
  #at: number | undefined;

  constructor({ modulus }: EnergySource, savedWh: number | undefined, add: (wh: number, at: number) => void) {
    this.#modulus = modulus;
    this.#lastWh = savedWh;
    this.#add = add;
  }

  tag({ value, quality }: Reading, t: number): void {
    if (quality !== 'good' || typeof value !== 'number') return;
    const rise = this.#lastWh === undefined ? 0 : this.#riseTo(value, this.#lastWh, t);
    this.#lastWh = value;
    this.#at = t;
    this.#add(rise, t);
  }

  /** A meter may show any value after it was changed: only a rise, or a wrap, is energy. */
  #riseTo(value: number, lastWh: number, t: number): number {
    const modulus = this.#modulus;
    const wrapped = modulus === undefined ? -1 : value + modulus - lastWh;
    const isWrap = modulus !== undefined && value < lastWh && wrapped >= 0 && wrapped <= modulus * WRAP_SHARE;
    const rise = isWrap ? wrapped : value - lastWh;
    if (rise <= 0) return 0;
    // Across a restart of the agent the time is not known, and nothing can be said against it.
    const maxWh =
      this.#at === undefined
        ? Number.POSITIVE_INFINITY
        : LEAP_WH_PER_S * (Math.max(0, t - this.#at) / 1_000 + SLACK_S);
    return rise <= maxWh ? rise : 0;
  }

  settle(): void {
    // The meter adds up by itself.
  }

  skip(): void {
    // What it counted meanwhile it will show.
  }

  save(): { readonly meterWh?: number } {
    return this.#lastWh === undefined ? {} : { meterWh: this.#lastWh };
  }
}

/** Watts, summed by trapezoids from value to value, only while they are good. */
class Power implements Energy {
  readonly #add: (wh: number, at: number) => void;
  #watts: number | undefined;
  #at = 0;

  constructor(add: (wh: number, at: number) => void) {
    this.#add = add;
  }

  tag({ value, quality }: Reading, t: number): void {
    const watts = quality === 'good' && typeof value === 'number' ? value : undefined;
    if (this.#watts !== undefined) this.#integrate(watts ?? this.#watts, t);
    this.#watts = watts;
    this.#at = Math.max(this.#at, t);
    if (watts !== undefined) this.#add(0, t);
  }

  /** A value that is not told again stands. */
  settle(t: number): void {
    if (this.#watts !== undefined) this.#integrate(this.#watts, t);
  }

  skip(t: number): void {
    this.#at = t;
  }

  save(): { readonly meterWh?: number } {
    return {};
  }

  /** From the value before to `watts` at `t`, cut at the minutes. */
  #integrate(watts: number, t: number): void {
    const from = this.#at;
    const before = this.#watts ?? watts;
    if (t <= from) return;
    const at = (x: number): number => before + ((watts - before) * (x - from)) / (t - from);
    for (let start = from; start < t; ) {
      const end = Math.min(t, (Math.floor(start / MINUTE_MS) + 1) * MINUTE_MS);
      this.#add((((at(start) + at(end)) / 2) * (end - start)) / HOUR_MS, start);
      start = end;
    }
    this.#at = t;
  }
}
