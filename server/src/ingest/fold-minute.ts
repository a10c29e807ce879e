import type { DeviceMapping } from '@millrace/contract';
import { ABSENT, type Entry } from './batch.ts';
import { MINUTE_MS } from './local-day.ts';

/** One value of one signal of a machine; texts stay texts. */
export interface Sample {
  readonly at: number;
  readonly name: string;
  readonly value: number | string;
}

/** What is known of a device at some instant; null where it never said. */
export interface Standing {
  /** The device's own count: since its midnight or since it was built, both occur. */
  readonly count: number | null;
  readonly running: boolean | null;
  readonly runningAt: number | null;
}

/** How far a device's messages are folded. */
export interface DeviceHead {
  /** Newest folded minute, in minutes since the epoch. */
  readonly minute: number;
  readonly before: Standing;
  readonly after: Standing;
}

export interface FoldedMinute {
  /** `count` holds the pieces of this minute. */
  readonly entry: Entry;
  /** Undefined for a minute older than the head, which then stays. */
  readonly head: DeviceHead | undefined;
}

/** What was said before the minute still holds this long: then the device is silent, and its state unknown. */
export const HOLD_MS = 5 * MINUTE_MS;

const COUNT_MAX = 4_294_967_295;
const ENERGY_MAX = 2_147_483_647;
const NO_SIGNALS: ReadonlyMap<string, number> = new Map();
const UNKNOWN: Standing = { count: null, running: null, runningAt: null };

/**
 * One minute of one machine from its samples of that minute, in any order, repeats allowed. Undefined without one: a gap is a
 * gap. Folding the newest minute again starts from where it was started before. For a minute older than the head, pieces of a
 * cumulative count are those found before (`stored`): the later minute has told them already, and the sum stays true.
 */
export function foldMinute(
  mapping: DeviceMapping,
  samples: readonly Sample[],
  minute: number,
  head?: DeviceHead,
  modulus: number | null = null,
  stored?: Entry,
): FoldedMinute | undefined {
  const from = minute * MINUTE_MS;
  const within = once(samples.filter(({ at }) => at >= from && at < from + MINUTE_MS));
  if (within.length === 0) return undefined;
  const late = head !== undefined && head.minute > minute;
  const before = late ? UNKNOWN : ((head?.minute === minute ? head.before : head?.after) ?? UNKNOWN);
  const counted = countOf(mapping, within, before.count, modulus);
  const pieces = late && mapping.countKind === 'cumulative' ? (stored?.count ?? 0) : counted.pieces;
  const ran = runningOf(mapping, within, before, from);
  const runningMs = mapping.runningKey === null ? (pieces > 0 ? MINUTE_MS : 0) : ran.runningMs;
  const runningS = Math.round(runningMs / 1000);
  const after = { count: counted.last, running: ran.running, runningAt: ran.runningAt };
  return {
    entry: {
      runningS: late ? Math.max(runningS, stored?.runningS ?? 0) : runningS,
      count: Math.min(pieces, COUNT_MAX),
      state: ABSENT,
      energyWh: energyOf(mapping, within),
      ownDay: ABSENT,
      signals: NO_SIGNALS,
    },
    head: late ? undefined : { minute, before, after },
  };
}

/** In the order of time; a message that was sent twice is one. Without keys or sets: a minute has a million of them. */
function once(samples: readonly Sample[]): Sample[] {
  const sorted = samples.toSorted((a, b) => a.at - b.at || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return sorted.filter(({ at, name }, i) => {
    const previous = sorted[i - 1];
    return previous === undefined || previous.at !== at || previous.name !== name;
  });
}

/**
 * Increments: their sum. Cumulative: the steps from one message to the next, the first one from what was known before; nothing
 * was known before the very first, so counting begins with it. A drop is a wrap at the modulus or a new start from zero.
 */
function countOf(
  { countKey, countKind }: DeviceMapping,
  within: readonly Sample[],
  before: number | null,
  modulus: number | null,
): { pieces: number; last: number | null } {
  let pieces = 0;
  let last = before;
  for (const { name, value } of within) {
    const count = Math.round(Number(value));
    if (name !== countKey || value === '' || !Number.isSafeInteger(count) || count < 0) continue;
    if (countKind === 'increment') pieces += count;
    else if (last !== null) pieces += stepOf(last, count, modulus);
    last = count;
  }
  return { pieces, last };
}

/** The rule of machine records without their midnight [count.ts]: a drop of more than half the range is a wrap. */
function stepOf(previous: number, count: number, modulus: number | null): number {
  if (count >= previous) return count - previous;
  const wraps = modulus !== null && previous < modulus && previous - count > modulus / 2;
  return wraps ? count + modulus - previous : count;
}

/** The running signal holds until the next one. */
function runningOf(
  mapping: DeviceMapping,
  within: readonly Sample[],
  before: Standing,
  from: number,
): { runningMs: number; running: boolean | null; runningAt: number | null } {
  const holds = before.runningAt !== null && before.runningAt >= from - HOLD_MS;
  let running = holds ? before.running : null;
  let runningAt = before.runningAt;
  let since = from;
  let runningMs = 0;
  for (const { at, name, value } of within) {
    if (name !== mapping.runningKey) continue;
    if (running) runningMs += at - since;
    running = isRunning(mapping, value);
    runningAt = at;
    since = at;
  }
  if (running) runningMs += from + MINUTE_MS - since;
  return { runningMs, running: running ?? before.running, runningAt };
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
