import {
  type CountSource,
  type EdgeMachine,
  MACHINE_STATES,
  type MachineRecord,
  type MachineState,
  SIGNALS_MAX,
  type TagHealth,
} from '@millrace/contract';
import type { Sample } from '../driver/index.ts';
import type { ExpressionValue } from '../expression/index.ts';
import { createEnergy, type Energy } from './energy.ts';
import { History } from './history.ts';
import { isChange, isOutdone, isStale, type MachineTag, machineTags } from './machine-tag.ts';
import { GRACE_MS, MINUTE_MS, MinuteBook } from './minute-book.ts';
import { createPieces, type Pieces } from './pieces.ts';
import { type Reading, readTag } from './reading.ts';
import type { SavedMachine } from './saved.ts';
import { createStateSource, type StateSource } from './state-source.ts';

/** The clock jumped, or the box slept: what a machine did meanwhile was not seen. Shorter than it takes to skip a whole minute. */
const UNSEEN_MS = 60_000;
/** A value's own time is believed when it is so little before now: later ones are told late, or by a clock that is wrong. */
const LATE_MAX_MS = 10_000;
/** What was strange about a count is shown for a shift. */
const FAULT_SHOWN_MS = 8 * 3_600_000;
/** A counter goes on by itself while the power is gone, and its value is kept: saving it each second would only wear out the card. */
const SAVE_LATE_MS = 10_000;
/** Values that change by themselves between two times are bounded: hold, idle time, debounce, one each. */
const ELAPSES_MAX = 8;

/** One machine: from values of its tags to its minute records. Pure: every time comes in. */
export class Machine {
  readonly config: EdgeMachine;
  /** What would be lost with the power: pulses, states, told minutes. */
  #changed = true;
  /** What would come again from a counter, or is a little energy, waits since then to be saved. */
  #changedSince: number | undefined;
  readonly #tags: ReadonlyMap<string, MachineTag>;
  readonly #book: MinuteBook;
  readonly #state: StateSource | undefined;
  readonly #pieces: Pieces | undefined;
  readonly #energy: Energy | undefined;
  readonly #history: History;
  readonly #witness: MachineTag | undefined;
  readonly #values: Record<string, ExpressionValue> = Object.create(null);
  /** Up to here all is added up. */
  #upTo: number;
  /** Tags that pace it and are good; without any its time stands. */
  #known = 0;
  /** Newest time told to it. */
  #now: number;
  /** Why pieces were not counted, or not surely, the last time that happened. */
  #countFault: { readonly words: string; readonly at: number } | undefined;

  constructor(config: EdgeMachine, saved: SavedMachine | undefined, now: number) {
    this.config = config;
    this.#book = new MinuteBook(config.timeZone, saved);
    this.#history = new History(saved?.lags);
    this.#state = createStateSource(config);
    const source = sourceName(config.count);
    this.#pieces =
      config.count === undefined
        ? undefined
        : createPieces(config.count, saved?.source === source ? saved : undefined);
    const meterWh = saved?.meter === meterName(config) ? saved.meterWh : undefined;
    this.#energy =
      config.energy === undefined
        ? undefined
        : createEnergy(config.energy, meterWh, (wh, at) => this.#book.addEnergy(wh, at));
    this.#tags = machineTags(config, this.#state?.tags ?? new Set());
    this.#witness = [...this.#tags.values()].find(({ isWitness }) => isWitness);
    this.#upTo = saved?.upTo ?? now;
    this.#now = this.#upTo;
    this.#takeUp(saved, now);
  }

  /** What stood when the agent was last seen alive stood until then; after that nothing is known until values come. */
  #takeUp(saved: SavedMachine | undefined, seenUntil: number): void {
    if (saved === undefined) return;
    this.#now = Math.max(this.#upTo, seenUntil);
    if (!saved.good && MACHINE_STATES[saved.state] === 'unknown') return;
    const until = Math.min(saved.until ?? seenUntil, seenUntil);
    const state = MACHINE_STATES[saved.state] ?? 'unknown';
    if (until > this.#upTo && until - this.#upTo <= UNSEEN_MS + MINUTE_MS) {
      if (this.#state !== undefined) this.#book.addState(state, this.#upTo, until);
      if (saved.good) this.#book.inform(this.#upTo, until);
    }
    this.#upTo = this.#now;
  }

  /** Values of tags that did not change with the configuration are still what the far side said last. */
  inherit(before: Machine, now: number): void {
    this.#history.takeOver(before.#history);
    const at = before.#stands(now) ? this.#upTo : now;
    for (const [name, tag] of this.#tags) {
      const known = before.#tags.get(name);
      if (known?.reading === undefined || JSON.stringify(known.config) !== JSON.stringify(tag.config))
        continue;
      this.#apply(name, tag, known.reading, at);
      tag.receivedAt = known.receivedAt;
      tag.trueAt = known.trueAt;
      tag.lastGoodAt = known.lastGoodAt;
    }
  }

  /** A value of a tag; gives what it means, or undefined when it is older than what is known. */
  take(name: string, sample: Omit<Sample, 'tag'>, now: number): Reading | undefined {
    const tag = this.#tags.get(name);
    if (tag === undefined) return undefined;
    this.#observe(now);
    const reading = readTag(tag.config, sample);
    const { connection } = tag.config;
    const past = this.#history.place(connection, sample, now);
    if (past === undefined ? isStale(tag, reading, now) : isOutdone(tag, reading, past)) return undefined;
    const late = now - reading.at;
    if (sample.historyAt === undefined && isChange(tag, reading)) this.#history.compare(connection, late);
    tag.receivedAt = now;
    tag.trueAt = past ?? (late >= 0 && late <= LATE_MAX_MS ? reading.at : now);
    if (reading.quality === 'good') tag.lastGoodAt = reading.at;
    if (past !== undefined) this.#applyPast(name, tag, reading, past, now);
    // A line that breaks amid what a source has kept says nothing of the time that was not reached.
    else if (reading.quality !== 'good' && this.#stands(now)) this.#apply(name, tag, reading, this.#upTo);
    else this.#applyPresent(name, tag, reading);
    return reading;
  }

  /** Pulses that were left out because the agent was too slow. */
  lost(samples: number): void {
    this.#faulty(`${samples} samples were lost because the gateway was too busy`);
  }

  /** Goes on to `now`; gives the minutes that are over. */
  advance(now: number, recordsMax = Number.POSITIVE_INFINITY): MachineRecord[] {
    this.#observe(now);
    const records: MachineRecord[] = [];
    const isReplaying = this.#history.isOpen(now);
    const isDark = this.#known === 0 && !isReplaying;
    while (records.length < recordsMax) {
      const end = this.#book.nextEnd(now, isDark);
      // Minutes that what the source kept has not passed yet wait for it.
      if (end === undefined || (isReplaying && end > this.#upTo)) break;
      this.#settle(end);
      const extras = { hasState: this.#state !== undefined, signals: this.#signals() };
      const record = this.#book.close(this.config.machine, end, extras);
      if (record !== undefined) records.push(record);
      this.#changed = true;
    }
    // Values on their way still find their time; only what is due by itself is done.
    if (!this.#stands(now)) this.#settle(now - GRACE_MS - LATE_MAX_MS);
    else if (isDark) this.#energy?.settle(now - GRACE_MS - LATE_MAX_MS);
    return records;
  }

  /** True when `save` should be written now. */
  mustSave(now: number): boolean {
    const since = this.#changedSince;
    return this.#changed || (since !== undefined && Math.abs(now - since) >= SAVE_LATE_MS);
  }

  saved(): void {
    this.#changed = false;
    this.#changedSince = undefined;
  }

  save(): SavedMachine {
    const due = this.#state?.due ?? Number.POSITIVE_INFINITY;
    // Amid what a source has kept nothing is known of the time between there and now.
    const known = !this.#history.isOpen(this.#now);
    return {
      source: sourceName(this.config.count),
      meter: meterName(this.config),
      ...this.#book.save(),
      upTo: this.#upTo,
      good: known && this.#witness?.reading?.quality === 'good',
      state: MACHINE_STATES.indexOf((known ? this.#state?.state : undefined) ?? 'unknown'),
      until: Number.isFinite(due) ? due : null,
      ...this.#pieces?.save(),
      ...this.#energy?.save(),
      lags: this.#history.lags,
    };
  }

  get state(): MachineState {
    return this.#state?.state ?? 'unknown';
  }

  readings(): Map<string, Reading> {
    const known = new Map<string, Reading>();
    for (const [name, { reading }] of this.#tags) if (reading !== undefined) known.set(name, reading);
    return known;
  }

  health(): TagHealth[] {
    const fault = this.#countFault;
    const recent = fault !== undefined && this.#now - fault.at < FAULT_SHOWN_MS ? fault.words : null;
    return [...this.#tags].map(([name, { reading, lastGoodAt, usedForCount }]) => ({
      machine: this.config.machine,
      tag: name,
      value: reading?.value ?? null,
      quality: reading?.quality ?? 'bad',
      at: reading?.at ?? null,
      lastGoodAt,
      error: reading === undefined ? 'no value yet' : (reading.error ?? (usedForCount ? recent : null)),
    }));
  }

  #applyPresent(name: string, tag: MachineTag, reading: Reading): void {
    if (tag.paces) this.#history.end();
    this.#apply(name, tag, reading, tag.trueAt);
  }

  #applyPast(name: string, tag: MachineTag, reading: Reading, past: number, now: number): void {
    if (tag.paces) this.#history.open(now);
    const minuteEnd = (Math.floor(this.#upTo / MINUTE_MS) + 1) * MINUTE_MS;
    if (tag.paces && past >= minuteEnd) {
      this.#settle(past);
      this.#book.sign(this.#signals(), past);
      this.#changed = true;
    }
    this.#apply(name, tag, reading, past);
  }

  /** Nothing is known of the time after `#upTo`, or what is known comes in its order. */
  #stands(now: number): boolean {
    return this.#known === 0 || this.#history.isOpen(now);
  }

  #apply(name: string, tag: MachineTag, reading: Reading, at: number): void {
    const t = Math.max(at, this.#upTo);
    if (tag.paces) {
      this.#settle(t);
      this.#known += Number(reading.quality === 'good') - Number(tag.reading?.quality === 'good');
    }
    tag.reading = reading;
    if (reading.quality === 'good' && reading.value !== null) this.#values[name] = reading.value;
    else delete this.#values[name];
    if (tag.isWitness && reading.quality === 'good') this.#book.inform(t, t);
    const before = this.#state?.state;
    if (tag.usedForState) this.#state?.tag(name, reading, t, this.#values);
    if (tag.usedForCount) this.#count(this.#pieces?.tag(reading, t), t);
    if (tag.usedForEnergy) this.#energy?.tag(reading, t);
    if (tag.usedForEnergy) this.#changedSince ??= t;
    if (this.#state?.state !== before) this.#changed = true;
  }

  #faulty(words: string): void {
    this.#countFault = { words, at: this.#now };
  }

  #count(step: ReturnType<Pieces['tag']> | undefined, t: number): void {
    if (step === undefined) return;
    if (this.config.count?.from === 'pulse') this.#changed = true;
    else this.#changedSince ??= t;
    if (step.fault !== undefined) this.#faulty(step.fault);
    if (step.pieces > 0) this.#book.addPieces(step.pieces, Math.max(step.at, this.#upTo));
    if (step.pieces > 0 && !step.bridged) this.#state?.pieces(t);
  }

  /** Takes notice of the time; a clock that jumped or a box that slept leaves a gap. */
  #observe(now: number): void {
    const passed = now - this.#now;
    if (passed >= 0 && passed <= UNSEEN_MS) {
      this.#now = now;
      return;
    }
    if (passed < 0 && passed > -GRACE_MS) return;
    if (passed > 0 && this.#known === 0) {
      this.#now = now;
      this.#energy?.skip(now);
      return;
    }
    this.#settle(this.#now);
    this.#upTo = now;
    this.#now = now;
    this.#energy?.skip(now);
    if (passed < 0) this.#book.clockSetBack(now);
    this.#changed = true;
  }

  /** Adds up what stands until `to`, with what changes by itself on the way. */
  #settle(to: number): void {
    for (let turn = 0; turn < ELAPSES_MAX && this.#upTo < to; turn++) {
      const due = Math.min(this.#state?.due ?? to, this.#pieces?.due ?? to);
      const until = Math.max(this.#upTo, Math.min(to, due));
      this.#addUp(until);
      if (until < due) continue;
      this.#count(this.#pieces?.elapse(until), until);
      const before = this.#state?.state;
      this.#state?.elapse(until);
      if (this.#state?.state !== before) this.#changed = true;
    }
    this.#addUp(to);
  }

  #addUp(until: number): void {
    const from = this.#upTo;
    if (until <= from) return;
    const state = this.#state?.state;
    if (state !== undefined && this.#known > 0) this.#book.addState(state, from, until);
    if (state !== undefined && this.#known === 0) this.#addDark(state, from, until);
    if (this.#witness?.reading?.quality === 'good') this.#book.inform(from, until);
    this.#energy?.settle(until);
    this.#upTo = until;
  }

  /** Of a long time of which nothing is known only the minutes at its ends are told. */
  #addDark(state: MachineState, from: number, until: number): void {
    const firstEnd = (Math.floor(from / MINUTE_MS) + 1) * MINUTE_MS;
    const lastStart = Math.floor(until / MINUTE_MS) * MINUTE_MS;
    this.#book.addState(state, from, Math.min(until, firstEnd));
    this.#book.addState(state, Math.max(firstEnd, lastStart), until);
  }

  #signals(): Record<string, number> | undefined {
    const names = this.config.signals?.slice(0, SIGNALS_MAX);
    if (names === undefined) return undefined;
    const signals: Record<string, number> = {};
    for (const name of names) {
      const value = this.#values[name];
      if (typeof value === 'number' || typeof value === 'boolean') signals[name] = Number(value);
    }
    return signals;
  }
}

function sourceName(count: CountSource | undefined): string {
  return count === undefined ? '' : `${count.from} ${count.tag}`;
}

function meterName({ energy }: EdgeMachine): string {
  return energy === undefined ? '' : `${energy.kind} ${energy.tag}`;
}
