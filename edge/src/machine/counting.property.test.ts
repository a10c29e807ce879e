import type { EdgeMachine, MachineRecord } from '@millrace/contract';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { checkTold, start, zones } from './fixtures/told.ts';
import { createPipeline, type Pipeline } from './index.ts';

const MINUTE_MS = 60_000;
/** The largest wrap counter that a run of these tests passes many times is the smallest that exists. */
const MODULUS = 65_536;

type Source = 'counter' | 'wrapping counter' | 'pulse';
type Step =
  | { readonly do: 'run'; readonly seconds: number; readonly perS: number }
  | { readonly do: 'unseen'; readonly pieces: number; readonly ms: number }
  | { readonly do: 'kill'; readonly lost: number; readonly ms: number; readonly pieces: number }
  | { readonly do: 'clock'; readonly ms: number };

/** The machine, the agent, and the disk between them, with the truth beside. */
class World {
  readonly records: MachineRecord[] = [];
  readonly #source: Source;
  readonly #config: EdgeMachine;
  #now: number;
  #log: { readonly records: readonly MachineRecord[]; readonly patch: Record<string, unknown> }[] = [];
  #durable = 0;
  #pipeline: Pipeline;
  /** Pieces since the first value the agent saw. */
  made = 0;
  #raw: number;
  #level = false;

  constructor(source: Source, timeZone: string, start: number, raw: number, maxPerS?: number) {
    this.#source = source;
    this.#now = start;
    this.#raw = raw;
    const count =
      source === 'pulse'
        ? ({ from: 'pulse', tag: 'count' } as const)
        : {
            ...{ from: 'counter' as const, tag: 'count' },
            ...(maxPerS === undefined ? {} : { maxPerS }),
            ...(source === 'counter' ? {} : { modulus: MODULUS }),
          };
    this.#config = {
      ...{ machine: 'M1', timeZone, count, state: { from: 'motion', idleAfterS: 5 } },
      tags: [{ name: 'count', connection: 'c1', address: 'count' }],
    };
    this.#pipeline = this.#open();
    this.#tell();
    this.#write();
  }

  /** Everything on the disk, in the order it was written. */
  told(): MachineRecord[] {
    return this.#log.flatMap(({ records }) => [...records]);
  }

  step(step: Step): void {
    switch (step.do) {
      case 'run':
        for (let second = 0; second < step.seconds; second++) this.#second(step.perS);
        return;
      case 'unseen':
        // The line is cut: a counter goes on, pulses are lost for everybody.
        this.#bad();
        this.#makeUnseen(step.pieces);
        this.#pass(step.ms);
        this.#tell();
        return;
      case 'kill': {
        // What a pulse agent did not write is gone with it.
        const kept = Math.max(this.#durable, this.#log.length - step.lost);
        if (this.#source !== 'pulse') this.#log = this.#log.slice(0, Math.max(1, kept));
        this.#now += step.ms;
        this.#makeUnseen(step.pieces);
        this.#pipeline = this.#open();
        this.#tell();
        return;
      }
      case 'clock':
        this.#now = Math.max(Date.UTC(2025, 0, 1), this.#now + step.ms);
    }
  }

  /** Until all that was made has been told. */
  finish(): void {
    // The clock may stand where all minutes were told already.
    this.#now = Math.max(this.#now, ...this.told().map(({ minute }) => minute + 2 * MINUTE_MS));
    for (let second = 0; second < 200; second++) this.#second(0);
  }

  #second(perS: number): void {
    this.#now += 1_000;
    for (let piece = 0; piece < perS; piece++) this.#make();
    if (this.#source !== 'pulse') this.#tell();
    this.#write();
  }

  #pass(ms: number): void {
    const until = this.#now + ms;
    for (; this.#now < until; this.#now += 30_000) this.#write();
  }

  #make(): void {
    this.made++;
    this.#raw = this.#source === 'wrapping counter' ? (this.#raw + 1) % MODULUS : this.#raw + 1;
    if (this.#source !== 'pulse') return;
    for (const level of [true, false]) {
      this.#level = level;
      this.#tell();
    }
  }

  #makeUnseen(pieces: number): void {
    if (this.#source === 'pulse') return;
    for (let piece = 0; piece < pieces; piece++) this.#make();
  }

  #tell(): void {
    this.#sample(this.#source === 'pulse' ? this.#level : this.#raw, 'good');
  }

  #bad(): void {
    this.#sample(null, 'bad');
  }

  #sample(value: number | boolean | null, quality: 'good' | 'bad'): void {
    const tags = [{ machine: 'M1', tag: 'count', address: 'count', every: this.#source === 'pulse' }];
    const samples = [{ tag: 0, value, quality, at: this.#now }];
    this.#pipeline.take({ connection: 'c1', tags, samples, lost: new Map() }, this.#now);
  }

  #write(): void {
    const records = this.#pipeline.advance(this.#now);
    const patch = this.#pipeline.changes(this.#now) ?? {};
    this.#log.push({ records, patch: JSON.parse(JSON.stringify(patch)) });
    // What was sent is never lost again.
    if (this.#log.length % 7 === 0) this.#durable = this.#log.length;
  }

  #open(): Pipeline {
    const checkpoint: Record<string, unknown> = {};
    for (const { patch } of this.#log) Object.assign(checkpoint, patch);
    const pipeline = createPipeline({ checkpoint });
    pipeline.configure([this.#config], this.#now);
    return pipeline;
  }
}

const run = fc.record({
  do: fc.constant('run' as const),
  seconds: fc.integer({ min: 1, max: 100 }),
  perS: fc.integer({ min: 0, max: 20 }),
});
const steps = (jumps: boolean): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: run },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant('unseen' as const),
          pieces: fc.integer({ min: 0, max: 200 }),
          ms: fc.integer({ min: 10_000, max: 400_000 }),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('kill' as const),
          lost: fc.integer({ min: 0, max: 5 }),
          ms: fc.oneof(fc.integer({ min: 5_000, max: 90_000 }), fc.integer({ min: 5_000, max: 40_000_000 })),
          pieces: fc.integer({ min: 0, max: 200 }),
        }),
      },
      {
        weight: jumps ? 1 : 0,
        arbitrary: fc.record({
          do: fc.constant('clock' as const),
          ms: fc.oneof(fc.integer({ min: -7_200_000, max: 7_200_000 }), fc.integer({ min: -2e8, max: 2e8 })),
        }),
      },
    ),
    { minLength: 1, maxLength: 25 },
  );

describe('whatever happens to the agent', () => {
  it.each<Source>(['counter', 'wrapping counter', 'pulse'])(
    'the counts of a %s add up to the truth',
    (source) => {
      const raw = fc.integer({ min: 0, max: MODULUS - 1 });
      fc.assert(
        fc.property(fc.constantFrom(...zones), start, raw, steps(false), (zone, from, first, script) => {
          const world = new World(source, zone, from, first, 50);
          for (const step of script) world.step(step);
          world.finish();
          checkTold(zone, world.told(), world.made);
        }),
        { numRuns: 60 },
      );
    },
  );

  it.each<Source>(['counter', 'pulse'])(
    'no minute is told twice and no piece of a %s lost when the clock jumps',
    (source) => {
      fc.assert(
        fc.property(fc.constantFrom(...zones), start, steps(true), (zone, from, script) => {
          // Without a configured rate, because how long it took is what a jumping clock cannot say.
          const world = new World(source, zone, from, 0);
          for (const step of script) world.step(step);
          world.finish();
          checkTold(zone, world.told(), world.made);
        }),
        { numRuns: 60 },
      );
    },
  );
});
