import { type MetricReading, readMetricValue } from './metric-value.ts';
import type { Metric } from './payload.ts';
import type { DataType } from './payload-schema.ts';

/** Clocks in factories are off by minutes; one further ahead is wrong, and its instants would be minutes that have not been. */
const MAX_AHEAD_MS = 300_000;
/** Before Sparkplug was: a clock that has not been set. */
const FIRST_INSTANT_MS = 946_684_800_000;

/** What a metric shows at an instant. */
export interface Shown extends MetricReading {
  /** By the node's clock where it has a sound one, else when it came; epoch ms. */
  readonly at: number;
  /** Stored by the node while nobody heard it: when that was by our clock, epoch ms. */
  readonly historyAt?: number;
}

/** @param doubt why nothing of the node is certain now. */
export function shownBy(
  metric: Metric,
  type: DataType,
  { payload, receivedAt }: { readonly payload: { readonly timestamp?: number }; readonly receivedAt: number },
  doubt: string | undefined,
): Shown {
  const sourceAt = [metric.timestamp, payload.timestamp].find(
    (at) => at !== undefined && at >= FIRST_INSTANT_MS,
  );
  const reading = readMetricValue(metric, type);
  const isAhead = sourceAt !== undefined && sourceAt - receivedAt > MAX_AHEAD_MS;
  const at = sourceAt === undefined || isAhead ? receivedAt : sourceAt;
  if (reading.quality !== 'good') return { ...reading, at };
  const error = isAhead ? 'the clock of the node is ahead' : doubt;
  return error === undefined ? { ...reading, at } : { ...reading, at, quality: 'uncertain', error };
}
