import type { TagValue } from '@millrace/contract';
import type { Sample } from '../driver/index.ts';
import { QUALITY_CODE, type SampleBatch, type WatchedTag } from './message.ts';

/** Samples that wait in order; beyond, of each tag only the newest is kept. 20,000 are some seconds of the busiest connection. */
const WAITING_MAX = 20_000;
/** Samples of which each is a piece; 50,000 pulses are more than a second of the fastest counter can give. */
const EVERY_MAX = 50_000;
/** A text longer than that is no state and no label. */
const TEXT_MAX = 4_096;
const ERROR_MAX = 300;
/** 1 January 2200, as in `Instant`. */
const INSTANT_MAX = 7_258_118_400_000;

/**
 * What a driver has told and the agent has not taken. While the agent keeps up nothing is left out; when it does not, the
 * newest value of a tag stands for those before, except where every sample is a piece: those wait up to a bound, and what
 * is beyond it is counted and told.
 */
export interface SampleQueue {
  readonly size: number;
  add(samples: readonly Sample[]): void;
  /** All tags are bad from now on. */
  addBad(error: string): void;
  take(limit: number): SampleBatch;
}

export function createSampleQueue(tags: readonly WatchedTag[], now: () => number): SampleQueue {
  let waiting: Sample[] = [];
  /** After this many are waiting the queue is thinned: grows with what cannot be thinned, so that it is not tried at each sample. */
  let thinAt = WAITING_MAX;
  let lost = new Map<number, number>();
  const put = (sample: Sample): void => {
    const clean = cleanSample(sample, tags.length, now);
    if (clean === undefined) return;
    waiting.push(clean);
    if (waiting.length <= thinAt) return;
    waiting = thin(waiting, tags, lost);
    thinAt = waiting.length + WAITING_MAX;
  };
  return {
    get size() {
      return waiting.length + lost.size;
    },
    add: (samples) => {
      for (const sample of samples) put(sample);
    },
    addBad: (error) => {
      const at = now();
      for (const tag of tags.keys()) put({ tag, value: null, quality: 'bad', at, error });
    },
    take: (limit) => {
      const batch = columnsOf(waiting.length <= limit ? waiting : waiting.slice(0, limit), lost);
      waiting = waiting.length <= limit ? [] : waiting.slice(limit);
      thinAt = waiting.length + WAITING_MAX;
      lost = new Map();
      return batch;
    },
  };
}

function thin(waiting: readonly Sample[], tags: readonly WatchedTag[], lost: Map<number, number>): Sample[] {
  const newest = new Map<number, number>();
  let every = 0;
  for (const [i, { tag }] of waiting.entries()) {
    if (tags[tag]?.every) every++;
    else newest.set(tag, i);
  }
  let excess = every - EVERY_MAX;
  return waiting.filter(({ tag }, i) => {
    if (!tags[tag]?.every) return newest.get(tag) === i;
    if (excess <= 0) return true;
    excess--;
    lost.set(tag, (lost.get(tag) ?? 0) + 1);
    return false;
  });
}

/** Undefined when it belongs to no tag; a driver from a package may say anything. */
function cleanSample(sample: Sample, tags: number, now: () => number): Sample | undefined {
  const { tag, value, quality, error, historyAt } = sample;
  if (!Number.isInteger(tag) || tag < 0 || tag >= tags) return undefined;
  const at = isInstant(sample.at) ? Math.trunc(sample.at) : now();
  const wrong = faultOf(value);
  const past = isInstant(historyAt) ? { historyAt } : {};
  if (quality === 'good' && wrong === undefined && error === undefined) {
    return at === sample.at && historyAt === undefined ? sample : { tag, value, quality, at, ...past };
  }
  const known = QUALITY_CODE[quality] !== undefined && wrong === undefined;
  return {
    tag,
    value: wrong === undefined ? value : null,
    quality: known ? quality : 'bad',
    at,
    error: String(error ?? wrong ?? 'the far side gives no reason').slice(0, ERROR_MAX),
    ...past,
  };
}

function isInstant(at: number | undefined): at is number {
  return typeof at === 'number' && at >= 0 && at <= INSTANT_MAX;
}

function faultOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? undefined : 'is not a number';
    case 'boolean':
      return undefined;
    case 'string':
      return value.length <= TEXT_MAX ? undefined : `is longer than ${TEXT_MAX} characters`;
    default:
      return value === null ? undefined : `is a ${typeof value}, neither number, text nor truth value`;
  }
}

function columnsOf(samples: readonly Sample[], lost: ReadonlyMap<number, number>): SampleBatch {
  const tags = new Uint32Array(samples.length);
  const values: TagValue[] = new Array(samples.length);
  const qualities = new Uint8Array(samples.length);
  const at = new Float64Array(samples.length);
  const errors = new Map<number, string>();
  const historyAt = new Map<number, number>();
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] as Sample;
    tags[i] = sample.tag;
    values[i] = sample.value;
    qualities[i] = QUALITY_CODE[sample.quality];
    at[i] = sample.at;
    if (sample.error !== undefined) errors.set(i, sample.error);
    if (sample.historyAt !== undefined) historyAt.set(i, sample.historyAt);
  }
  return { tags, values, qualities, at, historyAt, errors, lost };
}
