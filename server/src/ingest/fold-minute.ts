import type { DeviceMapping } from '@millrace/contract';
import { ABSENT, type Entry } from './batch.ts';
import { MINUTE_MS } from './local-day.ts';

/** One value of one signal of a machine; texts stay texts. */
export interface Sample {
  readonly at: number;
  readonly name: string;
  readonly value: number | string;
}

/** What was said before the minute still holds this long: then the device is silent, and its state unknown. */
export const LOOKBACK_MIN = 5;

const COUNT_MAX = 4_294_967_295;
const ENERGY_MAX = 2_147_483_647;
const NO_SIGNALS: ReadonlyMap<string, number> = new Map();

/**
 * One minute of one machine from its samples (any order, repeats allowed, some from before the minute). Undefined without a
 * sample in the minute: a gap is a gap. Two samples of one signal at one instant are one; the last in order of name and value
 * does not matter, because a device that repeats a message repeats it whole.
 */
export function foldMinute(
  mapping: DeviceMapping,
  samples: readonly Sample[],
  minute: number,
): Entry | undefined {
  const from = minute * MINUTE_MS;
  const to = from + MINUTE_MS;
  const known = samples.filter(({ at }) => at < to && at >= from - LOOKBACK_MIN * MINUTE_MS);
  const sorted = once(known.toSorted((a, b) => a.at - b.at));
  const within = sorted.filter(({ at }) => at >= from);
  if (within.length === 0) return undefined;
  const count = countOf(mapping, sorted, from);
  if (count === undefined) return undefined;
  return {
    runningS: Math.round(runningMs(mapping, sorted, count.moved, from, to) / 1000),
    count: count.value,
    state: ABSENT,
    energyWh: energyOf(mapping, within),
    signals: NO_SIGNALS,
  };
}

/** A message that was sent twice. */
function once(sorted: readonly Sample[]): Sample[] {
  const seen = new Set<string>();
  return sorted.filter(({ at, name }) => {
    const key = `${at} ${name}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Cumulative: the last count known at the end of the minute. Increments: their sum in the minute. */
function countOf(
  mapping: DeviceMapping,
  sorted: readonly Sample[],
  from: number,
): { value: number; moved: boolean } | undefined {
  const counts = sorted.flatMap(({ at, name, value }) => {
    const number = Math.round(Number(value));
    return name === mapping.countKey && number >= 0 && number <= COUNT_MAX ? [{ at, number }] : [];
  });
  if (mapping.countKind === 'increment') {
    let value = 0;
    for (const { at, number } of counts) if (at >= from) value += number;
    return { value: Math.min(value, COUNT_MAX), moved: value > 0 };
  }
  const last = counts.at(-1);
  // A device that tells only its state counts nothing; one whose count was not heard yet is not at zero.
  if (last === undefined) return mapping.countKey === null ? { value: 0, moved: false } : undefined;
  const first = counts.findLast(({ at }) => at < from) ?? counts[0];
  return { value: last.number, moved: last.number !== first?.number };
}

/** The running signal holds until the next sample. Without one, a minute in which the count moved was a running one. */
function runningMs(
  mapping: DeviceMapping,
  sorted: readonly Sample[],
  moved: boolean,
  from: number,
  to: number,
): number {
  if (mapping.runningKey === null) return moved ? MINUTE_MS : 0;
  const states = sorted.filter(({ name }) => name === mapping.runningKey);
  let sum = 0;
  states.forEach((state, index) => {
    const until = states[index + 1]?.at ?? to;
    if (isRunning(mapping, state.value)) sum += Math.max(0, until - Math.max(state.at, from));
  });
  return sum;
}

function isRunning({ runningValues }: DeviceMapping, value: number | string): boolean {
  if (runningValues.length > 0) return runningValues.includes(String(value));
  if (typeof value === 'number') return value > 0;
  return value !== '' && value !== '0' && value.toLowerCase() !== 'false';
}

/** Watt-hours of the minute, summed over its messages. */
function energyOf({ energyKey }: DeviceMapping, within: readonly Sample[]): number {
  const values = within.flatMap(({ name, value }) =>
    name === energyKey && Number.isFinite(Number(value)) ? [Number(value)] : [],
  );
  if (values.length === 0) return ABSENT;
  const sum = Math.round(values.reduce((total, value) => total + value, 0));
  return Math.min(Math.max(sum, 0), ENERGY_MAX);
}
