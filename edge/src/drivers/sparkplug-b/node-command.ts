import type { TagValue } from '@millrace/contract';
import { writeMetricValue } from './metric-value.ts';
import type { PayloadCodec } from './payload.ts';
import type { DataType } from './payload-schema.ts';
import type { MetricAddress } from './sparkplug-address.ts';

/** A message that an edge node obeys, as it is published. */
export interface NodeCommand {
  readonly topic: string;
  readonly payload: Buffer;
}

/** Asks `group/node` for its birth. [tck-id-operational-behavior-data-commands-ncmd-rebirth-name, -value] */
export function rebirthCommand(codec: PayloadCodec, name: string, now: number): NodeCommand {
  const [group = '', node = ''] = name.split('/');
  const timestamp = String(now);
  const metric = { name: 'Node Control/Rebirth', timestamp, datatype: 11, booleanValue: true };
  return {
    topic: `spBv1.0/${group}/NCMD/${node}`,
    payload: codec.encode({ timestamp, metrics: [metric] }),
  };
}

/** Sets a metric; throws a `DriverFault` for a value that the type does not hold. */
export function metricCommand(
  codec: PayloadCodec,
  { group, node, device, metric }: MetricAddress,
  type: DataType,
  value: Exclude<TagValue, null>,
  now: number,
): NodeCommand {
  const timestamp = String(now);
  const fields = writeMetricValue(type, value);
  return {
    topic: device === '' ? `spBv1.0/${group}/NCMD/${node}` : `spBv1.0/${group}/DCMD/${node}/${device}`,
    payload: codec.encode({ timestamp, metrics: [{ name: metric, timestamp, ...fields }] }),
  };
}
