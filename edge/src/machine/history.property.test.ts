import type { EdgeMachine, MachineRecord } from '@millrace/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkTold, start, zones } from './fixtures/told.ts';
import { createPipeline, type Pipeline } from './index.ts';
import { localDay } from './local-day.ts';

const MINUTE_MS = 60_000;
/** After its end a minute is told by then. */
const TOLD_MS = 2_000;

interface Event {
  readonly tag: 0 | 1;
  readonly value: number | boolean;
  readonly at: number;
}
interface Span {
  readonly seconds: number;
  readonly perS: number;
  readonly running: boolean;
}
type Source = 'counter' | 'pulse';
type Step =
  | ({ readonly do: 'run' } & Span)
  /** The line is out for some spans; then what was kept comes in parts, a second apart. */
  | { readonly do: 'cut'; readonly spans: readonly Span[]; readonly part: number }
  | { readonly do: 'kill'; readonly spans: readonly Span[]; readonly lost: number; readonly amid: number }
  | { readonly do: 'clock'; readonly ms: number };

/** A machine, a source that keeps what nobody hears, and the agent with its disk. */
class World {
  /** When each piece counts at the earliest, epoch ms. */
  readonly made: number[] = [];
  readonly ran: { readonly from: number; readonly to: number }[] = [];
  readonly #source: Source;
  readonly #config: EdgeMachine;
  readonly #sourceClockMs: number;
  readonly #toldClockMs: number;
  #now: number;
  #pipeline: Pipeline;
  #log: { readonly records: readonly MachineRecord[]; readonly patch: Record<string, unknown> }[] = [];
  #raw: number;
  #running = false;
  /** Undefined while the line stands. */
  #kept: Event[] | undefined;
  #cutAt = Number.POSITIVE_INFINITY;

  constructor(
    source: Source,
    timeZone: string,
    from: number,
    raw: number,
    sourceClockMs: number,
    toldClockMs: number,
  ) {
    this.#source = source;
    this.#now = from;
    this.#raw = raw;
    this.#sourceClockMs = sourceClockMs;
    this.#toldClockMs = toldClockMs;
    this.#config = {
      ...{ machine: 'M1', timeZone },
      count: { from: source, tag: 'count' },
      state: { from: 'signal', tag: 'run' },
      tags: ['count', 'run'].map((name) => ({ name, connection: 'c1', address: name })),
    };
    this.#pipeline = this.#open();
    this.#present();
    this.#write();
  }

  told(): MachineRecord[] {
    return this.#log.flatMap(({ records }) => [...records]);
  }

  step(step: Step): void {
    switch (step.do) {
      case 'run':
        this.#pass(step);
        return;
      case 'cut':
        this.#cut(step.spans);
        this.#catchUp(step.part, Number.POSITIVE_INFINITY);
        return;
      case 'kill':
        this.#cut(step.spans.slice(1));
        this.#catchUp(50, step.amid);
        this.#log = this.#log.slice(0, Math.max(1, this.#log.length - step.lost));
        this.#kept = [];
        for (const span of step.spans.slice(0, 1)) this.#passUnseen(span);
        this.#kept = undefined;
        this.#pipeline = this.#open();
        this.#present();
        return;
      case 'clock':
        this.#now += step.ms;
    }
  }

  /** Until all that was made has been told. */
  finish(): void {
    this.#now = Math.max(this.#now, ...this.told().map(({ minute }) => minute + MINUTE_MS));
    this.#pass({ seconds: 200, perS: 0, running: false });
  }

  #cut(spans: readonly Span[]): void {
    this.#cutAt = this.#now;
    for (const tag of [0, 1] as const) this.#sample(tag, null);
    this.#kept = [];
    // How things stood when the line broke.
    this.#tell(0, this.#source === 'counter' && this.#raw);
    this.#tell(1, this.#running);
    for (const span of spans) this.#pass(span);
    const minuteEnd = (Math.floor(this.#cutAt / MINUTE_MS) + 1) * MINUTE_MS;
    const late = (at: number): boolean => at > this.#cutAt && at < minuteEnd;
    if (this.#now < minuteEnd + TOLD_MS) return;
    // That minute was told: its pieces come with the next, its running time is not told.
    for (const [i, at] of this.made.entries()) if (late(at)) this.made[i] = minuteEnd;
    for (const [i, { from, to }] of this.ran.entries())
      if (to > this.#cutAt && from < minuteEnd) {
        this.ran[i] = { from: Math.min(from, this.#cutAt), to: Math.min(to, this.#cutAt) };
        if (to > minuteEnd) this.ran.push({ from: minuteEnd, to });
      }
  }

  /** What was kept comes, at most so many values of it; then the present, unless it broke off. */
  #catchUp(part: number, most: number): void {
    const kept = this.#kept ?? [];
    this.#kept = [];
    for (let from = 0; from < Math.min(most, kept.length); from += part) {
      for (const event of kept.slice(from, Math.min(most, from + part))) this.#past(event);
      this.#write();
      if (this.#running) this.ran.push({ from: this.#now, to: this.#now + 1_000 });
      this.#now += 1_000;
      this.#write();
    }
    for (const event of this.#kept) this.#past(event);
    this.#kept = undefined;
    if (most >= kept.length) this.#present();
  }

  #passUnseen({ seconds, perS }: Span): void {
    this.#now += seconds * 1_000;
    for (let piece = 0; piece < perS; piece++) this.#make();
  }

  #pass({ seconds, perS, running }: Span): void {
    this.#running = running;
    this.#tell(1, running);
    for (let second = 0; second < seconds; second++) {
      if (running) this.ran.push({ from: this.#now, to: this.#now + 1_000 });
      this.#now += 1_000;
      for (let piece = 0; piece < perS; piece++) this.#make();
      if (this.#source === 'counter') this.#tell(0, this.#raw);
      this.#write();
    }
  }

  #make(): void {
    this.#raw++;
    this.made.push(this.#now);
    if (this.#source === 'pulse') for (const level of [true, false]) this.#tell(0, level);
  }

  #tell(tag: 0 | 1, value: number | boolean): void {
    if (this.#kept === undefined) this.#sample(tag, value);
    else this.#kept.push({ tag, value, at: this.#now });
  }

  #present(): void {
    this.#sample(0, this.#source === 'counter' && this.#raw);
    this.#sample(1, this.#running);
  }

  #past({ tag, value, at }: Event): void {
    this.#sample(tag, value, at, at + this.#sourceClockMs - this.#toldClockMs);
  }

  #sample(tag: 0 | 1, value: number | boolean | null, at = this.#now, historyAt?: number): void {
    const every = this.#source === 'pulse';
    const tags = ['count', 'run'].map((name) => ({ machine: 'M1', tag: name, address: name, every }));
    const sample = {
      // That the line is out says the agent itself.
      ...{ tag, value, at: at + (value === null ? 0 : this.#sourceClockMs) },
      quality: value === null ? ('bad' as const) : ('good' as const),
      ...(historyAt === undefined ? {} : { historyAt }),
    };
    this.#pipeline.take({ connection: 'c1', tags, samples: [sample], lost: new Map() }, this.#now);
  }

  #write(): void {
    const records = this.#pipeline.advance(this.#now);
    const patch = this.#pipeline.changes(this.#now) ?? {};
    this.#log.push({ records, patch: JSON.parse(JSON.stringify(patch)) });
  }

  #open(): Pipeline {
    const checkpoint: Record<string, unknown> = {};
    for (const { patch } of this.#log) Object.assign(checkpoint, patch);
    const pipeline = createPipeline({ checkpoint });
    pipeline.configure([this.#config], this.#now);
    return pipeline;
  }
}

const span = fc.record({
  seconds: fc.integer({ min: 1, max: 150 }),
  perS: fc.integer({ min: 0, max: 9 }),
  running: fc.boolean(),
});
const run = span.map((one) => ({ do: 'run' as const, ...one }));
const spans = fc.array(span, { minLength: 1, maxLength: 12 });
const cut = fc.record({ do: fc.constant('cut' as const), spans, part: fc.integer({ min: 1, max: 900 }) });
const kill = fc.record({
  ...{ do: fc.constant('kill' as const), spans },
  ...{ lost: fc.integer({ min: 0, max: 5 }), amid: fc.integer({ min: 0, max: 600 }) },
});
const clock = fc.record({
  do: fc.constant('clock' as const),
  ms: fc.oneof(fc.integer({ min: -7_200_000, max: 7_200_000 }), fc.integer({ min: -2e8, max: 2e8 })),
});
const raw = fc.integer({ min: 0, max: 10_000 });
/** Slow and fast, to hours; a live value of a clock that is slow by less than ten seconds counts at its own time. */
const clockMs = fc.oneof(
  fc.constantFrom(0, -300_000, 120_000),
  fc.integer({ min: -20_000_000, max: 20_000_000 }).filter((ms) => ms >= 0 || ms < -10_000),
);

function checkMinutes(timeZone: string, world: World): void {
  const told = world.told();
  let carriedMs = 0;
  for (const { minute, count, runningS } of told) {
    const end = minute + MINUTE_MS;
    const { startMs } = localDay(minute, timeZone);
    expect([minute, count]).toEqual([minute, world.made.filter((at) => at >= startMs && at < end).length]);
    const inside = world.ran.map(({ from, to }) => Math.max(0, Math.min(to, end) - Math.max(from, minute)));
    carriedMs += inside.reduce((sum, ms) => sum + ms, 0) - runningS * 1_000;
    expect(Math.abs(carriedMs)).toBeLessThanOrEqual(500);
  }
  const minutes = told.map(({ minute }) => minute);
  expect(minutes).toEqual(minutes.map((_, i) => (minutes[0] ?? 0) + i * MINUTE_MS));
}

describe('with a source that keeps what nobody hears', () => {
  it.each<Source>(['counter', 'pulse'])(
    'every minute has the pieces of its %s and its running seconds, whatever its clock says',
    (source) => {
      const script = fc.array(fc.oneof(run, cut), { minLength: 1, maxLength: 8 });
      fc.assert(
        fc.property(
          fc.constantFrom(...zones),
          start,
          raw,
          clockMs,
          script,
          (zone, from, first, skew, steps) => {
            const world = new World(source, zone, from, first, skew, skew);
            for (const step of steps) world.step(step);
            world.finish();
            checkTold(zone, world.told(), world.made.length);
            checkMinutes(zone, world);
          },
        ),
        { numRuns: 30 },
      );
    },
  );

  it('no piece is lost and no minute told twice when the agent is killed amid it and clocks are wrong', () => {
    const script = fc.array(fc.oneof(run, cut, kill, clock), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        start,
        clockMs,
        clockMs,
        script,
        (zone, from, skew, told, steps) => {
          const world = new World('counter', zone, from, 0, skew, told);
          for (const step of steps) world.step(step);
          world.finish();
          checkTold(zone, world.told(), world.made.length);
        },
      ),
      { numRuns: 30 },
    );
  });
});
